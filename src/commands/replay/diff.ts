import { BadInput } from '../../config/bad-input.ts'
import { createTextTarget } from '../../rows/ndjson.ts'
import type { Site } from '../../site/site.ts'
import { assertReadable, siteOf } from '../arguments.ts'
import { CommandFailed, FAILED, messageOf } from '../ending.ts'
import { writeOut } from '../output.ts'
import { compareRows, runDifferenceText } from './difference.ts'
import { createKeptRows, keepRow, readPrintedRows, type KeptRows } from './kept-rows.ts'
import { foldInto, type WantedReplay } from './print.ts'

/**
 * Prints how the rows of a site differ from another run over the same recordings: those of another configuration, or
 * those that an earlier run has printed. Throws `CommandFailed` if they differ, as `diff` does.
 */
export async function printDifference(config: string, other: string, wanted: WantedReplay): Promise<void> {
  const site = siteOf(config)
  const isOtherSite = /\.(ya?ml|json)$/.test(other)
  const otherSite = isOtherSite ? siteOf(other) : undefined
  if (otherSite === undefined) assertReadable([other])
  const fromInput = [...wanted.recordings, other].filter((name) => name === '-').length
  if (fromInput > 1 || (fromInput > 0 && isOtherSite)) {
    throw new BadInput('standard input can be read once only: write the recording into a file, to fold it twice')
  }
  const here = await rowsOf(site, config, wanted)
  const there = otherSite === undefined ? await rowsOfFile(other) : await rowsOf(otherSite, other, wanted)
  const difference = compareRows(here, there)
  writeOut(`here: ${config}, there: ${other}\n${runDifferenceText(difference)}`)
  if (difference.differs) throw new CommandFailed(FAILED)
}

async function rowsOf(site: Site, name: string, wanted: WantedReplay): Promise<KeptRows> {
  const rows = createKeptRows()
  await foldInto(site, wanted, {
    name,
    target: (count) =>
      createTextTarget((line) => {
        count()
        keepRow(rows, line)
      }),
    flush: () => undefined,
  })
  return rows
}

async function rowsOfFile(file: string): Promise<KeptRows> {
  const rows = createKeptRows()
  await readPrintedRows(rows, file).catch((error: unknown) => {
    throw error instanceof BadInput || error instanceof CommandFailed
      ? error
      : new CommandFailed(FAILED, messageOf(error))
  })
  return rows
}
