/** Clocks of devices that are behind: told as what they are, though their readings are taken. */
import { expect, test } from 'vitest'
import { runWhole } from '../../src/core/contract/work.ts'
import { skewMs } from '../../src/core/skew.ts'
import { stepInSteps } from '../../src/core/step.ts'
import { accept } from '../../src/fold/pipeline.ts'
import { createStage, restartedScenario, scenario, siteOf } from './scenario.ts'

const SITE = `
site: { id: dc, timezone: UTC }
core: { latenessS: 900, boundS: 30, skewS: 60, windows: [1h] }
points:
  a: { topic: a, unit: kW, everyS: 300, gateway: gw }
  b: { topic: b, unit: kW, everyS: 300, gateway: gw }
  c: { topic: c, unit: kW, everyS: 300 }
alarms: { stale: { enabled: false }, gateway: { enabled: false } }
`

/** Readings of a topic by hand: stamped so long before they arrive, every 5 min of `hours`, each hour from a minute on. */
function late(topic: string, lateS: number, from: number, hours: number): string {
  const clock = (s: number) =>
    `${Math.floor(s / 3600)}:${String(Math.floor(s / 60) % 60).padStart(2, '0')}:${String(s % 60).padStart(2, '0')}`
  return Array.from({ length: 12 * hours }, (_, n) => {
    const arrivesS = from * 60 + 300 * n
    return `${clock(arrivesS - lateS)} ${topic} 20 @${clock(arrivesS)}`
  }).join('\n')
}

test('a gateway whose newest stamps are 10 min old for an hour is told, once for all its points', () =>
  restartedScenario(
    SITE,
    `
    ${late('a', 600, 60, 1)}
    1:50 b 20 @2:00     => skew gw 2:00 600
                        => alarm 2:00 skew of a raised 600 limit 360 says Warning: Point a (dc): for an hour the newest stamps of its clock are 10 min behind ours, more than 6 min (core.skewS and everyS). Since 2026-03-02 02:00:00 UTC.
    ${late('a', 2, 121, 1)}
    3:01 b 20 @3:01     => skew gw 3:00 2
                        => alarm 2:06 skew of a cleared 2`,
  ))

test('stamps that are suddenly a day old and go on from there: too late, within minutes, and one page of it', () =>
  restartedScenario(
    SITE.replace('stale: { enabled: false }', 'out_of_service: [a, b]').replace('c, unit: kW', 'c, unit: °C'),
    `
    from 2026-03-03T00:00Z
    24:00 to 25:00 every 300 s  c 20  => so far
    ${late('c', 86_400, 1505, 2)}
    27:05 b 20                        => notice refused of c raised 25:16 -86400 says Warning: Point c (dc): readings arrive, but are refused: they are stamped 1 d ago, too late to be counted; none has been accepted since 2026-03-04 01:00:00 UTC (16 min).
                                      => alarm refused of c raised 25:16
                                      => alarm skew of c suppressed 26:05 86400 limit 360
    27:10 c 20                        => notice refused of c cleared 27:10
                                      => alarm refused of c cleared
    27:15 c 20                        => alarm skew of c normal`,
  ))

test('stored readings come late from a sound clock: the least counts', () =>
  scenario(
    SITE,
    `
    ${late('c', 600, 60, 1)}
    1:58 c 20 @1:58:02
    1:48:30 c 20 @1:58:30
    1:59 c 20 @2:00     => skew c 2:00 2
                        => no alarm skew of c`,
  ))

test('behind an hour of silence a whole hour is looked at again', () =>
  scenario(
    SITE,
    `
    ${late('c', 2, 60, 1)}
    ${late('c', 600, 240, 1)}
    4:51 c 20 @5:01     => skew c 5:00 600
                        => alarm 5:01 skew of c raised`,
  ))

test('a clock that is ahead is shown', () =>
  scenario(
    SITE,
    `
    ${late('c', -30, 60, 1)}
    2:00 c 20 @2:00     => skew c 2:00 -30`,
  ))

test('a step of the host’s clock forgets what was measured against the clock before', () => {
  const { pipeline, baseMs } = createStage(siteOf(SITE))
  const c = pipeline.core.plan.sourceOf[2] ?? -1
  accept(pipeline, { nowMs: baseMs, topic: 'c', payload: `{"ts":${baseMs - 700},"value":20}`, retain: false })
  expect(skewMs(pipeline.core, c)).toBe(700)
  runWhole(stepInSteps(pipeline.core, baseMs, baseMs + 3_600_000, 0))
  expect(skewMs(pipeline.core, c)).toBe(Infinity)
})
