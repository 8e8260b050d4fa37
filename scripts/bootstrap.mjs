// Runs a program of this project with the project's own Node, on a machine that has any Node and npm: installs what is missing first.
// usage: node scripts/bootstrap.mjs FILE [ARG ...]
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const node = join(root, 'node_modules', '.bin', 'node');
const stamp = join(root, 'node_modules', '.touchstone-lock');
const lock = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex');

// npm ci empties what a link points to: the modules of another working tree, and whoever runs on them.
const modules = join(root, 'node_modules');
const isLinked = lstatSync(modules, { throwIfNoEntry: false })?.isSymbolicLink() === true;
if (isLinked && !existsSync(node)) {
  process.stderr.write(
    `touchstone: ${modules} is a link without what is needed: install where it points to, or remove the link\n`,
  );
  process.exit(2);
}

if (!isLinked && (!existsSync(node) || !existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock)) {
  process.stderr.write('touchstone: installing what is missing (npm ci; about a minute the first time)\n');
  const installed = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (installed.status !== 0) process.exit(installed.status ?? 1);
  writeFileSync(stamp, lock);
}

const path = `${join(root, 'node_modules', '.bin')}:${process.env.PATH ?? ''}`;
// What Node has compiled once, in any of our processes, the next ones take from here: they are up in half the time.
const compiled = process.env.NODE_COMPILE_CACHE ?? join(modules, '.cache', 'node');
const child = spawn(node, process.argv.slice(2), {
  stdio: 'inherit',
  env: { ...process.env, PATH: path, NODE_COMPILE_CACHE: compiled },
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 130));
