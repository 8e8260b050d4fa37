// The static checks, two at a time: one line each with its time, and the output of those that fail.
import { spawn } from 'node:child_process';

const CHECKS = [
  ['format', 'prettier', ['--check', '--log-level=warn', '.']],
  ['types', 'tsc', ['-p', '.']],
  ['lint', 'eslint', ['--max-warnings=0', '.']],
  [
    'layers',
    'depcruise',
    ['--config', '.dependency-cruiser.mjs', '--output-type', 'err', 'core', 'plugins', 'api', 'fleet', 'cli'],
  ],
  ['tidiness', 'vitest', ['run', 'test/tidy.test.ts', '--reporter=dot']],
];

const queue = [...CHECKS];
let failed = 0;

async function work() {
  for (let check = queue.shift(); check !== undefined; check = queue.shift()) {
    const [name, command, args] = check;
    const startedMs = performance.now();
    const { code, output } = await run(command, args);
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
    process.stdout.write(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)\n${code === 0 ? '' : output}`);
    if (code !== 0) failed++;
  }
}

function run(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => (output += piece));
    child.on('error', (error) => resolve({ code: 1, output: `${error.message}\n` }));
    child.on('close', (code) => resolve({ code, output }));
  });
}

await Promise.all([work(), work()]);
process.exit(failed === 0 ? 0 : 1);
