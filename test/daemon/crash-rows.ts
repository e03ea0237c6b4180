/** What a store holds once its daemon has ended, and what one fold of its whole journal gives. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { foldEntry, openFold } from '../../src/fold/fold.ts'
import { outcomeCounts } from '../../src/fold/pipeline.ts'
import type { Site } from '../../src/site/site.ts'
import { MEASUREMENTS } from '../../src/rows/tables/measurements.ts'
import { openStore, type JournalEntry, type Store } from '../../src/store/store.ts'
import { SITE } from './crash-site.ts'
import type { Server } from '../servers/servers.ts'
import { takeOpenRows } from '../rows/new-rows.ts'

export type Fields = Record<string, unknown>

/** The last row of each key, by measurement, tags and time. */
export type Rows = Map<string, Fields>

export interface Left {
  journal: JournalEntry[]
  rows: Rows
  notices: number
}

const SLICE_MS = 300_000
const MOST = 20_000

export function keyOf(measurement: string, tags: Record<string, string>, timeMs: number): string {
  const sorted = Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1))
  return `${measurement} ${sorted.map(([name, tag]) => `${name}=${tag}`).join(' ')} ${new Date(timeMs).toISOString()}`
}

/** Whether the fold gives these rows: those of health and of figures are the daemon's own. */
function isFolded(measurement: string): boolean {
  return measurement !== 'health' && measurement !== 'alarm_figures'
}

/** Everything that a daemon has left in its folder; `fromMs` to `toMs` are event times. */
export async function readLeft(folder: string, fromMs: number, toMs: number): Promise<Left> {
  await using store = await openAt(join(folder, 'data'))
  const journal = (await Array.fromAsync(store.journal(1))).flat()
  const rows: Rows = new Map()
  for (const measurement of Object.keys(MEASUREMENTS).filter(isFolded)) {
    for (let sliceMs = fromMs; sliceMs < toMs; sliceMs += SLICE_MS) {
      const found = await store.history(measurement, { fromMs: sliceMs, toMs: sliceMs + SLICE_MS - 1, limit: MOST })
      if (found.length === MOST) throw new Error(`more than ${MOST} rows of ${measurement} in a slice`)
      for (const { tags, timeMs, fields } of found) rows.set(keyOf(measurement, tags, timeMs), fields)
    }
  }
  return { journal, rows, notices: store.depth().notices }
}

/** What the database holds of each measurement, as it was written: no field of another row, no health. */
export async function databaseRows(influx: Server): Promise<Rows> {
  const rows: Rows = new Map()
  for (const measurement of Object.keys(MEASUREMENTS).filter(isFolded)) {
    const question = new URLSearchParams({ db: SITE, epoch: 'ms', q: `SELECT * FROM "${measurement}" GROUP BY *` })
    const answer = (await (await fetch(`${influx.url}/query?${question.toString()}`)).json()) as Answer
    for (const { tags, columns, values } of answer.results[0]?.series ?? []) {
      for (const [timeMs, ...cells] of values) {
        const fields = columns.slice(1).map((name, n): [string, unknown] => [name, cells[n]])
        rows.set(
          keyOf(measurement, tags, Number(timeMs)),
          Object.fromEntries(fields.filter(([, cell]) => cell !== null)),
        )
      }
    }
  }
  return rows
}

interface Answer {
  results: { series?: { tags: Record<string, string>; columns: string[]; values: unknown[][] }[] }[]
}

/** Folds a journal from the first entry to the last, in one go, as a daemon would that never stopped. */
export async function foldAnew(site: Site, journal: readonly JournalEntry[]) {
  const folder = mkdtempSync(join(tmpdir(), 'coldaisle-anew-'))
  try {
    await using store = await openAt(folder)
    const fold = await openFold(site, store)
    for (const entry of journal) foldEntry(fold, entry)
    const rows: Rows = new Map()
    for (const { measurement, tags, fields, timeMs } of takeOpenRows(fold)) {
      rows.set(keyOf(measurement, tags, timeMs), fields)
    }
    const { core } = fold.pipeline
    const settledMs = Math.min(core.settledEnergy, core.settledAir) * site.plan.lengthMs
    return { rows, settledMs, outcomes: outcomeCounts(fold.pipeline) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Rows of energy, PUE and compliance that no reading can change any more, without what depends on the order of arrival. */
export function settledRows(rows: Rows, settledMs: number): Rows {
  const settled: Rows = new Map()
  for (const [key, all] of rows) {
    const fields = Object.fromEntries(Object.entries(all).filter(([name]) => name !== 'revision'))
    const timeMs = Date.parse(key.slice(key.lastIndexOf(' ') + 1))
    const isSettled = /^(energy|pue|compliance) /.test(key) && timeMs <= settledMs
    if (isSettled && fields['state'] !== 'live') settled.set(key, fields) // live ones tell of a moment of arrival
  }
  return settled
}

/** The first rows that are not the same in both, each in words; none when all are. */
export function differences(found: Rows, wanted: Rows): string[] {
  const words: string[] = []
  for (const key of new Set([...found.keys(), ...wanted.keys()])) {
    const [is, should] = [found.get(key), wanted.get(key)].map((fields) => textOf(fields))
    if (is !== should) words.push(`${key}: ${is}, not ${should}`)
    if (words.length === 5) break
  }
  return words
}

function textOf(fields: Fields | undefined): string {
  if (fields === undefined) return 'no row'
  return JSON.stringify(Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1))))
}

function openAt(path: string): Promise<Store> {
  return openStore({ path, journalDays: 7, journalBytes: 1e10, rowReceivers: [] })
}
