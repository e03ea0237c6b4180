/** Arrival time over clocks that are set: a line is a moment, its clock, and what the daemon makes of it. */
import { expect, test } from 'vitest'
import {
  arrivalMs,
  createSteadyClock,
  followWallClock,
  startFrom,
  type ClockChange,
} from '../../src/fold/steady-clock.ts'

/**
 * Plays a table. Each line: seconds that really have passed, the host's time of day then (seconds ahead of the true
 * time, `y` for a year), and arrival time (likewise) with what is said. `to` looks every second in between.
 */
function play(table: string): string[] {
  const seen: string[] = []
  let nowS = 0
  let aheadS = 0
  const clock = createSteadyClock({ wallMs: () => (nowS + aheadS) * 1000, monotonicMs: () => 5_000 + nowS * 1000 })
  for (const line of table.trim().split('\n')) {
    const [, atS = '', toS = atS, ahead = '', arrival = '', said = ''] =
      /^ *(\d+)(?: to (\d+))? s +host ([-+]\S+) +=> ([-+]\S+) *(.*)$/.exec(line) ?? []
    const changes: ClockChange[] = []
    for (nowS = Number(atS); nowS <= Number(toS); nowS++) {
      aheadS = secondsOf(ahead)
      const change = followWallClock(clock)
      if (change !== undefined) changes.push(change)
    }
    nowS--
    const told = changes.map((it) =>
      [it.kind, it.byMs / 1000, ...('lastedMs' in it ? [it.lastedMs / 1000] : [])].join(' '),
    )
    const arrivalS = arrivalMs(clock) / 1000 - nowS
    seen.push(
      arrivalS === secondsOf(arrival) && told.join(', ') === said
        ? line.trim()
        : `${line}, but ${arrivalS} ${told.join(', ')}`,
    )
  }
  return seen
}

function secondsOf(words: string): number {
  return Number(words.replace(/[yh]$/, '')) * (words.endsWith('y') ? 31_536_000 : words.endsWith('h') ? 3600 : 1)
}

const TABLES: [title: string, table: string][] = [
  [
    'a clock that is ahead by an hour for 4 s is not followed',
    `
    0 to 10 s   host +0    => +0
    11 to 14 s  host +1h   => +0   differs 3600
    15 to 99 s  host +0    => +0   agrees 3600 4`,
  ],
  [
    'a clock that is ahead by a year for 59 s is not followed',
    `
    0 to 10 s   host +0    => +0
    11 to 69 s  host +1y   => +0   differs 31536000
    70 to 99 s  host +0    => +0   agrees 31536000 59`,
  ],
  [
    'a clock that is set back by an hour and stays there is followed after 60 s',
    `
    0 to 10 s   host +0    => +0
    11 to 70 s  host -1h   => +0   differs -3600
    71 to 99 s  host -1h   => -1h  stepped -3600 60`,
  ],
  [
    'a wrong clock that was followed and is then corrected is followed back',
    `
    0 to 159 s    host +0    => +0
    160 to 219 s  host +1h   => +0   differs 3600
    220 to 300 s  host +1h   => +1h  stepped 3600 60
    301 to 360 s  host +0    => +1h  differs -3600
    361 to 400 s  host +0    => +0   stepped -3600 60`,
  ],
  [
    'the first time from the network after a boot without one: forward by half a century',
    `
    0 to 20 s   host +0    => +0
    21 to 80 s  host +50y  => +0    differs 1576800000
    81 to 90 s  host +50y  => +50y  stepped 1576800000 60`,
  ],
  [
    'a clock that jumps about is followed once it stays; what is said counts from the first jump',
    `
    0 to 10 s   host +0    => +0
    11 to 50 s  host +1h   => +0   differs 3600
    51 to 110 s host +5    => +0   differs 5
    111 to 120 s host +5   => +5   stepped 5 100`,
  ],
  [
    'a difference of up to 2 s is left alone, also where it moves to and fro within 2 s',
    `
    0 to 200 s    host +2    => +0
    201 to 260 s  host +2.5  => +0    differs 2.5
    261 to 300 s  host +2.5  => +2.5  stepped 2.5 60
    301 to 400 s  host +0.5  => +2.5`,
  ],
]

test.each(TABLES)('%s', (_, table) => {
  expect(play(table)).toEqual(
    table
      .trim()
      .split('\n')
      .map((line) => line.trim()),
  )
})

test.each([
  ['the last arrival lies a day back', -86_400, 0, undefined],
  ['the last arrival lies 2 s ahead: arrival time goes on from there', 2, 2, undefined],
  ['the last arrival lies an hour ahead: a step back', 3600, 0, -3600],
  ['nothing ever arrived', -Infinity, 0, undefined],
])('at start: %s', (_, lastS, arrivalS, stepS) => {
  const clock = createSteadyClock({ wallMs: () => 1e12, monotonicMs: () => 77 })
  const step = startFrom(clock, 1e12 + lastS * 1000)
  expect(arrivalMs(clock) - 1e12).toBe(arrivalS * 1000)
  expect(step && (step.toMs - step.fromMs) / 1000).toBe(stepS)
  expect(step?.toMs).toBe(step && clock.offsetMs)
})
