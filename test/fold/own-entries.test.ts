/** What a daemon says of itself in its journal: in its own form nobody else can say it, whatever a broker brings. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { exportJournal } from '../../src/commands/journal.ts'
import { foldEntry, openFold, takeSnapshot } from '../../src/fold/fold.ts'
import { outcomeCounts } from '../../src/fold/pipeline.ts'
import { createReplay, packetOf, replayLine } from '../../src/fold/replay.ts'
import { formatLine, parseLine } from '../../src/ingest/recording.ts'
import { openStore } from '../../src/store/store.ts'
import type { JournalPacket } from '../../src/store/types.ts'
import { NO_ROWS, takeOpenRows } from '../rows/new-rows.ts'
import { siteOf } from '../scenarios/scenario.ts'

const SITE = siteOf(`
site: { id: dc, timezone: UTC }
points:
  t: { topic: t, unit: °C, everyS: 30 }
`)
const START_MS = Date.UTC(2026, 2, 2)
const COMMANDS = 'coldaisle/dc/command'
const FULL = '{"command":"own","alarm":"journal","breached":true}'
const ROOM = '{"command":"own","alarm":"journal","breached":false}'

/** Entries a second apart: topic and payload; no topic is one of our own. */
function entriesOf(...lines: string[]): JournalPacket[] {
  return lines.map((line, n) => {
    const [, topic = '', text = ''] = /^(\S*) (.*)$/.exec(line) ?? []
    return { nowMs: START_MS + n * 1000, topic, payload: Buffer.from(text), retain: false }
  })
}

/** Folds a journal, `snapshotAfter` entries of it before a snapshot; gives rows of alarms, counts, and the export. */
async function foldJournal(journal: readonly JournalPacket[], snapshotAfter: number) {
  const path = mkdtempSync(join(tmpdir(), 'coldaisle-own-'))
  const options = { path, journalDays: 1e5, journalBytes: 1e9, rowReceivers: [] }
  const alarms: string[] = []
  const lines: string[] = []
  try {
    for (const [from, to] of [
      [0, snapshotAfter],
      [snapshotAfter, journal.length],
    ] as const) {
      await using store = await openStore(options)
      const fold = await openFold(SITE, store)
      for (const entry of journal.slice(from, to)) {
        foldEntry(fold, { ...entry, seq: fold.foldedSeq + 1 })
        for (const { measurement, tags, fields } of takeOpenRows(fold)) {
          if (measurement === 'alarm') alarms.push(`${fold.foldedSeq} ${tags['alarm']} ${String(fields['state'])}`)
        }
      }
      const snapshot = { seq: to, sections: takeSnapshot(fold) }
      await store.commit({ packets: journal.slice(from, to), foldedSeq: to, rows: NO_ROWS, notices: [], snapshot })
    }
    await using store = await openStore(options)
    await exportJournal(store, 'dc', (text) => void lines.push(...text.trimEnd().split('\n')))
    const { bad_payload: bad, command } = outcomeCounts((await openFold(SITE, store)).pipeline)
    return { alarms, lines, counts: `${command} commands, ${bad} refused` }
  } finally {
    rmSync(path, { recursive: true, force: true })
  }
}

function alarmsOf(lines: readonly string[]): string[] {
  const alarms: string[] = []
  const replay = createReplay(SITE, ({ measurement, tags, fields }) => {
    if (measurement === 'alarm') alarms.push(`${replay.lines} ${tags['alarm']} ${String(fields['state'])}`)
  })
  for (const line of lines) replayLine(replay, line, 'line')
  expect(replay.badLines).toEqual([])
  return alarms
}

test.each([3, 4, 6])(
  'what an older release wrote counts up to the first start of the present form, in a snapshot after %i as well',
  async (snapshotAfter) => {
    const { alarms, lines, counts } = await foldJournal(
      entriesOf(
        't 21',
        `${COMMANDS} {"command":"listen"}`,
        `${COMMANDS} ${FULL}`,
        ' {"start":{"offsetMs":5}}',
        `${COMMANDS} ${ROOM}`,
        `${COMMANDS} {"command":"listen"}`,
        ' {"own":{"alarm":"journal","breached":false}}',
        't 21',
      ),
      snapshotAfter,
    )
    const expected = ['3 journal raised', '7 journal cleared']
    expect({ alarms, counts }).toEqual({ alarms: expected, counts: '2 commands, 2 refused' })
    expect(lines.map((line) => line.replace(/^\{"tst":"[^"]*",/, ''))).toEqual([
      '"topic":"t","qos":0,"retain":0,"payloadlen":2,"payload":"21"}',
      '"coldaisle":{"start":{}}}',
      '"coldaisle":{"own":{"alarm":"journal","breached":true}}}',
      '"coldaisle":{"start":{"offsetMs":5}}}',
      `"topic":"${COMMANDS}","qos":0,"retain":0,"payloadlen":${ROOM.length},"payload":${JSON.stringify(ROOM)}}`,
      `"topic":"${COMMANDS}","qos":0,"retain":0,"payloadlen":20,"payload":"{\\"command\\":\\"listen\\"}"}`,
      '"coldaisle":{"own":{"alarm":"journal","breached":false}}}',
      '"topic":"t","qos":0,"retain":0,"payloadlen":2,"payload":"21"}',
    ])
    expect(alarmsOf(lines)).toEqual(expected)
  },
)

const DIGEST = 'a7'.repeat(32)

const lineOf = (entry: object) => `{"tst":"2026-03-02T00:00:05.000000Z+0000","coldaisle":${JSON.stringify(entry)}}`

test.each([
  { step: { fromMs: 9000, toMs: 4000 } },
  { start: {} },
  { start: { offsetMs: 7 } },
  { own: { alarm: 'outbox', breached: false, value: 3 } },
  { configuration: { digest: DIGEST, of: { site: { id: 'dc' } } } },
  { configuration: { digest: DIGEST, packed: 'q1YqLlGyUlAqyVeqBQA=' } },
  { configuration: { digest: DIGEST } },
])('a line of our own is read as it is written: %j', (payload) => {
  const line = lineOf(payload)
  const packet = parseLine(line)
  expect(packet).toEqual({ nowMs: expect.any(Number) as number, topic: '', payload, retain: false })
  expect(typeof packet === 'string' ? packet : formatLine(packet)).toBe(line)
})

const UNKNOWN = 'has an entry of coldaisle that this release does not know'

test.each([
  ['of a later release', '"coldaisle":{"moved":{}}', UNKNOWN],
  ['a step without its end', '"coldaisle":{"step":{"fromMs":1}}', UNKNOWN],
  ['an alarm that is not of the daemon', '"coldaisle":{"own":{"alarm":"stale","breached":true}}', UNKNOWN],
  ['a configuration without its digest', '"coldaisle":{"configuration":{"of":{}}}', UNKNOWN],
  ['a configuration that is a text', `"coldaisle":{"configuration":{"digest":"${DIGEST}","of":"site.yaml"}}`, UNKNOWN],
  ['no entry at all', '"coldaisle":7', UNKNOWN],
  ['a packet without a topic', '"topic":"","payload":"{\\"start\\":{}}"', 'has no topic'],
])('a line is refused: %s', (_, members, reason) => {
  expect(parseLine(`{"tst":"2026-03-02T00:00:05Z",${members}}`)).toBe(reason)
})

test('a packet that says beside its topic what only we may say is a packet like all others', () => {
  const line = `{"tst":"2026-03-02T00:00:05Z","topic":"t","payload":"21","coldaisle":{"start":{}}}`
  expect(parseLine(line)).toMatchObject({ topic: 't', payload: '21' })
})

const ABSENCES: [entry: object, at: string, badLine: string | undefined][] = [
  [{ start: {} }, '2027-08-01', undefined],
  [{ start: {} }, '9998-01-01', '100 years'],
  [{ own: { alarm: 'outbox', breached: true } }, '9998-01-01', '400 days'],
  [{ step: { fromMs: 0, toMs: 0 } }, '9998-01-01', '400 days'],
  [{ step: { fromMs: 0, toMs: Date.UTC(9998, 0) - START_MS } }, '9998-01-01', undefined],
]

test.each(ABSENCES)('%j at %s: time is folded up to there, or it is a bad line', (entry, day, most) => {
  const line = `{"tst":"${day}T00:00:00.000000Z+0000","coldaisle":${JSON.stringify(entry)}}`
  const read = packetOf(line, START_MS)
  const fault = most === undefined ? undefined : `arrives more than ${most} after the packet before it`
  expect(typeof read === 'string' ? read : undefined).toBe(fault)
})
