/**
 * Commits to the store in argv[2] until it is killed or refused, and prints the last number of each commit once it is confirmed. Packet n holds the text
 * `n`; the row `total` and the section `core` say up to which entry they speak. For crash.test.ts.
 */
import { writeSync } from 'node:fs'
import { openStore, type Commit } from '../../src/store/store.ts'
import { openSeriesBook } from '../../src/store/series-book.ts'
import { newRows } from '../rows/new-rows.ts'
import { energyRow, MINUTE_MS } from './rows.ts'

const path = process.argv[2] ?? ''
const store = await openStore({ path, journalDays: 7, journalBytes: 1e9, rowReceivers: ['influx'] })
const book = openSeriesBook(store.start())
let { lastSeq } = store.start()

for (let group = 0; ; group += 1) {
  const packets = Array.from({ length: 1 + (group % 60) }, (_, i) => {
    const payload = Buffer.from(String(lastSeq + 1 + i))
    return { nowMs: 1_700_000_000_000 + lastSeq, topic: 'a/b', payload, retain: false }
  })
  const total = JSON.stringify({ total: lastSeq })
  const commit: Commit = {
    packets,
    foldedSeq: lastSeq,
    rows: newRows(book, [energyRow('total', lastSeq * MINUTE_MS, lastSeq)]),
    notices: [{ id: String(lastSeq), topic: 't', payload: total }],
  }
  if (group % 3 === 0) {
    const sections = ['core', 'points/1'].map((name) => ({ name, bytes: Buffer.from(String(lastSeq).repeat(5_000)) }))
    commit.snapshot = { seq: lastSeq, sections }
  }
  try {
    lastSeq = (await store.commit(commit)).lastSeq
  } catch (error) {
    const again = store.commit({ ...commit, packets: [] })
    const words = [error, await again.catch((later: unknown) => later)].map(String)
    writeSync(2, `${words.join('\n')}\n`)
    process.exit(3)
  }
  writeSync(1, `${lastSeq}\n`)
  if (group % 20 === 9) store.compact(0).catch(() => null) // goes on beside the commits
  if (group % 50 === 49) await store.purge(0)
}
