/** A recording as a chart for a terminal. */
import { expect, test } from 'vitest'
import { canvasLines, createCanvas, drawColumn } from '../../../src/commands/replay/plot/braille.ts'
import { chartLines, columnAt, shareLine, timeAxis } from '../../../src/commands/replay/plot/chart.ts'
import { createTrack, eachNumber, putNumber } from '../../../src/commands/replay/plot/track.ts'
import { minute, RECORDING, replay, SITE } from './replaying.ts'

const MINUTE_MS = 60_000
/** Twenty minutes in 20 columns of a character each. */
const FRAME = { fromMs: 0, toMs: 20 * MINUTE_MS, width: 30 }
const SCALE = { least: 1, digits: 1 }

function trackOf(numberAt: (minute: number) => number) {
  const track = createTrack(MINUTE_MS)
  for (let end = 1; end <= 20; end++) putNumber(track, end * MINUTE_MS, numberAt(end))
  return track
}

test('a chart of PUE and inlets in place of the rows, no wider than 80 characters', () => {
  const { status, out, err } = replay(['--config', SITE, '--plot', RECORDING])
  expect(status).toBe(0)
  expect(err).toContain('packets 120')
  const lines = out.split('\n')
  expect(out).not.toContain('{')
  expect(lines[0]).toBe('PUE of dc, window 5m: 1.500 to 1.500')
  expect(lines).toContain('hottest and coldest of 1 inlets, °C: r1 34.0, r1 25.0')
  // 14 of 20 minutes the only inlet is beyond both limits
  const beyond = lines.find((line) => line.includes('beyond')) ?? ''
  expect(beyond.match(/█/g)?.length).toBeGreaterThan(45)
  expect(beyond).toMatch(/^ {2}beyond │·+█+$/)
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80)
  // Local time of the site
  expect(lines.filter((line) => /^ +11:00 .* 11:20$/.test(line))).toHaveLength(2)
})

test('a span is drawn alone', () => {
  const { out } = replay(['--config', SITE, '--plot', '--from', minute(8), '--until', minute(16), RECORDING])
  expect(out).toContain('inlets, °C: r1 34.0, r1 34.0')
})

test('what rises to the right is drawn from the bottom left to the top right, with no break', () => {
  const lines = chartLines('rising', [trackOf((at) => at)], FRAME, SCALE)
  expect(lines).toEqual([
    'rising',
    '    20.0 ┤                 ⢀⡴⠋',
    '         │               ⣠⠞⠉',
    '         │            ⢀⡴⠚⠁',
    '         │          ⣠⠖⠋',
    '     9.1 ┤       ⢀⡤⠞⠁',
    '         │     ⣠⠴⠋',
    '         │  ⢀⣠⠞⠁',
    '     1.0 ┤⢀⡴⠋',
  ])
})

test('where nothing is known nothing is drawn', () => {
  const lines = chartLines('gap', [trackOf((at) => (at > 5 && at <= 15 ? NaN : 3))], FRAME, SCALE)
  expect(lines.filter((line) => /[⠀-⣿]/.test(line))).toEqual([expect.stringMatching(/┤?[⠁-⣿]{5} {10}[⠁-⣿]{5}$/)])
  expect(chartLines('none', [trackOf(() => NaN)], FRAME, SCALE)).toEqual(['none', 'nothing is known of it', ''])
})

test('a correction takes the place of a number, and any order will do', () => {
  const track = createTrack(MINUTE_MS)
  for (const [end, number] of [
    [500, 1],
    [3, 2],
    [3, 4],
    [70, 5],
  ] as const) {
    putNumber(track, end * MINUTE_MS, number)
  }
  const seen: number[][] = []
  eachNumber(track, (endMs, number) => seen.push([endMs / MINUTE_MS, number]))
  expect(seen).toEqual([
    [3, 4],
    [70, 5],
    [500, 1],
  ])
})

test('dots stand where Unicode says', () => {
  const canvas = createCanvas(2, 1)
  drawColumn(canvas, 0, 0, 0)
  drawColumn(canvas, 1, 2, 3)
  drawColumn(canvas, 3, -5, 99)
  // Dots 7, 4 and 5; and 4, 5, 6 and 8
  expect(canvasLines(canvas)).toEqual(['\u{2858}\u{28b8}'])
})

test('an end of an interval belongs to the column before it; shares that are not 0 are seen', () => {
  expect([1, 20, 10].map((end) => columnAt(FRAME, 20, end * MINUTE_MS))).toEqual([0, 19, 9])
  expect(shareLine('out', [0, 0.001, 0.5, 1, NaN, 0])).toBe('     out │·▁▄█ ·')
  expect(timeAxis(FRAME, (tMs) => String(tMs / MINUTE_MS))).toEqual([
    '         └┴────┴────┴───┴────┴',
    '          0    5   10  15   20',
  ])
})
