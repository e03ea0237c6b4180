import type { Command } from 'commander'
import { TICK } from '../fold/fold.ts'
import { formatLine } from '../ingest/recording.ts'
import type { Store } from '../store/types.ts'
import { CONFIG_OPTION, configOf } from './arguments.ts'
import { openStopped, tellLost } from './free-store.ts'
import { writeOut } from './output.ts'
import { countText } from '../rows/numbers.ts'

export function addJournal(coldaisle: Command): void {
  coldaisle
    .command('journal')
    .description('print the packets that a stopped daemon has kept, as a recording')
    .requiredOption(...CONFIG_OPTION)
    .action(({ config }: { config: string }) => printJournal(config))
}

async function printJournal(file: string): Promise<void> {
  await using store = await openStopped(configOf(file))
  const packets = await exportJournal(store, writeOut)
  tellLost(store)
  process.stderr.write(`${countText(packets)} packets\n`)
}

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
