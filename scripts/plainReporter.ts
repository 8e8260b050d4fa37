import type { Reporter, TestModule } from 'vitest/node';

/** Ends a test run with one plain line: how many passed, failed and were skipped. */
export default class PlainReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    for (const module of modules) {
      if (module.errors().length > 0) counts.failed++;
      for (const test of module.children.allTests()) counts[test.result().state]++;
    }
    const skipped = counts.skipped + counts.pending;
    process.stdout.write(
      `\ntouchstone: ${String(counts.passed)} passed, ${String(counts.failed)} failed${skipped > 0 ? `, ${String(skipped)} skipped` : ''}\n`,
    );
  }
}
