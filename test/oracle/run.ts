import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { formatFault, readConfig } from '../../src/config/config.ts'
import { formatLine, type Packet } from '../../src/ingest/recording.ts'
import { createReplay, endReplay, replayFiles } from '../../src/fold/replay.ts'
import { createSite } from '../../src/site/site.ts'
import { SCALE } from './fold.ts'
import { joulesOff } from './energy.ts'
import type { Fields, Row, Scenario, ScenarioPoint } from './types.ts'
import { rowKey, type Answer } from './oracle.ts'

/** What the real replay told. */
export interface Told {
  /** The last row of every key of energies and quotients, without `revision`; the live value is left out. */
  rows: Map<string, { fields: Fields; revision: number }>
  outcomes: Record<string, number>
  /** Of the whole output, every row of every measurement in its order. */
  sha256: string
  /** Revisions and states that do not follow the ones before. */
  odd: string[]
  /** Points that rows of `quality` say a wrong clock stamped, each with the time up to when. */
  clocked: string[]
}

/** A line that is no packet; a recording may hold some. */
export const BAD_LINE = '{"tst":"2026-11-23T14:26:49.6'

/** Runs the command line on a recording and hears its standard output; outcomes are read from its summary. */
export async function runCommand(scenario: Scenario, packets: readonly Packet[]): Promise<Told & { output: string }> {
  return inFolder(scenario, packets.map(formatLine), async (config, recording) => {
    const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
    const args = [main, 'replay', '--config', config, recording]
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { maxBuffer: 2 ** 30 })
    const listener = createListener()
    for (const line of stdout.split('\n')) if (line !== '') listener.hear(JSON.parse(line) as Row)
    const counts = [...stderr.matchAll(/^ {2}(\w+) +([\d,]+)$/gm)].map(([, name, count]) => {
      return [name ?? '', Number((count ?? '').replaceAll(',', ''))] as const
    })
    const outcomes = Object.fromEntries(counts.filter(([, count]) => count > 0))
    return { ...listener.told(), outcomes, output: stdout }
  })
}

/** Writes configuration and recording into a folder of its own and replays them through the real program's parts. */
export async function replayDay(
  scenario: Scenario,
  packets: readonly Packet[],
  extraLines: string[] = [],
): Promise<Told> {
  return inFolder(scenario, [...packets.map(formatLine), ...extraLines], async (config, recording) => {
    const read = readConfig(config, {})
    if ('faults' in read) throw new Error(read.faults.map(formatFault).join('\n'))
    const listener = createListener()
    const replay = createReplay(createSite(read.config), listener.hear)
    await replayFiles(replay, [recording], async () => {})
    const outcomes = Object.entries(endReplay(replay).outcomes).filter(([, count]) => count > 0)
    return { ...listener.told(), outcomes: Object.fromEntries(outcomes) }
  })
}

/** Calls back with the paths of a configuration and a recording that exist until the promise settles. */
export async function inFolder<T>(
  scenario: Scenario,
  lines: readonly string[],
  use: (config: string, recording: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'coldaisle-day-'))
  try {
    const config = join(folder, 'site.yaml')
    const recording = join(folder, 'day.ndjson')
    writeFileSync(config, JSON.stringify(configOf(scenario), null, 2))
    writeFileSync(recording, `${lines.join('\n')}\n`)
    return await use(config, recording)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const HEARD: ReadonlySet<string> = new Set(['energy', 'pue', 'indicator'])

/** Hears rows one by one, as objects or as lines of NDJSON. */
export function createListener() {
  const last = new Map<string, Known>()
  const odd: string[] = []
  const clocked: string[] = []
  const hash = createHash('sha256')
  const hear = (row: Heard) => {
    hash.update(`${JSON.stringify(row)}\n`)
    if (row.measurement === 'quality' && row.fields['flags'] === 'clock') {
      clocked.push(`${row.tags['source']} ${new Date(row.timeMs).toISOString()}`)
    }
    if (!HEARD.has(row.measurement) || row.tags['window'] === 'live') return
    const key = `${row.measurement} ${JSON.stringify(row.tags)} ${row.timeMs}`
    const { revision, state, ...rest } = row.fields
    const numbers = JSON.stringify(rest)
    const before = last.get(key)
    const strange = strangeness(before, numbers, Number(revision), String(state))
    if (strange !== undefined) odd.push(`${rowKey(row.measurement, row.tags, row.timeMs)}: ${strange}`)
    last.set(key, { row, numbers, revision: Number(revision), state: String(state) })
  }
  const told = () => {
    const rows: Told['rows'] = new Map()
    for (const { row } of last.values()) {
      const { revision, ...fields } = row.fields
      rows.set(rowKey(row.measurement, row.tags, row.timeMs), { fields, revision: Number(revision) })
    }
    return { rows, odd, clocked, sha256: hash.digest('hex') }
  }
  return { hear, told }
}

interface Known {
  row: Heard
  numbers: string
  revision: number
  state: string
}

/** A revision rises by one where a number changed and only there; what was settled stays so, or is restated if it changed. */
function strangeness(before: Known | undefined, numbers: string, revision: number, state: string): string | undefined {
  const changed = before !== undefined && before.numbers !== numbers
  const expected = before === undefined ? 0 : before.revision + Number(changed)
  if (revision !== expected) return `revision ${revision} for ${expected}`
  const wasSettled = before !== undefined && before.state !== 'provisional'
  if (!wasSettled) return state === 'restated' ? 'restated without having been settled' : undefined
  const due = changed || before.state === 'restated' ? 'restated' : 'settled'
  return state === due ? undefined : `${state} for ${due}`
}

type Heard = Pick<Row, 'measurement' | 'tags' | 'timeMs'> & { fields: Readonly<Fields> }

/** Every difference between the slow answer and what was told in the end, in words. Empty when they agree. */
export function differences(answer: Answer, told: Told): string[] {
  const out: string[] = []
  const names = new Set([...Object.keys(answer.outcomes), ...Object.keys(told.outcomes)])
  for (const name of names) {
    const [want, got] = [answer.outcomes[name] ?? 0, told.outcomes[name] ?? 0]
    if (want !== got) out.push(`outcome ${name}: ${got} instead of ${want}`)
  }
  const [want, got] = [answer.clocked.toSorted().join(), told.clocked.toSorted().join()]
  if (want !== got) out.push(`stamped by a wrong clock: ${got} instead of ${want}`)
  for (const [key, row] of answer.rows) {
    const got = told.rows.get(key)
    if (got === undefined && answer.isStepped && row.fields['coverage'] === 0) continue
    if (got === undefined) out.push(`${key}: missing`)
    else out.push(...fieldDifferences(key, row, got.fields))
  }
  for (const key of told.rows.keys()) if (!answer.rows.has(key)) out.push(`${key}: nobody expects it`)
  return out
}

/** Differences of one shape (the same words around other numbers) as one line: how many, and the first. */
export function grouped(differences: readonly string[]): string[] {
  const shapes = new Map<string, { count: number; first: string }>()
  for (const difference of differences) {
    const shape = difference.replace(/\d{4}-\d\d-\S+/, '').replace(/-?\d+(\.\d+)?(e-?\d+)?/g, '#')
    const known = shapes.get(shape)
    if (known === undefined) shapes.set(shape, { count: 1, first: difference })
    else known.count += 1
  }
  return Array.from(shapes.values(), ({ count, first }) => `${count} × ${first}`)
}

/** Energies that are further from the truth than rounding allows. */
export function farFromExact(scenario: Scenario, answer: Answer, told: Told): string[] {
  const out: string[] = []
  for (const point of scenario.points) {
    for (const [interval, share] of answer.shares.get(point.name) ?? []) {
      const tags = { site: scenario.site, point: point.name, ...(point.role === undefined ? {} : { role: point.role }) }
      const key = rowKey('energy', tags, (interval + 1) * scenario.lengthMs)
      const joules = told.rows.get(key)?.fields['energy_j']
      if (typeof joules !== 'number') continue // a missing row is told elsewhere
      const { off, allowed } = joulesOff(share, joules)
      if (off > allowed) out.push(`${key}: ${off} J from the truth, ${allowed} are allowed`)
    }
  }
  return out
}

/** Errors of one meter in both sums cancel up to the last bits of doubles: so little is no uncertainty. */
const NOTHING = 1e-9

function fieldDifferences(key: string, row: Row, got: Fields): string[] {
  const names = new Set([...Object.keys(row.fields), ...Object.keys(got)])
  return [...names]
    .filter((name) => !(name === 'state' && row.restatable && got[name] === 'restated'))
    .filter((name) => !agrees(row.fields[name], got[name], row.within[name] ?? (name === 'uncertainty' ? NOTHING : 0)))
    .map((name) => `${key}: ${name} ${String(got[name])} instead of ${String(row.fields[name])}`)
}

/** Whole numbers, words and yes or no must be the same; ratios to 1e-12. */
function agrees(want: Fields[string] | undefined, got: Fields[string] | undefined, within: number): boolean {
  if (typeof want !== 'number' || typeof got !== 'number' || want === got) return want === got
  const ratio = Number.isInteger(want) && Number.isInteger(got) ? 0 : 1e-12
  return Math.abs(want - got) <= within + ratio * Math.max(Math.abs(want), Math.abs(got))
}

/** The configuration file's content; JSON is YAML. */
function configOf(scenario: Scenario): object {
  const { site, timezone, points, boundaries, windows, minCoverage, inlets = [], readings } = scenario
  return {
    site: { id: site, timezone },
    core: {
      intervalS: scenario.lengthMs / 1000,
      latenessS: scenario.latenessMs / 1000,
      skewS: scenario.skewMs / 1000,
      boundS: scenario.boundMs / 1000,
      minCoverage,
      windows,
      ...bridgeOf(points),
    },
    points: Object.fromEntries(points.map((point) => [point.name, pointOf(point)])),
    boundaries: Object.fromEntries(boundaries.map(({ name, ...rest }) => [name, rest])),
    inlets: Object.fromEntries(inlets.map(({ name, ...rest }) => [name, rest])),
    ...(readings === undefined ? {} : { rows: { readings } }),
    ...scenario.more,
  }
}

function bridgeOf(points: readonly ScenarioPoint[]): object {
  const register = points.find(({ kind }) => kind === 'register')
  return register === undefined ? {} : { bridgeS: register.maxGapMs / 1000 }
}

function pointOf(point: ScenarioPoint): object {
  const { name: _, member, everyMs, maxGapMs, kind, modulusJ, swaps, dayZone, ...same } = point
  const register = {
    ...(modulusJ === undefined ? {} : { rolloverAt: modulusJ / SCALE[point.unit] }),
    ...(dayZone === undefined ? {} : { resets: 'daily' }),
    ...(swaps === undefined ? {} : { swaps: swaps.map(({ atMs, ...counts }) => ({ at: isoOf(atMs), ...counts })) }),
  }
  return {
    ...same,
    everyS: everyMs / 1000,
    ...(kind === 'register' ? { register } : { maxGapS: maxGapMs / 1000 }),
    ...(member === undefined ? {} : { at: `/${member}` }),
    ...(kind === 'mean' || kind === 'energy' || (kind === 'power' && point.unit === '°C') ? { kind } : {}),
  }
}

function isoOf(tMs: number): string {
  return new Date(tMs).toISOString()
}
