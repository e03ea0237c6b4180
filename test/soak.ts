/**
 * `npm run soak`: runs every seeded proof in its full size. Arguments go to the runner, such as a file's name; with
 * `--load`, and perhaps `--minutes 1`, it is the daemon under load instead (soak/load.ts), with `--silence` what two
 * days of silence cost (soak/silence.ts).
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { PROOFS } from './seeds.ts'
import { soakUnderLoad } from './soak/load.ts'
import { soakSilence } from './soak/silence.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const chosen = process.argv.slice(2)
if (chosen.includes('--silence')) await soakSilence()
else process.exitCode = chosen.includes('--load') ? await underLoad() : proofs()

async function underLoad(): Promise<number> {
  const { values } = parseArgs({ options: { load: { type: 'boolean' }, minutes: { type: 'string', default: '10' } } })
  const minutes = Number(values.minutes)
  if (!(minutes > 0)) throw new Error(`--minutes ${values.minutes}: a number above 0 is wanted`)
  return (await soakUnderLoad(minutes)) ? 0 : 1
}

function proofs(): number {
  const files = [...new Set(Object.values(PROOFS).map(({ file }) => `test/${file}.test.ts`))]
  const runner = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs')
  const run = spawnSync(
    process.execPath,
    [runner, 'run', '--config', 'test/vitest.config.ts', ...(chosen.length > 0 ? chosen : files)],
    { cwd: ROOT, stdio: 'inherit', env: { ...process.env, SEEDS: process.env['SEEDS'] ?? 'full' } },
  )
  return run.status ?? 1
}
