import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { formatLine } from '../../src/ingest/recording.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'coldaisle-output-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const POINTS = 100
const READINGS = 1_000
const BASE_MS = Date.UTC(2026, 2, 2)
const SITE = join(folder, 'site.yaml')
const RECORDING = join(folder, 'recording.ndjson')

/** Prints the largest size of the process, in KiB, as it ends. */
const PEAK = `data:text/javascript,process.on('exit',()=>process.stderr.write('peak '+process.resourceUsage().maxRSS+'\\n'))`

/** A small young generation, collected often: the size then tells what is kept, not when rubbish was taken away. */
const SMALL_YOUNG = '--max-semi-space-size=2'

/** A reader of its own that takes one piece, waits for SIGUSR2, reads on and prints how many lines and bytes it got. */
const PAUSING = `
  import { once } from 'node:events'
  let [lines, bytes] = [0, 0]
  const going = once(process, 'SIGUSR2')
  const alive = setInterval(() => {}, 1000)
  for await (const piece of process.stdin) {
    if (bytes === 0) { process.stderr.write('waiting\\n'); await going }
    bytes += piece.length
    for (const byte of piece) if (byte === 10) lines++
  }
  clearInterval(alive)
  process.stderr.write('read ' + lines + ' ' + bytes + '\\n')`

/** A reader of its own that takes one piece and ends, as \`head\` does. */
const LEAVING = `process.stdin.once('data', () => process.exit())`

beforeAll(() => {
  writeFileSync(
    SITE,
    `
site: { id: dc, timezone: UTC }
core: { intervalS: 10, boundS: 10, latenessS: 60, windows: [5m] }
points:
  m{001..100}: { topic: 'dc/m{001..100}', unit: kW, everyS: 10, maxGapS: 60, role: it }
`,
  )
  const lines: string[] = []
  for (let n = 0; n < READINGS; n++) {
    const tMs = BASE_MS + n * 10_000
    for (let point = 1; point <= POINTS; point++) {
      const [topic, payload] = [`dc/m${String(point).padStart(3, '0')}`, `{"ts":${tMs},"value":${10 + (n % 7)}}`]
      lines.push(formatLine({ nowMs: tMs, topic, payload, retain: false }))
    }
  }
  writeFileSync(RECORDING, `${lines.join('\n')}\n`)
})

interface Piped {
  replay: ChildProcess
  reader: ChildProcess
  /** What each of them said on standard error. */
  said: { replay: string; reader: string }
  ended: Promise<number | null>
}

/** `coldaisle replay` with its rows going into a process of its own. */
function pipeInto(reading: string): Piped {
  const reader = spawn(process.execPath, ['--input-type=module', '-e', reading], { stdio: ['pipe', 'ignore', 'pipe'] })
  const node = [SMALL_YOUNG, '--import', PEAK, MAIN]
  const replay = spawn(process.execPath, [...node, 'replay', '--config', SITE, RECORDING], {
    stdio: ['ignore', reader.stdin, 'pipe'],
  })
  reader.stdin?.destroy()
  const said = { replay: '', reader: '' }
  replay.stderr?.on('data', (text: Buffer) => (said.replay += text.toString()))
  reader.stderr?.on('data', (text: Buffer) => (said.reader += text.toString()))
  const ended = once(replay, 'close').then(([code]) => code as number | null)
  return { replay, reader, said, ended }
}

const peakOf = ({ said }: Piped): number => Number(/peak (\d+)/.exec(said.replay)?.[1]) * 1024
const readOf = ({ said }: Piped): string => /read \d+ \d+/.exec(said.reader)?.[0] ?? said.reader

async function finished(piped: Piped, pauseMs: number): Promise<Piped> {
  while (!piped.said.reader.includes('waiting')) await sleep(20)
  await sleep(pauseMs)
  expect(piped.said.replay, 'no summary while rows wait for their reader').toBe('')
  const readerEnded = once(piped.reader, 'close')
  piped.reader.kill('SIGUSR2')
  expect(await piped.ended).toBe(0)
  await readerEnded
  return piped
}

test('a replay waits for the reader of its rows: no memory, no summary before the last of them', async () => {
  const quick = await finished(pipeInto(PAUSING), 0)
  const slow = await finished(pipeInto(PAUSING), 8_000)
  const [, lines, bytes] = readOf(slow).split(' ').map(Number)
  expect(bytes).toBeGreaterThan(40_000_000)
  expect(slow.said.replay).toContain(`rows ${lines?.toLocaleString('en-US')}`)
  expect(readOf(slow)).toBe(readOf(quick))
  console.log(`${bytes} bytes of rows; peak RSS ${peakOf(quick)} into a quick reader, ${peakOf(slow)} into a slow one`)
  expect(peakOf(slow)).toBeLessThan(peakOf(quick) + 20_000_000)
}, 120_000)

test('a replay whose reader has ended ends too, at once and without a word', async () => {
  const piped = pipeInto(LEAVING)
  expect(await piped.ended).toBe(0)
  expect(piped.said.replay).toMatch(/^peak \d+\n$/)
}, 60_000)
