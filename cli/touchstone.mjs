#!/usr/bin/env node
// The `touchstone` command, whatever Node the machine has.
import { fileURLToPath } from 'node:url';
process.argv.splice(2, 0, fileURLToPath(new URL('touchstone.ts', import.meta.url)));
await import('../scripts/bootstrap.mjs');
