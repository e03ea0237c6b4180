/**
 * `npm run soak`: runs every seeded proof in its full size. Arguments go to the runner, such as a file's name; with
 * `--load`, and perhaps `--minutes 1`, it is the daemon under load instead (soak/load.ts), with `--silence` what two
 * days of silence cost (soak/silence.ts), with `--stream` an edge beside three NATS servers that fail (soak/stream.ts).
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { PROOFS } from './seeds.ts'
import { soakUnderLoad } from './soak/load.ts'
import { soakSilence } from './soak/silence.ts'
import { soakStream } from './soak/stream.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const chosen = process.argv.slice(2)
if (chosen.includes('--silence')) await soakSilence()
else if (chosen.includes('--load')) process.exitCode = (await soakUnderLoad(minutes())) ? 0 : 1
else if (chosen.includes('--stream')) process.exitCode = (await soakStream(minutes())) ? 0 : 1
else process.exitCode = proofs()

function minutes(): number {
  const flag = { type: 'boolean' } as const
  const options = { load: flag, stream: flag, minutes: { type: 'string', default: '10' } } as const
  const { values } = parseArgs({ options })
  const wanted = Number(values.minutes)
  if (!(wanted > 0)) throw new Error(`--minutes ${values.minutes}: a number above 0 is wanted`)
  return wanted
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
