/**
 * The dashboard and the alert rules, asked as Grafana would ask: every query of every panel, variable, annotation and rule
 * runs against a real InfluxDB that holds a simulated day, and must give rows with the columns it promises.
 */
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { alarmBoard } from '../../grafana/alarms.ts'
import { generated } from '../../grafana/generate.ts'
import { OVERVIEW_UID, overview } from '../../grafana/overview.ts'
import { SOURCE_UID } from '../../grafana/panels/panel.ts'
import { ask } from '../../grafana/query.ts'
import { thermal } from '../../grafana/thermal.ts'
import { packetsOfRun } from '../../simulators/run.ts'
import type { Scenario } from '../../simulators/scenarios/scenario.ts'
import { parseConfig } from '../../src/config/config.ts'
import { OUTCOMES } from '../../src/core/contract/outcome.ts'
import { settledThroughMs } from '../../src/core/closing.ts'
import { createHealth, recordCommit, sampleHealth } from '../../src/health/health.ts'
import { healthRow } from '../../src/health/row.ts'
import { alarmFigures, standingsFrom } from '../../src/reports/alarm-figures.ts'
import { ALARM_FIGURES } from '../../src/rows/tables/alarm-figures.ts'
import { fieldsOf } from '../../src/rows/tables/table.ts'
import { accept } from '../../src/fold/pipeline.ts'
import { createReplay, endReplay } from '../../src/fold/replay.ts'
import { createSite } from '../../src/site/site.ts'
import { MAX_BATCH_ROWS, openInflux } from '../../src/send/influx/influx.ts'
import { MEASUREMENTS } from '../../src/rows/tables/measurements.ts'
import { needs, startInfluxd, type Server } from '../servers/servers.ts'
import type { Row } from '../../src/rows/rows.ts'
import { bodyOf, linesOf } from '../rows/new-rows.ts'

const GRAFANA = fileURLToPath(new URL('../../grafana/', import.meta.url))
const SEED = 11
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
/** 26 hours over a midnight in Paris (23:00 UTC). */
const FROM_MS = Date.UTC(2026, 2, 2, 10)
const TO_MS = FROM_MS + 26 * HOUR_MS
const LAST_HOUR_S = 25 * 3600

/** In the last hour one inlet of hall h2 is far too hot; then the hall falls silent, and stays so. Cooling slips its unit. */
const EVENTFUL: Scenario = {
  name: 'eventful',
  events: [
    { what: 'inlet', name: 'h1-r1', toC: 29.5, fromS: 20_000, toS: 24_000 },
    { what: 'inlet', name: 'h2-r1', toC: 37, fromS: LAST_HOUR_S, toS: LAST_HOUR_S + 3600 },
    { what: 'silence', gateway: 'h2', fromS: LAST_HOUR_S + 1200, toS: LAST_HOUR_S + 3600 },
    { what: 'fault', fault: 'unitSlip', topics: ['demo/cooling'], fromS: LAST_HOUR_S - 1800, toS: LAST_HOUR_S - 1200 },
    { what: 'fault', fault: 'duplicate', share: 0.05, fromS: 70_000, toS: 80_000, byS: 10 },
  ],
}

const dashboard = overview()
const dashboards = [dashboard, thermal(), alarmBoard()]
const panels = dashboards
  .flatMap(({ panels: drawn }) => drawn ?? [])
  .filter((panel): panel is Panel => panel.type !== 'row')

describe('the dashboard', () => {
  test('is committed as the code draws it', () => {
    for (const [path, text] of Object.entries(generated())) {
      expect(readFileSync(`${GRAFANA}${path}`, 'utf8'), `${path}: run npm run generate`).toBe(text)
    }
  })

  test('gives each panel an id, a title and a description of its own, and none lies on another', () => {
    for (const panel of panels) expect(panel.description?.length ?? 0, `${panel.title}`).toBeGreaterThan(30)
    for (const { panels: all = [] } of dashboards) {
      expect(new Set(all.map(({ id }) => id)).size).toBe(all.length)
      const titles = all.map(({ title }) => title)
      expect(new Set(titles).size).toBe(titles.length)
      expect(all.every(({ id }) => id !== undefined && id > 0)).toBe(true)
      const cells = new Map<string, string>()
      for (const { gridPos, title = '' } of all) {
        expect(gridPos!.x + gridPos!.w, `${title}`).toBeLessThanOrEqual(24)
        for (let x = gridPos!.x; x < gridPos!.x + gridPos!.w; x++) {
          for (let y = gridPos!.y; y < gridPos!.y + gridPos!.h; y++) {
            expect(cells.get(`${x},${y}`), `${title} lies on`).toBeUndefined()
            cells.set(`${x},${y}`, title)
          }
        }
      }
    }
  })

  test('asks through its variable for the data source, and every query of a panel has a letter of its own', () => {
    for (const panel of panels) {
      const targets = targetsOf(panel)
      expect(targets.length, `${panel.title}`).toBeGreaterThan(0)
      expect(new Set(targets.map(({ refId }) => refId)).size, `${panel.title}`).toBe(targets.length)
      for (const { datasource } of [panel, ...targets]) expect(datasource?.uid, `${panel.title}`).toBe('${datasource}')
    }
  })

  test('uses every measurement, and every outcome of a live reading is drawn', () => {
    const asked = everyQuery()
      .map(({ query }) => query)
      .join('\n')
    for (const name of Object.keys(MEASUREMENTS)) expect(asked).toContain(`FROM "${name}"`)
    for (const word of OUTCOMES.filter((outcome) => outcome !== 'bad_line' && outcome !== 'command'))
      expect(asked).toContain(`"readings_${word}"`)
  })

  test('never takes the mean of a PUE, nor groups a table by two tags (Grafana mixes up their columns)', () => {
    for (const { name, query } of everyQuery()) expect(query, `${name}`).not.toMatch(/(mean|sum)\("pue"\)/)
    const tagged = everyQuery().filter(({ format, query }) => {
      const [, groups = ''] = /GROUP BY ([^)]*?)( fill| ORDER|$)/.exec(query) ?? []
      return format === 'table' && groups.includes(',')
    })
    expect(tagged).toEqual([])
  })

  test('names only columns that its queries give, in overrides and transformations', () => {
    for (const panel of panels) {
      const given = namesOf(panel)
      for (const name of namedBy(panel)) expect(given, `${panel.title} names ${name}`).toContain(name)
    }
  })

  test('a field or tag that does not exist does not compile', () => {
    // @ts-expect-error -- no such field
    ask('pue', { columns: { PUE: 'peu' } })
    // @ts-expect-error -- no such field in a call
    ask('pue', { columns: { PUE: ['last', 'facility_w'] } })
    // @ts-expect-error -- no such tag
    ask('energy', { columns: { W: 'mean_w' }, where: { boundary: { is: 'dc5' } } })
    // @ts-expect-error -- no such tag to group by
    ask('energy', { columns: { W: 'mean_w' }, by: ['inlet'] })
    // @ts-expect-error -- no such measurement
    ask('energies', { columns: {} })
    // @ts-expect-error -- no such number of the daemon
    expect(ask('health', { columns: { n: 'readings_lost' } })).toContain('FROM "health"')
  })
})

describe('the provisioning', () => {
  const sources = read('provisioning/datasources/coldaisle.yaml')
  const providers = read('provisioning/dashboards/coldaisle.yaml')

  test('brings the data source that the dashboard begins with and the rules name', () => {
    const [source] = sources.datasources
    expect(source).toMatchObject({ uid: SOURCE_UID, type: 'influxdb', access: 'proxy', url: '$INFLUX_URL' })
    expect(source.secureJsonData.password).toMatch(/^\$__file\{\/run\/secrets\/[\w-]+\}$/)
    expect(dashboard.templating.list?.find(({ name }) => name === 'datasource')?.current?.value).toBe(SOURCE_UID)
  })

  test('finds the dashboards in a folder of their own', () => {
    expect(providers.providers).toHaveLength(1)
    expect(providers.providers[0]).toMatchObject({ type: 'file', allowUiUpdates: false, folder: 'coldaisle' })
    expect(existsSync(`${GRAFANA}dashboards/overview.json`)).toBe(true)
  })

  test('brings rules with ids of their own that point at panels and are raised when nothing is known', () => {
    const rules = provisionedRules()
    expect(rules.length).toBeGreaterThanOrEqual(5)
    expect(new Set(rules.map(({ uid }) => uid)).size).toBe(rules.length)
    for (const rule of rules) {
      expect(rule, `${rule.uid}`).toMatchObject({ noDataState: 'Alerting', execErrState: 'Alerting', condition: 'C' })
      expect(rule.for, `${rule.uid}`).toMatch(/^\d+[mh]$/)
      expect(rule.dashboardUid).toBe(OVERVIEW_UID)
      expect(
        panels.some(({ id }) => id === rule.panelId),
        `${rule.uid} points at a panel`,
      ).toBe(true)
      expect(rule.data.map(({ refId }) => refId)).toEqual(['A', 'B', 'C'])
      expect(rule.data[0]!.datasourceUid).toBe(SOURCE_UID)
      // Provisioning replaces ${…} in annotations, older versions $… too.
      expect(Object.values(rule.annotations).join(' ')).not.toContain('$')
      expect(rule.data[0]!.model.query, 'rules know no variables').not.toMatch(/\$(?!timeFilter\b)/)
    }
  })
})

const influxd = needs('influxd')

describe.skipIf(!influxd)(
  `a simulated day in a real InfluxDB, seed ${SEED}${influxd ? '' : ': skipped, no influxd'}`,
  () => {
    let server: Server
    let rows = 0
    beforeAll(async () => {
      server = await startInfluxd()
      rows = await fill(server)
    }, 180_000)
    afterAll(() => server?.stop())

    test('is there', () => {
      expect(rows).toBeGreaterThan(100_000)
    })

    test('every variable offers what the site has', async () => {
      const offered = await choices(server)
      expect(offered).toMatchObject({ site: ['demo'], boundary: ['demo'], hall: ['h1', 'h2'], target: ['1.4'] })
    })

    for (const [chosen, halls] of Object.entries({ All: '$__all', 'one hall': ['h1'], 'two halls': ['h1', 'h2'] })) {
      for (const panel of panels) {
        test(`panel "${panel.title}" gives rows (${chosen})`, async () => {
          const offered = await choices(server)
          const seen = new Set<string>()
          for (const { refId, query } of targetsOf(panel)) {
            const text = expand(query, rangeOf(panel), { ...firstOf(offered), hall: halls })
            const answer = await run(server, text)
            const columns = columnsOf(query)
            expect(answer.length, `${refId}: ${text}`).toBeGreaterThan(0)
            for (const { columns: given } of answer) expect(given, `${text}`).toEqual(['time', ...columns])
            const known = columns.filter((name) => valuesOf(answer, name).some((value) => value !== null))
            expect(known.length, `${refId} knows nothing: ${text}`).toBeGreaterThan(0)
            for (const name of known) seen.add(name)
          }
          const promised = targetsOf(panel).flatMap(({ query }) => columnsOf(query))
          expect([...seen].toSorted()).toEqual([...new Set(promised)].toSorted())
        })
      }
    }

    test('what is raised and not over is counted by severity, and the worst source comes first', async () => {
      const answerOf = async (title: string): Promise<Answer[]> => {
        const [target] = targetsOf(panels.find((panel) => panel.title === title)!)
        return run(server, expand(target!.query, day(), { site: 'demo' }))
      }
      // By the rows themselves: the last state of each alarm and source.
      const [all] = await run(server, `SELECT alarm, source, severity, state FROM alarm ORDER BY time`)
      const last = new Map(
        all!.values.map(([, alarm, source, ...rest]) => [`${String(alarm)} ${String(source)}`, rest]),
      )
      const raised = [...last.values()].filter(([, state]) => state === 'raised').map(([severity]) => severity)
      const counted = (await answerOf('Raised and not over, by severity')).map(({ tags, values }) => [
        tags?.['severity'],
        values[0]?.[1],
      ])
      expect(new Map(counted as [string, number][])).toEqual(
        new Map(
          Map.groupBy(raised, String)
            .entries()
            .map(([severity, each]) => [severity, each.length]),
        ),
      )
      const bySource = (await answerOf('Raised most often')).map(({ tags, values }) => [
        tags?.['source'],
        values[0]?.[1],
      ])
      expect(new Map(bySource as [string, number][]).get('h2-r1')).toBeGreaterThan(0)
    })

    test('raised alarms are marked, with text and tags', async () => {
      const [{ target } = {}] = dashboard.annotations.list ?? []
      const { query, textColumn, tagsColumn } = target as object as Record<
        'query' | 'textColumn' | 'tagsColumn',
        string
      >
      const answer = await run(server, expand(query, day(), { site: 'demo' }))
      expect(answer[0]!.columns).toEqual(expect.arrayContaining([textColumn, ...tagsColumn.split(',')]))
      expect(valuesOf(answer, 'text').some((text) => String(text).includes('h2-r1'))).toBe(true)
    })

    test('the PUE now is not known once nothing came for minutes, though the day is full of it', async () => {
      const [target] = targetsOf(panels.find(({ title }) => title === 'PUE now')!)
      const later = { fromMs: TO_MS - 24 * HOUR_MS, toMs: TO_MS + 10 * MINUTE_MS, intervalMs: MINUTE_MS }
      expect(await run(server, expand(target!.query, later, { site: 'demo', boundary: 'demo' }))).toEqual([])
    })

    test('power by role adds up to what the boundary tells', async () => {
      const [target] = targetsOf(panels.find(({ title }) => title === 'Power by role')!)
      const answer = await run(server, expand(target!.query, day(), { site: 'demo' }))
      // The window's energy over the part of it that is known: the run's last minute is not whole.
      const told = await run(
        server,
        `SELECT facility_j / (coverage * 300) FROM pue WHERE "window" = '5m' ORDER BY time DESC LIMIT 1`,
      )
      const facility = answer.find(({ tags }) => tags?.['role'] === 'facility')!
      const [toldW] = told[0]!.values[0]!.slice(1) as number[]
      const lastW = facility.values.findLast(([, watts]) => watts !== null)![1] as number
      expect(lastW / toldW!).toBeCloseTo(1, 1)
    })

    test('a rack that was out and fell silent is out, then unknown, in the bands by rack', async () => {
      const [target] = targetsOf(panels.find(({ title }) => title === 'Bands by rack')!)
      const answer = await run(server, expand(target!.query, day(5 * MINUTE_MS), { site: 'demo', hall: '$__all' }))
      const rack = answer.find(({ tags }) => tags?.['rack'] === 'h2-r1')!
      const bands = rack.values.map(([, band]) => band).filter((band) => band !== null)
      expect(bands.at(0), 'recommended at first').toBe(0)
      expect(bands, 'out').toContain(3)
      expect(bands.at(-1), 'unknown at last').toBe(2)
    })

    for (const rule of provisionedRules()) {
      test(`rule ${rule.uid} gives a number for each of its series`, async () => {
        const answer = await evaluate(server, rule, TO_MS)
        expect(answer.length).toBeGreaterThan(0)
        for (const { last } of answer) expect(last).toEqual(expect.any(Number))
      })
    }

    test.for([
      ['coldaisle-inlet-out', 0, ['h2-r1'], 'silence has not cleared it'],
      ['coldaisle-pue-target', 0, [], 'the plant is better than that'],
      ['coldaisle-coverage', 0, [], 'all meters report'],
      ['coldaisle-data-delay', 0, [], 'the newest readings are seconds old'],
      ['coldaisle-collector-stale', 0, [], 'it runs'],
      ['coldaisle-collector-stale', 10, ['demo'], 'and now it has told nothing for 10 minutes'],
    ] as const)('rule %s after %i min of silence is raised for %j: %s', async ([uid, minutes, raised]) => {
      const rule = provisionedRules().find((candidate) => candidate.uid === uid)!
      const { type, params } = rule.data[2]!.model.conditions![0]!.evaluator
      const answer = await evaluate(server, rule, TO_MS + minutes * MINUTE_MS)
      const over = answer.filter(({ last }) => (type === 'gt' ? last > params[0]! : last < params[0]!))
      expect(over.map(({ tags }) => tags['inlet'] ?? tags['boundary'] ?? tags['site'])).toEqual(raised)
    })
  },
)

interface Asked {
  refId: string
  query: string
  resultFormat: string
  alias?: string
  datasource?: { uid?: string }
}

interface Rule {
  uid: string
  for: string
  dashboardUid: string
  panelId: number
  annotations: Record<string, string>
  data: {
    refId: string
    datasourceUid: string
    relativeTimeRange: { from: number; to: number }
    model: { query?: string; conditions?: { evaluator: { type: 'gt' | 'lt'; params: number[] } }[] }
  }[]
}

interface Answer {
  tags?: Record<string, string>
  columns: string[]
  values: (string | number | boolean | null)[][]
}

interface Range {
  fromMs: number
  toMs: number
  intervalMs: number
}

type Choice = string | readonly string[]

function read(path: string) {
  return parse(readFileSync(`${GRAFANA}${path}`, 'utf8'))
}

function provisionedRules(): Rule[] {
  return read('provisioning/alerting/rules.yaml').groups.flatMap(({ rules }: { rules: Rule[] }) => rules)
}

function targetsOf(panel: Panel): Asked[] {
  return (panel.targets ?? []) as object[] as Asked[]
}

function everyQuery(): { name: string; query: string; format: string }[] {
  return panels.flatMap((panel) =>
    targetsOf(panel).map(({ query, resultFormat }) => ({ name: panel.title ?? '', query, format: resultFormat })),
  )
}

/** The names that a query gives its columns. */
function columnsOf(query: string): string[] {
  const outer = query.slice(0, query.indexOf(' FROM '))
  return [...outer.matchAll(/ AS "([^"]+)"/g)].map(([, name]) => name!)
}

/** What the answers of a panel can be called: columns, tags, the time, their aliases, and what transformations make of them. */
function namesOf(panel: Panel): string[] {
  const asked = targetsOf(panel).flatMap(({ query, alias = '' }) => [
    ...columnsOf(query),
    ...[...query.matchAll(/GROUP BY "(\w+)"/g)].map(([, tag]) => tag!),
    alias,
  ])
  const made = (panel.transformations ?? []).flatMap(({ options }) => Object.values<string>(options.renameByName ?? {}))
  return [...asked, ...asked.map((name) => `${name} (first)`), 'Time', 'Time (first)', ...made]
}

function namedBy(panel: Panel): string[] {
  const matchers = (panel.fieldConfig?.overrides ?? []).map(({ matcher }) => matcher)
  const shaped = (panel.transformations ?? []).flatMap(({ options }): string[] => [
    ...(options.include?.names ?? []),
    ...(options.sort ?? []).map(({ field }: { field: string }) => field),
    ...Object.keys(options.renameByName ?? {}),
    ...Object.keys(options.fields ?? {}),
  ])
  const told = matchers.flatMap(({ id, options }): string[] => {
    return id === 'byName' ? [options] : String(options).split('|')
  })
  return [...told, ...shaped]
}

function day(intervalMs = MINUTE_MS): Range {
  return { fromMs: TO_MS - 24 * HOUR_MS, toMs: TO_MS, intervalMs }
}

/** The time that a panel asks for and the bucket that Grafana gives it: at least its own, at most 1,000 of them. */
function rangeOf({ timeFrom = '24h', interval = '10s', maxDataPoints = 1000 }: Panel): Range {
  const spanMs = durationMs(timeFrom)
  const nice = ['10s', '30s', '1m', '2m', '5m', '10m', '1h'].map(durationMs)
  const leastMs = Math.max(durationMs(interval), spanMs / maxDataPoints)
  return { fromMs: TO_MS - spanMs, toMs: TO_MS, intervalMs: nice.find((ms) => ms >= leastMs)! }
}

function durationMs(text: string): number {
  const [, count, unit] = /^(\d+)([smhd])$/.exec(text)!
  return Number(count) * { s: 1000, m: MINUTE_MS, h: HOUR_MS, d: 24 * HOUR_MS }[unit as 's' | 'm' | 'h' | 'd']
}

/** Macros and variables as Grafana's InfluxDB source replaces them. Throws when something is left. */
function expand(query: string, { fromMs, toMs, intervalMs }: Range, chosen: Record<string, Choice>): string {
  const texts = { target: '1.4', point: '^outdoor', ...chosen }
  const text = query
    .replaceAll('$timeFilter', `time >= ${fromMs}ms and time <= ${toMs}ms`)
    .replaceAll('$__interval', `${intervalMs / 1000}s`)
    .replaceAll('${__to}', String(toMs))
    .replaceAll(/\$(?:\{(\w+)(?::(regex|raw))?\}|(\w+))/g, (_, braced: string, form: string, bare: string) => {
      const value = (texts as Record<string, Choice>)[braced ?? bare]
      if (value === undefined) throw new Error(`nothing is chosen for ${braced ?? bare}`)
      if (value === '$__all') return dashboard.templating.list!.find(({ name }) => name === braced)!.allValue!
      if (typeof value !== 'string') return `(${value.map(escaped).join('|')})`
      return form === 'regex' ? escaped(value) : value
    })
  if (/\$[\w{]/.test(text)) throw new Error(`not all is replaced in ${text}`)
  return text
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$*+?.()|[\]{}/]/g, String.raw`\$&`)
}

/** What each variable offers, asked in their order, the first of each chosen for the next. */
async function choices(server: Server): Promise<Record<string, string[]>> {
  const offered: Record<string, string[]> = {}
  for (const { name, type, query, current } of dashboard.templating.list ?? []) {
    if (type === 'query' && typeof query === 'string') {
      const answer = await run(server, expand(query, day(), firstOf(offered)))
      offered[name] = valuesOf(answer, 'value').map(String)
    }
    if (type === 'textbox') offered[name] = [String(current?.value)]
  }
  return offered
}

function firstOf(offered: Record<string, string[]>): Record<string, string> {
  return Object.fromEntries(Object.entries(offered).map(([name, [first = '']]) => [name, first]))
}

function valuesOf(answer: readonly Answer[], column: string): Answer['values'][number] {
  return answer.flatMap(({ columns, values }) => values.map((row) => row[columns.indexOf(column)] ?? null))
}

/** The last number of each series of a rule, as its expression B would reduce it. */
async function evaluate(
  server: Server,
  { data }: Rule,
  nowMs: number,
): Promise<{ tags: Record<string, string>; last: number }[]> {
  const { relativeTimeRange, model } = data[0]!
  const range = { fromMs: nowMs - relativeTimeRange.from * 1000, toMs: nowMs, intervalMs: MINUTE_MS }
  const answer = await run(server, expand(model.query!, range, {}))
  return answer.map(({ tags = {}, values }) => ({ tags, last: values.at(-1)!.at(1) as number }))
}

async function run({ url }: Server, query: string): Promise<Answer[]> {
  const asked = new URLSearchParams({ db: 'coldaisle', epoch: 'ms', q: query })
  const reply = await fetch(`${url}/query?${asked.toString()}`)
  const { results, error } = (await reply.json()) as {
    results?: { series?: Answer[]; error?: string }[]
    error?: string
  }
  const fault = error ?? results?.[0]?.error
  if (fault !== undefined) throw new Error(`${fault}: ${query}`)
  return results?.[0]?.series ?? []
}

/** Replays the simulated day into the database, with a row of health for each minute. Returns how many rows went in. */
const DEMO = fileURLToPath(new URL('../../config/demo.yaml', import.meta.url))

/** The demo with a meter for its water and a grid: what the plant has for any other power stands for both. */
function withWater(demo: string): string {
  const more = `  water: { topic: demo/water, at: /lph, timeAt: /ts, unit: L/h, everyS: 10, role: water }
  co2: { topic: demo/co2, at: /g, timeAt: /ts, unit: g/kWh, everyS: 10 }
`
  return (
    demo
      .replace('  outdoor-t:', `${more}  outdoor-t:`)
      .replace('category: 1,', 'category: 1, water: { total: [water] }, carbon: { location: grid },') +
    '\nintensities:\n  grid: { point: co2, source: a simulation }\n' +
    'outdoor:\n  roof: { dryBulb: outdoor-t, humidity: outdoor-rh }\n'
  )
}

async function fill(server: Server): Promise<number> {
  const loaded = parseConfig(withWater(readFileSync(DEMO, 'utf8')), { file: DEMO })
  if ('faults' in loaded) throw new Error(loaded.faults.map(({ reason }) => reason).join('\n'))
  const when = { from: '2026-03-02T15:00', hours: 2, alarms: 'none', compliance: true } as const // shelves nothing
  const work = { name: 'filters', hall: 'h2', who: 'anna', why: 'filter change', ...when }
  const site = createSite({ ...loaded.config, planned: [work] })
  const rows: Row[] = []
  const replay = createReplay(site, (row) => rows.push(row))
  const health = createHealth(FROM_MS)
  health.unforwarded = () => 7 // as at an edge
  health.certificateDays.set('mqtt', 88)
  health.notices.set('mqtt', new Map([['delivered', 3]]))
  Object.assign(health, { readings: replay.pipeline.counts, storeOpen: true, connected: true })
  let minuteMs = FROM_MS
  for (const packet of packetsOfRun({ site, seed: SEED, fromMs: FROM_MS, toMs: TO_MS, scenario: EVENTFUL })) {
    for (; minuteMs <= packet.nowMs; minuteMs += MINUTE_MS) {
      recordCommit(health, 4)
      if (minuteMs % HOUR_MS === 0) await sleep(30) // the event loop must turn for its delay to be known
      sampleHealth(health, FROM_MS)
      Object.assign(health, {
        settledThroughMs: settledThroughMs(replay.pipeline.core),
        newestMs: minuteMs - 2000,
        lastPacketMs: minuteMs - 1000,
        packets: replay.pipeline.packets,
      })
      rows.push(healthRow(health, 'demo', minuteMs))
    }
    accept(replay.pipeline, packet)
  }
  endReplay(replay)
  const day = { startMs: FROM_MS, endMs: TO_MS }
  const raised = rows.filter(({ measurement }) => measurement === 'alarm').toSorted((a, b) => a.timeMs - b.timeMs)
  const acked = { acked: 1, ack_p50_s: 90, ack_p90_s: 90 } // nobody acknowledges in a simulation
  const fields = fieldsOf(ALARM_FIGURES, { ...alarmFigures(standingsFrom([]), raised, day), ...acked })
  rows.push({ measurement: 'alarm_figures', tags: { site: 'demo', window: 'day' }, fields, timeMs: TO_MS })
  const restated = { reason: 'backlog', old: 1.5, new: 1.4, count: 12 } // no backlog comes in a simulated day
  const of = { site: 'demo', of: 'pue', name: 'demo', window: '1h' }
  rows.push({ measurement: 'restatement', tags: of, fields: restated, timeMs: TO_MS - 3_600_000 })
  // Nobody logs in there
  const did = { who: 'otto', what: 'ack inlet_allowable r1', from: '127.0.0.1', outcome: 'done', reason: '1 alarm' }
  rows.push({ measurement: 'audit', tags: { site: 'demo', action: 'command' }, fields: did, timeMs: TO_MS - 3_600_000 })
  const door = await openInflux({ url: server.url, database: 'coldaisle', createDatabase: true })
  expect(await door.prepare()).toEqual({ kind: 'accepted' })
  const lines = linesOf(rows)
  for (let from = 0; from < lines.length; from += MAX_BATCH_ROWS) {
    expect(await door.write(bodyOf(lines.slice(from, from + MAX_BATCH_ROWS)))).toEqual({ kind: 'accepted' })
  }
  door.close()
  return rows.length
}
