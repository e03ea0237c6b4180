import { describe, expect, test } from 'vitest'
import { formatFault, parseConfig } from '../../src/config/config.ts'
import { restartedScenario, scenario, siteOf } from './scenario.ts'

/** Readings of each hour, intervals of 15 min that close an hour later; a mean is of the hour before it. */
function siteWith({ boundary = '', windows = '[6h, 24h, 30d, month]', rules = '', more = '' } = {}): string {
  return `
site: { id: dc, timezone: UTC }
core: { intervalS: 900, latenessS: 3600, boundS: 3600, idleS: 14400, windows: ${windows} }
points:
  main: { topic: main, unit: kW, everyS: 3600 }
  it: { topic: it, unit: kW, everyS: 3600 }
  well: { topic: well, unit: L/h, kind: mean, everyS: 3600 }
  heat: { topic: heat, unit: kW, kind: mean, everyS: 3600 }
${more}
boundaries:
  dc: { facility: [main], it: [it], ${boundary} }
alarms: { stale: { enabled: false }, coverage: { enabled: false }, rules: [${rules}] }
`
}

const WATER = 'water: { total: [well] }, targets: { wue: { window: 24h, max: 0.3 } }'

describe('a target', () => {
  test('of the most: told once half of the window is known, over by the deadband of 1 %', () =>
    restartedScenario(
      siteWith({ boundary: WATER }),
      // 40 L and 100 kWh each hour; then 10 L: (960 − 30 h) L / 2400 kWh is 0.3000 after 8 h, and 0.2969 after 8.25 h
      `
      0:00 to 12:00 every 3600 s   main 120 it 100 well 40  => no alarm
      13:00 to 24:00 every 3600 s  main 120 it 100 well 40  => alarm target of dc.wue.24h raised 12:00 0.400 limit 0.3
      25:00 to 33:00 every 3600 s  main 120 it 100 well 10  => no alarm
      34:00  main 120 it 100 well 10  => alarm target of dc.wue.24h cleared 32:15 0.2969 says Target dc.wue.24h (dc): WUE of 0.297 L/kWh over 1 d, within the site's own target of 0.3 L/kWh (targets.wue). It lasted 20 h 15 min, from 2026-03-02 12:00:00 UTC; highest 0.4 L/kWh.`,
    ))

  test('of the least', () =>
    scenario(
      siteWith({ boundary: 'reuse: [heat], targets: { erf: { window: 24h, min: 0.1 } }' }),
      // 6 of 120 kW used outside, then 24: (144 + 18 h) / 2880 is 0.1000 after 8 h, and 0.1016 after 8.25 h
      `
      0:00 to 24:00 every 3600 s   main 120 it 100 heat 6   => alarm target of dc.erf.24h raised 12:00 0.050 limit 0.1
      25:00 to 34:00 every 3600 s  main 120 it 100 heat 24  => alarm target of dc.erf.24h cleared 32:15 0.1016 says Target dc.erf.24h (dc): ERF of 0.102 over 1 d, within the site's own target of 0.1 (targets.erf). It lasted 20 h 15 min, from 2026-03-02 12:00:00 UTC; lowest 0.05.`,
    ))

  test('of a calendar window is judged once, when it is over', () =>
    scenario(
      siteWith({
        boundary: 'water: { total: [well] }, targets: { wue: { window: day, max: 0.3 } }',
        windows: '[24h, day]',
      }),
      // A day of 0.4 L/kWh is told as it ends, one of 0.2 ends it a day later; nothing is said within the days
      `
      0:00 to 24:00 every 3600 s   main 120 it 100 well 40  => no alarm
      25:00 to 47:00 every 3600 s  main 120 it 100 well 20  => alarm target of dc.wue.day raised 24:00 0.400 limit 0.3 says Warning: Target dc.wue.day (dc): WUE of 0.4 L/kWh over the day, 0.1 L/kWh above the site's own target of 0.3 L/kWh (targets.wue). Since 2026-03-03 00:00:00 UTC.
      48:00 to 50:00 every 3600 s  main 120 it 100 well 20  => alarm target of dc.wue.day cleared 48:00 0.200`,
    ))

  test('of a PUE over another window than that of targetPue, and each by its own', () =>
    scenario(
      siteWith({ boundary: 'targetPue: 1.25, targets: { pue: { window: 6h, max: 1.25 } }' }),
      `
      0:00 to 14:00 every 3600 s  main 130 it 100  => alarm target of dc.pue.6h raised 3:00 1.300 limit 1.25
                                                   => alarm pue_target of dc raised 12:00 1.300 limit 1.25`,
    ))

  test('says nothing while less than half of its window is known: it neither raises nor clears', () =>
    scenario(
      siteWith({ boundary: WATER }),
      // Nobody measures IT from 24:00 to 46:00; 12 of 24 h are known up to 36:00 and again from 58:00 on
      `
      0:00 to 24:00 every 3600 s   main 120 it 100 well 40  => alarm target of dc.wue.24h raised 12:00
      25:00 to 45:00 every 3600 s  main 120 well 10         => no alarm
      46:00 to 58:00 every 3600 s  main 120 it 100 well 10  => no alarm
      59:00 to 60:00 every 3600 s  main 120 it 100 well 10  => alarm target of dc.wue.24h cleared 58:00 0.100`,
    ))

  test('has rules by its boundary and indicator, and is out of service with its boundary', () => {
    const rules =
      '{ kind: target, severity: low }, { indicator: wue, boundary: dc, severity: high, deadband: 0.1, kind: target }'
    const site = siteOf(siteWith({ boundary: WATER, rules }))
    expect(site.targets).toEqual(['dc.wue.24h'])
    expect(site.rules.of('target', 0)).toMatchObject({ severity: 'high', deadband: 0.1 })
    const out = siteOf(siteWith({ boundary: WATER }).replace('rules: []', 'out_of_service: [dc]'))
    expect(out.plan.alarms.out.get('target')).toEqual(new Set([0]))
  })
})

const MONTHS = `
intensities: { grid: { monthly: { 2026-03: 61 }, source: "table" } }`

test.each([
  ['water: { total: [well] }, targets: { wue: { window: 24h } }', /wue: needs either `max` or `min`/],
  ['water: { total: [well] }, targets: { wue: { window: 24h, max: 1, min: 0.1 } }', /needs either `max` or `min`/],
  ['targets: { wue: { window: 24h, max: 1 } }', /boundary "dc" has no wue.*give it `water.total`/],
  ['targets: { ere: { window: 24h, max: 1 } }', /has no ere.*give it `reuse`/],
  ['water: { total: [well] }, targets: { wue: { window: 6h, max: 1 } }', /no wue of the window "6h".*one of 24h, 30d/],
  ['water: { total: [well] }, targets: { wue: { window: year, max: 1 } }', /"year" to judge.*one of 24h, 30d, month/],
  ['targets: { pue: { window: 7d, max: 1.2 } }', /no pue of the window "7d".*one of 6h, 24h, 30d/],
  ['targetPue: 1.2, targets: { pue: { window: 24h, max: 1.3 } }', /`targetPue` is a target of 24 h already/],
  ['carbon: { location: grid }, targets: { cue: { window: 24h, max: 0.1 } }', /no cue of the window "24h".*one of 30d/],
  ['targets: { coolness: { window: 24h, max: 1 } }', /unknown key/],
])('%s: %s', (boundary, words) => {
  const read = parseConfig(siteWith({ boundary }) + MONTHS, {})
  const faults = 'faults' in read ? read.faults.map((fault) => formatFault(fault).replaceAll('\n', ' ')) : []
  expect(faults).toHaveLength(1)
  expect(faults[0]).toMatch(words)
})
