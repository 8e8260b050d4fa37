import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/support/seed.ts'],
    environment: 'node',
    pool: 'forks',
    // More than the cores that there are: most of the time somebody waits for an engine.
    maxWorkers: 3,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: ['default', './scripts/plainReporter.ts'],
    coverage: {
      provider: 'v8',
      include: ['core/{time,sketch,config,events,windows,findings,alerts}/**/*.ts', 'plugins/**/*.ts'],
    },
  },
});
