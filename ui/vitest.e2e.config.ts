import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Most of the time a page waits for another process; each file has a daemon and a browser of its own.
  test: { include: ['e2e/**/*.test.ts'], testTimeout: 180_000, hookTimeout: 240_000, maxWorkers: 2 },
});
