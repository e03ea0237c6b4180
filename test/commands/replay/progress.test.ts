/** How far a replay is, on a terminal and only there. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { LINES, MAIN, RECORDING, replay, SITE, write } from './replaying.ts'

const DRIVER = fileURLToPath(new URL('../../servers/terminal.py', import.meta.url))
const PYTHON = spawnSync('python3', ['-c', 'import pty']).status === 0
const why = PYTHON ? '' : ': skipped, there is no python3, which opens the terminal'
const ZIPPED = write('twenty.ndjson.gz', gzipSync(`${LINES.join('\n')}\n`))
/** Of two parts, the end tells the size of the last: how much there is is not known. */
const PARTS = write('parts.ndjson.gz', Buffer.concat([gzipSync(`${LINES.join('\n')}\n`), gzipSync('\n')]))

const SHARE = String.raw`2026-03-02T10:\d\d:[03]0.000Z \d+ %, \d+ packets/s, \d+ s left`

test.skipIf(!PYTHON).for<[string, string, string]>([
  ['a file', RECORDING, SHARE],
  ['a gzipped file', ZIPPED, SHARE],
  ['a gzipped file of parts', PARTS, String.raw`Z  \d+ packets, \d+ packets/s`],
])(`the moment, the share, the rate and the time left, of %s${why}`, { timeout: 60_000 }, ([, recording, shown]) => {
  const paced = `exec "$0" "$@" > /dev/null`
  const command = ['sh', '-c', paced, process.execPath, MAIN, 'replay', '--config', SITE, '--speed', '200', recording]
  const { stdout, stderr } = spawnSync(
    'python3',
    [DRIVER, JSON.stringify([{ wait: shown }, { wait: 'accepted' }]), ...command],
    {
      encoding: 'utf8',
    },
  )
  expect(stderr).toBe('')
  const { code, heard } = JSON.parse(stdout) as { code: number; heard: string }
  expect(code).toBe(0)
  // The line is taken away before the summary
  expect(heard).toContain('\r\u001b[Klines 120')
})

test('none elsewhere', () => {
  expect(replay(['--config', SITE, '--speed', '400', RECORDING]).err).toMatch(/^lines 120, /)
}, 30_000)
