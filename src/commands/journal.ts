import { TICK } from '../fold/fold.ts'
import { formatLine } from '../ingest/recording.ts'
import type { Store } from '../store/types.ts'

/**
 * Writes the journal of an open store as a recording, a line a packet in the order in which they came, in chunks of
 * whole lines. Ticks are left out: they follow from the arrival times. Gives the number of packets.
 */
export async function exportJournal(
  store: Pick<Store, 'start' | 'journal'>,
  write: (lines: string) => void | Promise<void>,
): Promise<number> {
  let packets = 0
  for await (const entries of store.journal(store.start().firstSeq)) {
    const lines = entries.filter(({ topic }) => topic !== TICK).map((packet) => `${formatLine(packet)}\n`)
    packets += lines.length
    if (lines.length > 0) await write(lines.join(''))
  }
  return packets
}
