/** A fold that goes on from a snapshot of any release gives what one gives that never stopped. */
import { gunzipSync } from 'node:zlib'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { takeSnapshot, type Fold } from '../../../src/fold/fold.ts'
import type { Row } from '../../../src/rows/rows.ts'
import type { JournalPacket, Section, Store } from '../../../src/store/types.ts'
import { AFTER, BEFORE, commitSnapshot, foldAll, inFolder, run, SECTIONS } from './stored.ts'
import { NO_ROWS, takeOpenRows } from '../../rows/new-rows.ts'

/** What release 0.2.0 took of the same packets as 0.1.0. */
const SECTIONS_020 = gunzipSync(
  readFileSync(join(import.meta.dirname, '../../fixtures/snapshot-0.2.0/sections.ndjson.gz')),
)
  .toString('utf8')
  .trimEnd()
  .split('\n')
  .map((line): Section => {
    const { name, bytes } = JSON.parse(line) as { name: string; bytes: string }
    return { name, bytes: new Uint8Array(Buffer.from(bytes, 'hex')) }
  })

function rowsOf(fold: Fold): Row[] {
  return takeOpenRows(fold)
}

const uninterrupted = (): Promise<Row[]> =>
  inFolder((folder) =>
    run(folder, (_, fold) => {
      foldAll(fold, BEFORE)
      takeOpenRows(fold)
      foldAll(fold, AFTER)
      return rowsOf(fold)
    }),
  )

const RELEASES: [string, readonly Section[]][] = [
  ['0.1.0', SECTIONS],
  ['0.2.0', SECTIONS_020],
]

test.each(RELEASES)('from a snapshot of release %s', async (_name, sections) => {
  const expected = await uninterrupted()
  await inFolder(async (folder) => {
    await run(folder, (store) => commitSnapshot(store, BEFORE, sections))
    await run(folder, (_store, fold) => {
      foldAll(fold, AFTER)
      const known = (rows: readonly Row[]) => rows.filter(isKnown).map(withoutBreach).map(withoutShares)
      expect(known(rowsOf(fold))).toEqual(known(expected))
    })
  })
})

/**
 * Those releases did not count how often an alarm had been raised, so the lamp's silence chatters an hour later. Nor did
 * the allowable limit stand for the recommended one, nor any for a fast change. What of compliance is restated differs with its shares, see below.
 * They measured no skew, which needs a whole hour, and knew none of the indicators.
 */
function isKnown({ measurement, tags: { alarm, source, of } }: Row): boolean {
  if (measurement === 'skew' || measurement === 'indicator') return false
  if (measurement === 'restatement') return of?.startsWith('compliance') === false
  if (measurement !== 'alarm') return true
  if (alarm === 'rate_of_change') return false
  return !(alarm === 'stale' && source === 'lamp') && !(alarm === 'inlet_recommended' && source !== 'b')
}

/** Those releases saved of an alarm neither since when its breach lasted nor how far it went, nor which way. */
function withoutBreach(row: Row): Row {
  if (row.measurement !== 'alarm') return row
  const { message: _, since_ms: _since, duration_s: _duration, peak: _peak, side: _side, ...fields } = row.fields
  return { ...row, fields }
}

/**
 * Those releases judged moisture without a dry bulb, too. Shares of windows that reach back to them take a day
 * to be what they would have been; they add to 100 % all the same.
 */
function withoutShares(row: Row): Row {
  if (row.measurement !== 'compliance') return row
  const of = ['recommended_pct', 'allowable_pct', 'out_pct', 'moisture_unknown_pct'].map((name) => row.fields[name])
  const whole = of.reduce((sum: number, pct) => sum + Number(pct ?? 25), 0)
  const kept = Object.entries(row.fields).filter(([name]) => !/^pct_|_pct$|^worst$/.test(name))
  return {
    ...row,
    fields: {
      ...Object.fromEntries(kept),
      whole: Math.round(whole * 1e6) / 1e6,
      least: Math.min(...of.map((pct) => Number(pct ?? 0))) < 0,
    },
  }
}

test('from its own snapshots, taken one upon the other', async () => {
  const expected = await uninterrupted()
  const rows: unknown[] = []
  await inFolder(async (folder) => {
    const foldOn = async (store: Store, fold: Fold, packets: readonly JournalPacket[]) => {
      foldAll(fold, packets)
      const snapshot = { seq: fold.foldedSeq, sections: takeSnapshot(fold) }
      await store.commit({ packets, foldedSeq: fold.foldedSeq, rows: NO_ROWS, notices: [], snapshot })
    }
    await run(folder, async (store, fold) => {
      for (let n = 0; n < BEFORE.length; n += 80) await foldOn(store, fold, BEFORE.slice(n, n + 80))
    })
    for (let n = 0; n < AFTER.length; n += 40) {
      await run(folder, async (store, fold) => {
        await foldOn(store, fold, AFTER.slice(n, n + 40))
        rows.push(...rowsOf(fold))
      })
    }
  })
  expect(inOrder(rows)).toEqual(inOrder(expected))
})

/** Rows of one moment may come in another order. */
function inOrder(rows: readonly unknown[]): string[] {
  return rows.map((row) => JSON.stringify(row)).toSorted()
}
