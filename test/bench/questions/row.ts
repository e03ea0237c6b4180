import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runOwn } from '../own.ts'
import { passThrough } from '../passage.ts'
import type { Question } from '../question.ts'
import { exampleSite } from '../sites.ts'
import { exampleStream, squeezed, type Stream } from '../streams.ts'

/**
 * A row's price is a difference of four numbers of one pair: what the daemon takes for the example's messages with rows
 * to InfluxDB, less what it takes for the same messages squeezed into one interval (wire, journal, readings, no rows),
 * less what the fold alone takes for closing (its rows go nowhere): with intervals, less squeezed.
 */
export const row: Question = {
  name: 'row',
  asks: 'the daemon’s CPU time of a row from the sink to InfluxDB’s answer: as a difference (see questions/row.ts), snapshots included',
  floor: 'the same messages with all stamps in one interval: wire, journal and readings, no rows (CPU a message)',
  needs: ['mosquitto', 'mosquitto_sub', 'influxd'],
  reads: 'proc',
  limitS: { quick: 50, usual: 80, full: 600 },
  async measure({ tree, size, folder }) {
    const stream = exampleStream(folder, size === 'quick' ? 1 : 3)
    const flat = squeezed(stream)
    const site = exampleSite()
    const config = join(folder, 'row.json')
    writeFileSync(config, JSON.stringify(site))
    const foldUs = async ({ file }: Stream): Promise<number> =>
      (await runOwn<{ cpuUs: number }>('fold', [tree.root, config, file])).cpuUs
    const closingUs = (await foldUs(stream)) - (await foldUs(flat))
    const without = await passThrough({ tree, site, stream: flat, out: 'influxd' })
    const with_ = await passThrough({ tree, site, stream, out: 'influxd' })
    const rowsUs = (with_.toRow.cpuUs - without.toRow.cpuUs - closingUs) * stream.messages
    return [
      {
        line: 'a row',
        unit: 'µs',
        measured: rowsUs / (with_.rows - without.rows),
        target: { of: 'measured', atMost: 5 },
      },
      { line: 'CPU a message', unit: 'µs', measured: with_.toRow.cpuUs, floor: without.toRow.cpuUs },
      { line: 'of it closing intervals', unit: 'µs', measured: closingUs },
      { line: 'rows a message', unit: '', measured: with_.rows / stream.messages },
    ]
  },
}
