/** What can be told to happen, and what it comes to: outcomes of readings, alarms, energies. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { truthOf } from '../../simulators/run.ts'
import { EVENT_KINDS } from '../../simulators/scenarios/event-kinds.ts'
import { parseEvent } from '../../simulators/scenarios/event-text.ts'
import type { Run } from '../../simulators/scenarios/life.ts'
import { readScenarioFile } from '../../simulators/scenarios/scenario-file.ts'
import { siteOf } from '../../src/commands/arguments.ts'
import { unexpected } from '../../src/commands/simulate/expected.ts'
import { observe } from '../../src/commands/simulate/observed.ts'

const SIMULATORS = fileURLToPath(new URL('../../simulators/', import.meta.url))
const NOTHING = { pue: [], bands: {}, outcomes: {}, coverage: {} }
const fromMs = Date.parse('2026-07-14T08:00:00Z')
const edge = siteOf(join(SIMULATORS, 'sites', 'edge.site.yaml'))

function runOf(text: string): Run {
  const events = [parseEvent(text, { site: edge, fromMs })]
  return { site: edge, seed: 5, fromMs, toMs: fromMs + 50 * 60_000, scenario: { name: text, events }, kind: 'edge' }
}

/** Of an edge room: 20 minutes of an event; which outcomes are seen besides accepted, and which alarms are raised. */
const EVENTS: [text: string, outcomes: string, alarms: string][] = [
  ['inlet:h1-r02@+10m/20m,toC=30', '', 'inlet_recommended rate_of_change'],
  ['inlet:h1-r02@+10m/20m,toC=40', '', 'inlet_allowable rate_of_change'],
  ['chiller-trip@+10m/20m', '', 'inlet_allowable inlet_recommended'],
  ['crah-fan@+10m/20m', '', 'inlet_allowable inlet_recommended'],
  ['utility-outage@+10m/20m', '', 'rate_of_change'],
  ['gateway-down:h1@+10m/20m', '', 'gateway'],
  ['silence:utility@+10m/20m', '', 'stale'],
  ['sensor-drift:h1-r02@+10m/20m,kPerHour=30', '', 'inlet_recommended rate_of_change'],
  ['hot-aisle:h1-r02@+10m/20m', '', 'inlet_recommended rate_of_change'],
  ['swapped:h1-r02@+10m/20m', '', 'inlet_recommended rate_of_change'],
  ['bad-payloads:h1-r02@+10m/20m', 'bad_payload no_value', 'refused stale'],
  ['broker-cut@+10m/20m', '', 'gateway stale'],
  ['conflict:utility@+10m/20m', 'conflict', ''],
  ['disorder:h1@+10m/20m,byS=20', '', ''],
  ['duplicate:h1@+10m/20m', 'duplicate', ''],
  ['firmware:h1-r02-t@+10m/20m', 'no_value', 'stale'],
  ['future-stamps:utility@+10m/20m', 'future', 'refused'],
  ['gap:utility@+10m/20m', '', 'stale'],
  ['jitter:it-h1@+10m/20m,digit=0.001', '', ''],
  ['late-burst:h1@+10m/20m', '', 'gateway'],
  ['restart:it-h1@+10m/20m', '', 'register'],
  ['retained-repeats:utility@+10m/20m,share=0.1', 'duplicate', ''],
  ['reversed:utility@+10m/20m', 'negative', 'refused'],
  ['skew:h1@+10m/20m,byS=-600', 'conflict duplicate', 'gateway_refused'],
  ['skew:utility@+10m/20m,byS=7200', 'future', 'refused'],
  ['spike:utility@+10m/20m', 'out_of_range', 'refused'],
  ['stray-topics:h1@+10m/20m', 'unknown_topic', ''],
  ['stuck:it-h1@+10m/20m', '', 'register'],
  ['unit-slip:utility@+10m/20m', 'out_of_range', 'refused unit_slip'],
  ['zero:it-h1@+10m/20m', '', 'register'],
]

test.for(EVENTS)('%s comes to outcomes "%s" and alarms "%s"', ([text, outcomes, alarms]) => {
  const observed = observe(runOf(text))
  const seen = Object.entries(observed.outcomes).flatMap(([outcome, count]) => (count > 0 ? [outcome] : []))
  expect(
    seen
      .filter((outcome) => outcome !== 'accepted')
      .sort()
      .join(' '),
  ).toBe(outcomes)
  const raised = observed.alarms.filter(({ state }) => state === 'raised').map(({ kind }) => kind)
  expect([...new Set(raised)].sort().join(' ')).toBe(alarms)
  expect(unexpected(observed, NOTHING)).toEqual([])
})

/** Of these no limit is broken: they change energies, each in a scenario file of its own. */
const ENERGIES = ['load', 'heat-wave', 'pump', 'water-cut', 'generator-fail', 'humidifier-stuck', 'door-open']

test('every kind of event is one of these, or one of a scenario file that says what must come of it', () => {
  const files = readdirSync(join(SIMULATORS, 'scenarios')).filter((name) => name.endsWith('.yaml'))
  const told = files.flatMap((name) => readScenarioFile(join(SIMULATORS, 'scenarios', name)).events)
  const nameOf = (text: string) => text.split(/[:@]/)[0] ?? ''
  expect(ENERGIES.filter((name) => !told.map(nameOf).includes(name))).toEqual([])
  const known = new Set([...EVENTS.map(([text]) => nameOf(text)), ...ENERGIES])
  expect(Object.keys(EVENT_KINDS).filter((name) => !known.has(name))).toEqual([])
})

test.for([
  ['conflict:utility@+10m/20m', { taken: 0, put: 120 }],
  ['duplicate:utility@+10m/20m,share=0.5', { taken: 0, put: 51 }],
  ['gap:utility@+10m/20m', { taken: 120, put: 0 }],
  ['late-burst:utility@+10m/20m', { taken: 120, put: 120 }],
  ['broker-cut@+10m/20m', { taken: 660, put: 660 }],
] as const)('the truth beside a recording tells what %s met, and where its readings go', ([text, met]) => {
  const [fault] = truthOf(runOf(text)).faults
  expect(fault).toMatchObject({ ...met, fromMs: fromMs + 600_000, toMs: fromMs + 1_800_000 })
})

test('a fault that comes to nothing is told, and an outcome that no fault explains', () => {
  const observed = observe(runOf('duplicate:h1@+10m/20m'))
  const { scenario } = observed.run
  const without = { ...observed, run: { ...observed.run, scenario: { ...scenario, events: [] } } }
  expect(unexpected(without, NOTHING)).toEqual(['outcome duplicate: no planted fault explains it'])
  const outcomes = { ...observed.outcomes, duplicate: 0 }
  expect(unexpected({ ...observed, outcomes }, NOTHING)).toEqual([
    'the fault duplicate came to none of duplicate, before_birth',
  ])
})
