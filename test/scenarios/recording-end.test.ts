/**
 * A recording that ends tells nothing of what came behind it: its last intervals are closed as by a quiet clock, and
 * silence that only this end brings is no alarm.
 */
import { describe, test } from 'vitest'
import { scenario } from './scenario.ts'

const SITE = `
site: { id: dc, timezone: UTC }
core: { latenessS: 900, boundS: 30, idleS: 1200, windows: [1h] }
points:
  a1: { topic: a1, unit: °C, everyS: 30, gateway: a }
  a2: { topic: a2, unit: °C, everyS: 30, gateway: a }
  b1: { topic: b1, unit: °C, everyS: 30, gateway: b }
  direct: { topic: direct, unit: °C, everyS: 30 }
inlets: { in: { dryBulb: a1, class: A1, moisture: unmeasured } }
`

const METERS = `
site: { id: dc, timezone: UTC }
core: { intervalS: 900, latenessS: 900, boundS: 30, windows: [1h] }
points:
  mains: { topic: mains, unit: kW, everyS: 60, role: facility }
  it: { topic: it, unit: kW, everyS: 60, role: it }
boundaries: { dc: { facility: [mains], it: [it], category: 2 } }
alarms: { coverage: { graceS: 0 }, stale: { enabled: false } }
`

describe('the end of a recording', () => {
  test('is no lost uplink, whatever the clock takes to close the last interval', () =>
    scenario(
      SITE,
      `
      0:00 to 0:10 every 30 s  a1 23 a2 23 b1 23 direct 23
      end   => no alarm`,
    ))

  test('makes no gateway silent that was heard three minutes before', () =>
    scenario(
      SITE,
      `
      0:00 to 0:07 every 30 s  a1 23 a2 23 b1 23 direct 23
      0:07:30 to 0:10 every 30 s  b1 23 direct 23
      end   => no alarm`,
    ))

  test('in the midst of an interval makes its boundary no less known', () =>
    scenario(
      METERS,
      `
      0:00 to 2:03 every 60 s  mains 120 it 100
      end   => no alarm`,
    ))

  test('leaves an alarm as it stands: nobody acknowledges it, and nothing is heard of it', () =>
    scenario(
      SITE.replace(
        'inlets:',
        'alarms: { inlet_allowable: { escalate: [{ afterMin: 10, severity: critical }] } }\ninlets:',
      ),
      `
      0:00 to 0:05 every 30 s  a1 23 a2 23 b1 23 direct 23
      0:05:30 to 0:10 every 30 s  a1 33 a2 23 b1 23 direct 23   => so far
      end   => no alarm`,
    ))
})
