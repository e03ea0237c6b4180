import type { Command } from 'commander'
import { ownFromSeqIn } from '../fold/sections.ts'
import { commandTopic } from '../ingest/command.ts'
import { isOwnStart, OWN_TOPIC, readOldOwnEntry } from '../ingest/own-entry.ts'
import { formatLine } from '../ingest/recording.ts'
import type { Store } from '../store/types.ts'
import { CONFIG_OPTION, configOf } from './arguments.ts'
import { openStopped, tellLost } from './free-store.ts'
import { writeOut } from './output.ts'
import { clearLine, createProgress } from './progress.ts'
import { countText } from '../rows/numbers.ts'

export function addJournal(coldaisle: Command): void {
  coldaisle
    .command('journal')
    .description('print the packets that a stopped daemon has kept, as a recording')
    .requiredOption(...CONFIG_OPTION)
    .action(({ config }: { config: string }) => printJournal(config))
}

async function printJournal(file: string): Promise<void> {
  const config = configOf(file)
  await using store = await openStopped(config)
  const progress = createProgress('writing the journal', 'lines')
  const all = store.depth().journal
  let lines = 0
  const packets = await exportJournal(store, config.site.id, (text) => {
    writeOut(text)
    lines += text.split('\n').length - 1
    progress(lines, lines / all)
  })
  clearLine(process.stderr)
  tellLost(store)
  process.stderr.write(`${countText(packets)} packets\n`)
}

/**
 * Writes the journal of an open store as a recording, a line a packet in the order in which they came, in chunks of
 * whole lines. Ticks are left out: they follow from the arrival times. What the daemon says of itself has its own form,
 * also where an older release wrote it as a command. Gives the number of packets.
 */
export async function exportJournal(
  store: Pick<Store, 'start' | 'journal'>,
  site: string,
  write: (lines: string) => void | Promise<void>,
): Promise<number> {
  const start = store.start()
  const commands = commandTopic(site)
  let ownFromSeq = (await ownFromSeqIn(start.sections)) || Infinity
  let packets = 0
  for await (const entries of store.journal(start.firstSeq)) {
    const lines: string[] = []
    for (const entry of entries) {
      const { seq, topic, payload, nowMs, retain } = entry
      if (ownFromSeq === Infinity && isOwnStart(entry)) ownFromSeq = seq
      if (topic === OWN_TOPIC && payload.length === 0) continue
      const isOld = topic === commands && !retain && seq < ownFromSeq
      const own = isOld ? readOldOwnEntry(payload) : undefined
      const packet = own === undefined ? entry : { nowMs, topic: OWN_TOPIC, payload: own, retain: false }
      if (packet.topic !== OWN_TOPIC) packets++
      lines.push(`${formatLine(packet)}\n`)
    }
    if (lines.length > 0) await write(lines.join(''))
  }
  return packets
}
