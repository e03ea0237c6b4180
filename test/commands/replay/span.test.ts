/** Which part of a recording is folded, which rows are given of it, and when. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { BASE_MS, LINES, MAIN, minute, RECORDING, replay, SITE, write } from './replaying.ts'

const WHOLE = replay(['--config', SITE, RECORDING])
const ROWS = WHOLE.out.trimEnd().split('\n')

test('--from gives the last rows of the whole: what came before is folded and gives none', () => {
  const { status, out } = replay(['--config', SITE, '--from', minute(10), RECORDING])
  expect(status).toBe(0)
  const rows = out.trimEnd().split('\n')
  expect(rows.length).toBeGreaterThan(10)
  expect(rows).toEqual(ROWS.slice(-rows.length))
  // The window of 5 minutes is full at once, and nothing is told of the time before but corrections
  expect(rows.find((row) => row.includes('"window":"5m"') && row.includes('"measurement":"pue"'))).toContain(
    '"pue":1.5,"facility_j":36000000,"it_j":24000000,"coverage":1',
  )
  const before = ROWS.slice(0, -rows.length).map((row) => (JSON.parse(row) as { timeMs: number }).timeMs)
  expect(Math.max(...before)).toBeLessThanOrEqual(BASE_MS + 10 * 60_000)
})

test('--until gives what the recording would have given that ends there', () => {
  const cut = write('cut.ndjson', `${LINES.slice(0, 3 * 20).join('\n')}\n`)
  const until = replay(['--config', SITE, '--until', minute(10), RECORDING])
  const short = replay(['--config', SITE, cut])
  expect(until.status).toBe(0)
  expect(until.out).toBe(short.out)
  expect(until.err).toContain('lines 60, packets 60, rows')
})

test('both together give a stretch, and a clock that jumps far ahead does not end it', () => {
  const [jump = ''] = LINES.slice(30)
  const lines = [...LINES.slice(0, 31), jump.replace('2026-', '2099-'), ...LINES.slice(31)]
  const broken = write('jump.ndjson', `${lines.join('\n')}\n`)
  const span = ['--from', minute(8), '--until', minute(12)]
  const sound = replay(['--config', SITE, ...span, RECORDING])
  expect(sound.out).not.toBe('')
  expect(replay(['--config', SITE, ...span, broken]).out).toBe(sound.out)
})

test.for([
  [['--from', minute(60)], 1, `nothing arrived from ${minute(60)} on: the packet before came at ${minute(19.5)}`],
  [['--until', minute(-60)], 1, `nothing arrived before ${minute(-60)}`],
  [['--from', minute(8), '--until', minute(8)], 2, '--until must be later than --from'],
  [['--from', '2026-03-02T10:00'], 2, 'Write a time with its offset'],
  [['--speed', '0'], 2, 'Write max, or a number above 0'],
  [['--username', 'ana'], 2, '--username and --password-file are for the broker of --to'],
] as const)('%s: exit code %i, and why', ([args, code, reason]) => {
  const { status, out, err } = replay(['--config', SITE, ...args, RECORDING])
  expect([status, out]).toEqual([code, ''])
  expect(err).toContain(reason)
})

test('at 3,600 times its pace a recording gives the same bytes as at once', () => {
  const { status, out } = replay(['--config', SITE, '--speed', '3600', RECORDING])
  expect(status).toBe(0)
  expect(out).toBe(WHOLE.out)
})

test('a recording is folded at its pace, and its rows are printed when they come', async () => {
  // Of 20 minutes the last 10 are paced: 9.5 minutes at 190 times are 3 s
  const child = spawn(process.execPath, [
    MAIN,
    'replay',
    '--config',
    SITE,
    '--speed',
    '190',
    '--from',
    minute(10),
    RECORDING,
  ])
  const times: number[] = []
  let out = ''
  child.stdout.on('data', (piece: Buffer) => {
    times.push(performance.now())
    out += piece.toString()
  })
  const [code] = (await once(child, 'close')) as [number]
  const tookMs = (times.at(-1) ?? NaN) - (times[0] ?? NaN)
  expect(code).toBe(0)
  expect(ROWS.slice(-out.trimEnd().split('\n').length).join('\n')).toBe(out.trimEnd())
  expect(tookMs).toBeGreaterThan(2_000)
  expect(tookMs).toBeLessThan(20_000)
  expect(times.length).toBeGreaterThan(5)
})
