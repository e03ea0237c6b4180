import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { createReporter } from './reporter.ts'

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    include: ['test/**/*.test.ts', 'config/*.test.ts'],
    reporters: ['default', createReporter()],
    // Real brokers and databases on a busy machine: generous, because a limit here only says "hung".
    testTimeout: 60_000,
    hookTimeout: 60_000,
    allowOnly: false,
  },
})
