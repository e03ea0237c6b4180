/** Snapshots of the release before are restored; those of a later one are refused, never read as something else. */
import { expect, test } from 'vitest'
import { ALARM_KINDS, LIMIT_QUANTITIES } from '../../../src/core/contract/alarm-kinds.ts'
import { OUTCOMES } from '../../../src/core/contract/outcome.ts'
import { HEAD_BYTES, isDeflated, numbersOf, SECTION_FORMS } from '../../../src/core/snapshot/form.ts'
import { takeSnapshot, type Fold } from '../../../src/fold/fold.ts'
import type { Row } from '../../../src/rows/rows.ts'
import type { Notice } from '../../../src/rows/notice.ts'
import { joinSections } from '../../../src/fold/sections.ts'
import type { Section } from '../../../src/store/types.ts'
import { NO_ROWS, takeOpenRows } from '../../rows/new-rows.ts'
import { AFTER, BEFORE, commitSnapshot, COUNTS, foldAll, inFolder, NOTICES, ROWS, run, SECTIONS } from './stored.ts'

const HALF = 200
/** What release 0.1.0 said of an alarm, but for its sentence. */
const SAID = ['state', 'value', 'limit', 'id', 'who', 'why', 'until']
const NOTED = [
  ...SAID,
  'site',
  'alarm',
  'source',
  'severity',
  'hall',
  'timeMs',
  'startsAtMs',
  'endsAtMs',
  'count',
  'untilMs',
]

/**
 * The release's shares were of another time, and spikes counted in its RTI; what is compared of compliance is what has
 * kept its meaning.
 */
const OF_COMPLIANCE = /^(revision|basis|(recommended|allowable)_(min|max)_c)/

/** Outcomes that are younger than the release have been counted 0 times. */
const YOUNGER = new Array<number>(OUTCOMES.length - COUNTS.counts.length).fill(0)
/**
 * At 11:10 the count falls to 0. Release 0.1.0 went on counting at once; today it is suspended for an hour (D110), so
 * what hangs on it is unknown, and an alarm says so. It counts whole kWh, so five minutes are suspect today (D155).
 */
const FALLEN_MS = Date.parse('2026-03-02T11:10Z')
const ALARMS = { ...COUNTS.alarms, raised: 29 }
const EXPECTED = {
  rows: inOrder(
    wordless(shareless(ROWS.filter((row) => !hangsOnFallen(row) && !isSpikeOnly(row) && !isToldOtherwise(row.tags)))),
  ),
  notices: inOrder(bare(NOTICES)),
  counts: { ...COUNTS, alarms: ALARMS, counts: [...COUNTS.counts, ...YOUNGER] },
}

/**
 * Release 0.1.0 told each silence of a lamp that falls silent five times in an hour; today it chatters (D133). At a and
 * c the allowable limit stands for the recommended one (D134), and limits for fast changes (D232). One point of a device
 * tells its silence (D136).
 */
function isToldOtherwise({ alarm, source = '' }: Row['tags']): boolean {
  if (alarm === 'rate_of_change') return true
  if (alarm === 'inlet_recommended') return source !== 'b'
  return alarm === 'stale' && ['lamp', 'a-rh', 'b-dew', 'b-out'].includes(source)
}

/** A late exhaust leaps and leaps back: it corrected the RTI of release 0.1.0, and nothing else of these rows. */
function isSpikeOnly({ measurement, tags, fields, timeMs }: Row): boolean {
  const isCorrected = measurement === 'compliance' && tags['scope'] === 'hall' && fields['revision'] === 2
  return isCorrected && timeMs === Date.parse('2026-03-02T11:15Z')
}

function hangsOnFallen({ measurement, tags, timeMs }: Row): boolean {
  if (measurement === 'pue' && tags['boundary'] === 'dc' && tags['window'] === '5m') return true
  if (timeMs <= FALLEN_MS) return false
  if (measurement === 'pue') return tags['boundary'] === 'dc'
  return measurement === 'energy' ? tags['point'] === 'count' : tags['alarm'] === 'coverage'
}

/** Rows and notices since the start, and all counts. */
function resultsOf(fold: Fold): { rows: Row[]; notices: unknown[]; counts: unknown } {
  const { outputs, pipeline } = fold
  return { ...othersOf(outputs, pipeline), rows: wordless(shareless(stateless(takeOpenRows(fold)))) }
}

/** Release 0.1.0 knew neither skews nor indicators nor a state of compliance: leaves out the rows that say it. */
function stateless(rows: readonly Row[]): Row[] {
  return rows.filter((row) => {
    const { measurement, tags, fields } = row
    if (measurement === 'skew' || measurement === 'indicator' || hangsOnFallen(row) || isToldOtherwise(row.tags))
      return false
    return measurement !== 'compliance' || fields['state'] !== 'settled' || !['hall', 'site'].includes(tags['scope']!)
  })
}

function shareless(rows: readonly Row[]): Row[] {
  return rows.map((row) => {
    if (row.measurement !== 'compliance') return row
    const kept = Object.entries(row.fields).filter(([name]) => OF_COMPLIANCE.test(name))
    return { ...row, fields: Object.fromEntries(kept) }
  })
}

function wordless(rows: readonly Row[]): Row[] {
  return rows.map((row) => {
    const { message: _, ...fields } = row.fields
    if (row.measurement === 'quality') return { ...row, fields }
    return row.measurement === 'alarm' ? { ...row, fields: only(row.fields, SAID) } : row
  })
}

function bare(notices: readonly unknown[]): unknown[] {
  const others = (notices as readonly Notice[]).filter(
    ({ topic }) =>
      !/alarm\/(coverage\/|rate_of_change\/|stale\/(lamp|a-rh|b-dew|b-out)|inlet_recommended\/[ac])/.test(topic),
  )
  return others.map(({ payload, ...notice }) => ({
    ...notice,
    body: only(JSON.parse(payload) as Row['fields'], NOTED),
  }))
}

/**
 * What comes back from silence inside its limit has returned; release 0.1.0 raised it once more. What was acknowledged
 * before it was over is normal now; that release cleared it.
 */
function only(fields: Row['fields'], names: readonly string[]): Row['fields'] {
  const now = String(fields['state'])
  const state = now === 'returned' ? 'raised' : now === 'normal' ? 'cleared' : now
  const told = Object.entries({ ...fields, state }).filter(([name]) => names.includes(name))
  return Object.fromEntries(told.map(([name, it]) => [name, typeof it === 'number' ? rounded(it) : it]))
}

/** That release told numbers as they were computed, with binary noise. */
function rounded(it: number): number {
  return Math.round(it * 1e6) / 1e6
}

function othersOf(outputs: Fold['outputs'], pipeline: Fold['pipeline']): { notices: unknown[]; counts: unknown } {
  const counts = { packets: pipeline.packets, counts: [...pipeline.counts], alarms: pipeline.core.alarms.counts }
  return { notices: bare(outputs.notices), counts }
}

test('a snapshot of release 0.1.0 is restored and gives the rows that release 0.1.0 went on with', () =>
  inFolder(async (folder) => {
    await run(folder, (store) => commitSnapshot(store, BEFORE, SECTIONS))
    await run(folder, (store, fold) => {
      expect(store.start()).toMatchObject({ snapshotSeq: BEFORE.length, badSnapshots: [] })
      foldAll(fold, AFTER)
      expect(sorted(resultsOf(fold))).toEqual(EXPECTED)
    })
  }))

test('the next snapshot has a head in every section, and is gone on from as well', () =>
  inFolder(async (folder) => {
    await run(folder, (store) => commitSnapshot(store, BEFORE, SECTIONS))
    const first = await run(folder, async (store, fold) => {
      foldAll(fold, AFTER.slice(0, 50))
      await commitSnapshot(store, AFTER.slice(0, 50), takeSnapshot(fold))
      return resultsOf(fold)
    })
    await run(folder, async (store, fold) => {
      const { sections } = await joinSections(store.start().sections)
      const headless = [...sections].filter(([, [head = 0]]) => !(head > 0 && head < 1e-300))
      expect(headless.map(([name]) => name)).toEqual([])
      foldAll(fold, AFTER.slice(50))
      const { rows, notices, counts } = resultsOf(fold)
      const both = { rows: [...first.rows, ...rows], notices: [...first.notices, ...notices], counts }
      expect(sorted(both)).toEqual(EXPECTED)
    })
  }))

/** Place of the close mark in the section of the core. */
const CLOSE_MARK = 15

/** Sums of boundaries reach further back since: their blocks have other places; their revisions are packed. */
function isNamed(name: string): boolean {
  return !/^boundary\/\w+\/((sums|parts)\/1\/\d|written\/\w+)$/.test(name)
}

test('a layout changes with its version: of the same packets today’s sections say what those of 0.1.0 said', () =>
  inFolder(async (folder) => {
    const taken = await run(folder, (_, fold) => {
      foldAll(fold, BEFORE)
      return takeSnapshot(fold)
    })
    const now = (await joinSections(asyncly(taken))).sections
    const before = (await joinSections(asyncly(SECTIONS))).sections
    // A rack or the site never had floods of its own
    const isEmpty = (name: string) => numbersOf(before.get(name) ?? new Float64Array(), 'flood_groups').length === 0
    const gone = [...before.keys()].filter(
      (name) => !now.has(name) && !(/^flood\/(r\d|dc)$/.test(name) && isEmpty(name)),
    )
    expect(
      gone.filter((name) => !/^(point|rule|sensor|inlet|rack|hall|site|ranking|alarm)\//.test(name)).filter(isNamed),
    ).toEqual([])
    // What the flood counts is what is raised: fewer are since another alarm can stand for them (D134)
    const kept = [...before.keys()].filter((name) => now.has(name) && name !== 'flood')
    expect(kept.length).toBeGreaterThan(20)
    for (const name of kept) {
      const section = now.get(name) ?? new Float64Array()
      const { form } = SECTION_FORMS[Math.floor(codeOf(section) / 2 ** 24) % 2 ** 8] ?? { form: 'core' }
      const numbers = numbersOf(before.get(name) ?? new Float64Array(), form)
      const grown = name === 'pipeline' ? Float64Array.of(...numbers, ...YOUNGER) : numbers
      const present = numbersOf(section, form)
      if (name === 'core') grown[CLOSE_MARK] = present[CLOSE_MARK] ?? NaN // it was not known before
      expect({ name, numbers: present }).toEqual({ name, numbers: grown })
    }
  }))

/** Kinds of alarms, quantities of their limits, and the 15 words besides by which the state of one is saved. */
const ALARM_WORDS = ALARM_KINDS.length + LIMIT_QUANTITIES.length + 15

const LATER: [string, string, (section: Float64Array) => Float64Array, string][] = [
  ['a form that is not known', 'inlets', (it) => withHead(it, 100 * 2 ** 24), 'section inlets is of form 117, which'],
  ['a later version', 'points/0', (it) => withHead(it, 2 ** 16), 'is of version 4 of the form points, this release'],
  [
    'an outcome was appended',
    'pipeline',
    (it) => withHead(Float64Array.of(...it, 5), 1),
    `${OUTCOMES.length + 1} words, this release knows ${OUTCOMES.length}`,
  ],
  [
    'an alarm kind was appended',
    'alarms/inlet',
    (it) => withHead(it, 1),
    `${ALARM_WORDS + 1} words, this release knows ${ALARM_WORDS}`,
  ],
]

const REFUSED = [
  ...LATER.map((it) => [HALF, ...it] as const),
  ...LATER.slice(0, 1).map((it) => [0, ...it] as const), // with no older snapshot to go back to
]

for (const [older, title, name, change, reason] of REFUSED) {
  test(`of a later release: ${title}: the snapshot is refused, the journal folded again from entry ${older} on`, () =>
    inFolder(async (folder) => {
      await run(folder, async (store, fold) => {
        foldAll(fold, BEFORE.slice(0, HALF))
        if (older > 0) await commitSnapshot(store, BEFORE.slice(0, HALF), takeSnapshot(fold))
        else await store.commit({ packets: BEFORE.slice(0, HALF), foldedSeq: HALF, rows: NO_ROWS, notices: [] })
      })
      await run(folder, async (store, fold) => {
        foldAll(fold, BEFORE.slice(HALF))
        const sections = takeSnapshot(fold).map((it) => (it.name === name ? changed(it, change) : it))
        await commitSnapshot(store, BEFORE.slice(HALF), sections)
      })
      await run(folder, (store, fold) => {
        const { snapshotSeq, badSnapshots } = store.start()
        expect(snapshotSeq).toBe(older)
        expect(badSnapshots).toEqual([{ seq: BEFORE.length, reason: expect.stringContaining(reason) as string }])
        foldAll(fold, AFTER)
        // Two alarms less are raised before the first snapshot, and for three fast changes a limit stands (D232)
        const counts = { ...EXPECTED.counts, alarms: { ...ALARMS, raised: 24 } }
        expect(sorted(resultsOf(fold))).toEqual({ ...EXPECTED, counts })
      })
    }))
}

test('a snapshot that knew one outcome less keeps its counts', () =>
  inFolder(async (folder) => {
    const fewer = SECTIONS.map((it) => (it.name === 'pipeline' ? changed(it, (numbers) => numbers.slice(0, -1)) : it))
    await run(folder, (store) => commitSnapshot(store, BEFORE, fewer))
    await run(folder, (_, fold) => {
      foldAll(fold, AFTER)
      const { counts } = resultsOf(fold)
      expect(counts).toEqual({ ...COUNTS, alarms: ALARMS, counts: [...COUNTS.counts.slice(0, -1), 1, ...YOUNGER] }) // one command came afterwards
    })
  }))

/** A section whose numbers are others. One that is deflated has its own head behind that of `deflated`. */
function changed({ name, bytes }: Section, change: (numbers: Float64Array) => Float64Array): Section {
  if (!isDeflated(bytes)) return { name, bytes: new Uint8Array(change(new Float64Array(bytes.slice().buffer)).buffer) }
  const copy = bytes.slice()
  copy.set(new Uint8Array(change(new Float64Array(bytes.slice(HEAD_BYTES, 2 * HEAD_BYTES).buffer)).buffer), HEAD_BYTES)
  return { name, bytes: copy }
}

function codeOf(section: Float64Array): number {
  return (section[0] ?? NaN) / Number.MIN_VALUE
}

function withHead(section: Float64Array, more: number): Float64Array {
  const copy = section.slice()
  copy[0] = (codeOf(section) + more) * Number.MIN_VALUE
  return copy
}

async function* asyncly(sections: readonly Section[]): AsyncGenerator<Section, void, undefined> {
  for (const section of sections) yield await Promise.resolve(section)
}

function sorted<T extends { rows: unknown[]; notices: unknown[] }>(results: T) {
  return { ...results, rows: inOrder(results.rows), notices: inOrder(results.notices) }
}

/**
 * Rows and notices of one moment may come in another order: moisture waits for all readings of its stamp. Release 0.1.0
 * emitted a row of climate again with each late reading, also if it was the same.
 */
function inOrder(rows: unknown[]): string[] {
  const texts = rows.map((row) => JSON.stringify(row)).sort()
  return texts.filter((text, n) => text !== texts[n - 1] || !text.includes('"measurement":"climate"'))
}
