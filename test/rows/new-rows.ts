import type { Fold } from '../../src/fold/fold.ts'
import { takeRows } from '../../src/fold/outputs.ts'
import { decodeBlock, type Block } from '../../src/rows/frames/block.ts'
import { fillRow } from '../../src/rows/frames/fill.ts'
import { createFrames, takeFrames } from '../../src/rows/frames/frame.ts'
import { rowIn } from '../../src/rows/frames/read.ts'
import { createSeriesBook, rowTags, seriesAt, type SeriesBook } from '../../src/rows/frames/series.ts'
import { createLines, createLineWriter } from '../../src/rows/line-protocol.ts'
import type { Row } from '../../src/rows/rows.ts'
import { createTextBytes } from '../../src/rows/text-bytes.ts'
import type { Lines } from '../../src/send/influx/batch.ts'
import type { NewRows } from '../../src/store/types.ts'

/** What a commit takes that adds no row. */
export const NO_ROWS: NewRows = { blocks: [], series: [], superseded: 0 }

/** Rows as a commit takes them. */
export function newRows(book: SeriesBook, rows: readonly Row[]): NewRows {
  const frames = createFrames()
  for (const row of rows) fillRow(frames, book, row)
  return takeRows({ frames }, book)
}

/** All rows of a block. */
export function rowsIn(book: SeriesBook, block: Block): Row[] {
  return Array.from(block.keys, (_, row) => rowIn(book, block, row))
}

/** The line of a row in line protocol, by way of a block. Throws Error with the fault of a row that has none. */
export function lineOf(row: Row): string {
  const line = lineOrFault(row)
  if ('fault' in line) throw new Error(line.fault)
  return line.text
}

/** The lines of rows, the last of each key. Throws Error with the fault of a row that has none. */
export function linesOf(rows: readonly Row[]): string[] {
  return linesOrFaults(rows).map((line) => {
    if ('fault' in line) throw new Error(line.fault)
    return line.text
  })
}

/** A row as it is written, or why InfluxDB must not get it. */
type Line = { readonly text: string } | { readonly fault: string }

export function lineOrFault(row: Row): Line {
  const [line] = linesOrFaults([row])
  if (line === undefined) throw new Error('a row makes a block')
  return line
}

function linesOrFaults(rows: readonly Row[]): Line[] {
  const book = createSeriesBook()
  const writer = createLineWriter(book)
  return newRows(book, rows).blocks.flatMap((bytes) => {
    const block = decodeBlock(bytes)
    const to = createTextBytes()
    const putLine = createLines(writer, block, to)
    return Array.from(block.keys, (_, row): Line => {
      const from = to.at
      const fault = putLine(row)
      return fault === undefined ? { text: textOf(to.bytes.subarray(from, to.at - 1)) } : { fault }
    })
  })
}

/** Lines as the door to InfluxDB takes them. */
export function bodyOf(lines: readonly string[]): Lines {
  return { utf8: Buffer.from(lines.join('\n')), count: lines.length }
}

/** The lines that the door to InfluxDB is given. */
export function linesOfBody({ utf8 }: Lines): string[] {
  return textOf(utf8).split('\n')
}

function textOf(utf8: Uint8Array): string {
  return Buffer.from(utf8).toString()
}

/** Takes the rows out of a fold's outputs, in the order in which they were given, those of one key included. */
export function takeOpenRows({ outputs, book }: Pick<Fold, 'outputs' | 'book'>): Row[] {
  return takeFrames(outputs.frames).flatMap(({ shape, window, timeMs, series, cells, words }) =>
    series.map((number, row): Row => {
      const fields: Record<string, number | string | boolean> = {}
      for (const [column, name] of shape.columns.entries()) {
        const cell = cells[row * shape.columns.length + column]!
        if (Number.isNaN(cell)) continue
        const type = shape.types[column]
        fields[name] = type === 'string' ? words[cell]! : type === 'bool' ? cell === 1 : cell
      }
      return { measurement: shape.measurement, tags: rowTags(seriesAt(book, number), window), fields, timeMs }
    }),
  )
}
