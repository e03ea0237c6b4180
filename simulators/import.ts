import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { createGzip } from 'node:zlib'
import { readMap } from './import/map.ts'
import type { ImportMap } from './import/map.ts'
import { MAP_MISMATCH } from './import/mismatch.ts'
import { createImportCounts, importRows } from './import/rows.ts'
import type { ImportCounts } from './import/rows.ts'

const USAGE = `usage: node simulators/import.ts --map MAP.yaml [--out FILE(.gz)] FILE...
Turns CSV, JSON or EPW files into a recording (standard output without --out); - reads standard input, .gz is read too.
exit codes: 0 done, 1 failed while running, 2 bad map or arguments`

/** Runs the importer with command line arguments; gives the exit code. The summary goes to standard error. */
export async function main(args: readonly string[]): Promise<0 | 1 | 2> {
  const wanted = readArguments(args)
  if (typeof wanted === 'string') {
    console.error(wanted)
    return 2
  }
  if (wanted.help) {
    console.log(USAGE)
    return 0
  }
  const read = readMap(wanted.map)
  if ('faults' in read) {
    for (const fault of read.faults) console.error(fault)
    return 2
  }
  const counts = createImportCounts()
  try {
    await write(read.map, wanted.csv, wanted.out, counts)
  } catch (error) {
    const code = codeOf(error)
    if (code === 'EPIPE') return 0 // the reader has enough, like `| head`
    console.error(error instanceof Error ? error.message : String(error))
    return code === MAP_MISMATCH ? 2 : 1
  }
  console.error(formatCounts(counts))
  return 0
}

function readArguments(
  args: readonly string[],
): { map: string; out: string | undefined; csv: string[]; help: boolean } | string {
  try {
    const options = { map: { type: 'string' }, out: { type: 'string' }, help: { type: 'boolean', short: 'h' } } as const
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
    const { map, out, help = false } = values
    if (!help && (map === undefined || positionals.length === 0)) return USAGE
    return { map: map ?? '', out, csv: positionals, help }
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)}\n${USAGE}`
  }
}

async function write(
  map: ImportMap,
  csv: readonly string[],
  out: string | undefined,
  counts: ImportCounts,
): Promise<void> {
  const text = Readable.from(importRows(map, csv, counts))
  if (out === undefined) return pipeline(text, process.stdout, { end: false })
  // under its name only when it is whole: half a recording looks like a recording
  const part = `${out}.part`
  const file = createWriteStream(part)
  try {
    await (out.endsWith('.gz') ? pipeline(text, createGzip(), file) : pipeline(text, file))
    await rename(part, out)
  } catch (error) {
    await rm(part, { force: true })
    throw error
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

function formatCounts(counts: ImportCounts): string {
  const lines = [`rows read ${counts.rows}, values written ${counts.values}, packets written ${counts.packets}`]
  for (const [refusal, { count, first }] of counts.refused)
    lines.push(`left out ${refusal} ${count} (first at ${first})`)
  return lines.join('\n')
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2))
