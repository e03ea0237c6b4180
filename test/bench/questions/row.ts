import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runOwn } from '../own.ts'
import { passThrough } from '../passage.ts'
import type { Question, Tree } from '../question.ts'
import { exampleSite } from '../sites.ts'
import { exampleStream, parted, squeezed, type Stream } from '../streams.ts'

/**
 * A row's price is a difference of four numbers of one pair: what the daemon takes for the example's messages with rows
 * to InfluxDB, less what it takes for the same messages squeezed into one interval (wire, journal, readings, no rows),
 * less what the fold alone takes for closing (its rows go nowhere): with intervals, less squeezed. The first hours of a
 * process pay for its compiling, too; so the same is asked once more of a process that has had an hour before.
 */
export const row: Question = {
  name: 'row',
  asks: 'the daemon’s CPU time of a row from the sink to InfluxDB’s answer: as a difference (see questions/row.ts), snapshots included',
  floor: 'the same messages with all stamps in one interval: wire, journal and readings, no rows (CPU a message)',
  needs: ['mosquitto', 'mosquitto_sub', 'influxd'],
  reads: 'proc',
  limitS: { quick: 100, usual: 170, full: 900 },
  async measure({ tree, size, folder }) {
    const hours = size === 'quick' ? 1 : 3
    const config = join(folder, 'row.json')
    writeFileSync(config, JSON.stringify(exampleSite()))
    const stream = exampleStream(folder, hours)
    const cold = await priceOf({ tree, config, warmUp: 0 }, stream)
    const longer = exampleStream(folder, hours + 1)
    const warm = await priceOf({ tree, config, warmUp: longer.messages - stream.messages }, longer)
    return [
      { line: 'a row', unit: 'µs', measured: cold.rowUs, target: { of: 'measured', atMost: 5 } },
      { line: 'CPU a message', unit: 'µs', measured: cold.withUs, floor: cold.withoutUs },
      { line: 'of it closing intervals', unit: 'µs', measured: cold.closingUs },
      { line: 'rows a message', unit: '', measured: cold.rows },
      { line: 'once warm: a row', unit: 'µs', measured: warm.rowUs },
      { line: 'once warm: CPU a message', unit: 'µs', measured: warm.withUs, floor: warm.withoutUs },
      { line: 'once warm: of it closing intervals', unit: 'µs', measured: warm.closingUs },
    ]
  },
}

interface Price {
  rowUs: number
  /** CPU time a message, µs. */
  withUs: number
  withoutUs: number
  closingUs: number
  /** A message. */
  rows: number
}

/** `warmUp`: so many first messages of the stream are taken before, and not measured. */
async function priceOf(
  { tree, config, warmUp }: { tree: Tree; config: string; warmUp: number },
  stream: Stream,
): Promise<Price> {
  const flat = squeezed(stream)
  const site = exampleSite()
  const foldUs = async ({ file }: Stream): Promise<number> =>
    (await runOwn<{ cpuUs: number }>('fold', [tree.root, config, file, warmUp])).cpuUs
  const closingUs = (await foldUs(stream)) - (await foldUs(flat))
  const pass = (of: Stream) => {
    const [first, others] = parted(of, warmUp)
    return passThrough({ tree, site, stream: others, out: 'influxd', ...(warmUp === 0 ? {} : { warmUp: first }) })
  }
  const without = await pass(flat)
  const with_ = await pass(stream)
  const [withUs, withoutUs] = [with_.toRow.cpuUs, without.toRow.cpuUs]
  const rows = with_.rows / with_.taken
  return {
    rowUs: (withUs - withoutUs - closingUs) / (rows - without.rows / without.taken),
    withUs,
    withoutUs,
    closingUs,
    rows,
  }
}
