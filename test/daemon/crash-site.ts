/** The site of the crash tests: sixty points of every kind, ten inlets, two boundaries; and an hour of its readings. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packetsOfRun } from '../../simulators/run.ts'
import type { Event } from '../../simulators/scenarios/scenario.ts'
import { formatFault, readConfig } from '../../src/config/config.ts'
import { createSite, type Site } from '../../src/site/site.ts'

export const SITE = 'crash'

/** Says with a payload that is no number that the daemon listens, and with one that holds none that all has been sent. */
export const MARKS = 'crash/marks'

const POINTS = {
  'utility-{a,b}': { topic: 'crash/utility/{a,b}', at: '/kw', unit: 'kW', everyS: 5, maxKw: 600, role: 'facility' },
  'ups-{1..4}': {
    topic: 'crash/ups/{1..4}',
    at: '/kwh',
    unit: 'kWh',
    register: { rolloverAt: 1_000 },
    everyS: 10,
    maxKw: 150,
    role: 'ups',
  },
  'pdu-{1..8}': { topic: 'crash/pdu/{1..8}', at: '/kw', unit: 'kW', kind: 'mean', everyS: 60, maxKw: 60, role: 'it' },
  'crac-{1..4}': { topic: 'crash/crac/{1..4}', at: '/kw', unit: 'kW', hold: true, everyS: 20, role: 'cooling' },
  lights: { topic: 'crash/lights', at: '/wh', unit: 'Wh', kind: 'energy', everyS: 60, maxKw: 20, role: 'other' },
  'rack-{1..18}': { topic: 'crash/rack/{1..18}', at: '/w', unit: 'W', everyS: 2, maxKw: 10, role: 'other' },
  'outdoor-t': { topic: 'crash/outdoor', at: '/t', unit: '°C', role: 'outdoor' },
  'outdoor-rh': { topic: 'crash/outdoor', at: '/rh', unit: '%', role: 'outdoor' },
  'inlet-{1..10}-t': { topic: 'crash/inlet/{1..10}', at: '/t', unit: '°C', everyS: 10, role: 'inlet' },
  'inlet-{1..10}-rh': { topic: 'crash/inlet/{1..10}', at: '/rh', unit: '%', everyS: 10, role: 'inlet' },
}

const INLETS = Object.fromEntries(
  Array.from({ length: 10 }, (_, i) => i + 1).map((n) => [
    `inlet-${n}`,
    {
      dryBulb: `inlet-${n}-t`,
      humidity: `inlet-${n}-rh`,
      class: 'A2',
      hall: n <= 5 ? 'north' : 'south',
      rack: `r${Math.ceil(n / 2)}`,
    },
  ]),
)

export interface Place {
  /** Holds the configuration and the store. */
  folder: string
  brokerUrl: string
  influxUrl?: string
}

/** Writes a site's configuration (JSON is YAML); `parts` are its points, boundaries, inlets and alarms. */
export function writeSite({ folder, brokerUrl, influxUrl }: Place, parts: Record<string, unknown>): string {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'site.yaml')
  const marks = { topic: MARKS, unit: 'Pa' }
  const written = {
    site: { id: SITE, timezone: 'Europe/Paris' },
    mqtt: { url: brokerUrl, clientId: `crash-${folder.split('/').at(-1)}` },
    ...(influxUrl === undefined ? {} : { influx: { url: influxUrl, database: SITE } }),
    http: { listen: '127.0.0.1:0' },
    schedule: { backup: { keep: 0 } },
    ...parts,
    points: { ...(parts['points'] as object), marks },
  }
  writeFileSync(file, JSON.stringify(written))
  return file
}

/** The large site; its intervals settle within the hour. `everyS`: each point sends so seldom, not as above. */
export function writeLargeSite(place: Place, everyS?: number): string {
  const points = Object.entries(POINTS).map(([name, point]) => [
    name,
    everyS === undefined ? point : { ...point, everyS },
  ])
  return writeSite(place, {
    core: { latenessS: 300, windows: ['5m', '1h', '24h', 'day', 'month'] },
    points: Object.fromEntries(points),
    boundaries: {
      site: { facility: ['utility-a', 'utility-b'], it: ['ups-{1..4}'], category: 1 },
      hall: { facility: ['ups-{1..4}'], it: ['pdu-{1..8}'], category: 2, part: true },
    },
    inlets: INLETS,
    alarms: { stale: { enabled: false } },
  })
}

export function siteOf(file: string): Site {
  const read = readConfig(file, {})
  if ('faults' in read) throw new Error(read.faults.map(formatFault).join('\n'))
  return createSite(read.config)
}

export interface Message {
  topic: string
  payload: string
}

const RACKS = Array.from({ length: 18 }, (_, i) => `crash/rack/${i + 1}`)
const LATE_ONES = [...RACKS, 'crash/utility/a', 'crash/ups/2', 'crash/pdu/3', 'crash/inlet/1', 'crash/inlet/7']

/** Two inlets too warm, a load that moves, one topic silent for a while. */
const EVENTS: Event[] = [
  { what: 'inlet', name: 'inlet-2', toC: 29, fromS: 600, toS: 1_500 },
  { what: 'inlet', name: 'inlet-8', toC: 37, fromS: 1_200, toS: 3_000 },
  { what: 'load', factor: 0.6, fromS: 900, toS: 2_000 },
  { what: 'silence', topic: 'crash/ups/3', fromS: 1_000, toS: 1_300 },
]

/** 3 % of some topics up to 4 min late. */
const LATE = { what: 'fault', fault: 'disorder', topics: LATE_ONES, share: 0.03, byS: 240 } as const

/** Readings of the large site with their own stamps, from 10:00 UTC yesterday on: not so old that they would be purged. */
export function messagesOf(site: Site, seed: number, minutes: number): Message[] {
  const fromMs = (Math.floor(Date.now() / 86_400_000) - 1) * 86_400_000 + 10 * 3_600_000
  const events: Event[] = [...EVENTS, { ...LATE, fromS: 0, toS: Math.max(3_600, minutes * 60) }]
  const run = { site, seed, fromMs, toMs: fromMs + minutes * 60_000, scenario: { name: 'crash', events } }
  return [...packetsOfRun(run)].flatMap(({ topic, payload }) =>
    topic === MARKS ? [] : [{ topic, payload: typeof payload === 'string' ? payload : JSON.stringify(payload) }],
  )
}
