/** `npm run soak`: runs every seeded proof in its full size. Arguments go to the runner, such as a file's name. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PROOFS } from './seeds.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const chosen = process.argv.slice(2)
const files = [...new Set(Object.values(PROOFS).map(({ file }) => `test/${file}.test.ts`))]
const runner = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs')
const run = spawnSync(
  process.execPath,
  [runner, 'run', '--config', 'test/vitest.config.ts', ...(chosen.length > 0 ? chosen : files)],
  { cwd: ROOT, stdio: 'inherit', env: { ...process.env, SEEDS: process.env['SEEDS'] ?? 'full' } },
)
process.exitCode = run.status ?? 1
