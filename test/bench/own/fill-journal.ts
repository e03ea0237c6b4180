/** Journals the recording argv[4] in the store argv[3] of the tree argv[2], as a daemon that was killed leaves it. */
import type * as Recordings from '../../../src/ingest/recording.ts'
import type * as StoreModule from '../../../src/store/store.ts'
import { load, tell } from './site.ts'
import { NO_ROWS } from '../../rows/new-rows.ts'

const [root = '', folder = '', recording = ''] = process.argv.slice(2)
const GROUP = 500
const { openStore } = await load<typeof StoreModule>(root, 'store/store.ts')
const { parseLine, readLines } = await load<typeof Recordings>(root, 'ingest/recording.ts')
let count = 0
{
  await using store = await openStore({ path: folder, journalDays: 30, journalBytes: 1e12, rowReceivers: [] })
  let packets: { nowMs: number; topic: string; payload: Uint8Array; retain: boolean }[] = []
  const flush = async (): Promise<void> => {
    await store.commit({ packets, foldedSeq: 0, rows: NO_ROWS, notices: [] })
    count += packets.length
    packets = []
  }
  for await (const lines of readLines(recording)) {
    for (const line of lines) {
      const packet = parseLine(line)
      if (typeof packet === 'string') throw new Error(packet)
      packets.push({ ...packet, payload: bytesOf(packet.payload) })
      if (packets.length === GROUP) await flush()
    }
  }
  await flush()
}
tell({ count })

/** The example's recordings have payloads as text. */
function bytesOf(payload: unknown): Uint8Array {
  if (typeof payload !== 'string') throw new Error('a payload that is no text')
  return Buffer.from(payload)
}
