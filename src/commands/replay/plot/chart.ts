import { canvasLines, createCanvas, drawColumn } from './braille.ts'
import { eachNumber, type Track } from './track.ts'

/** What a chart shows over which stretch, and how wide it may be. */
export interface Frame {
  readonly fromMs: number
  readonly toMs: number
  /** In characters, all included. */
  readonly width: number
}

/** How high a chart is, in characters. */
const LINES = 8
const LABEL = 8
const BLOCKS = ' ▁▂▃▄▅▆▇█'

/** Least and greatest in each column of dots; NaN: nothing is known. */
interface Columns {
  readonly low: Float64Array
  readonly high: Float64Array
}

/** Lines of a chart of one or more tracks on one scale, with its title; `least` is the smallest range that it shows. */
export function chartLines(
  title: string,
  tracks: readonly Track[],
  frame: Frame,
  { least, digits }: { least: number; digits: number },
): string[] {
  const columns = frame.width - LABEL - 2
  const canvas = createCanvas(columns, LINES)
  const drawn = tracks.map((track) => columnsOf(track, frame, canvas.width))
  const known = drawn.flatMap(({ low, high }) => [...low, ...high].filter((it) => !Number.isNaN(it)))
  if (known.length === 0) return [title, 'nothing is known of it', '']
  const [bottom, top] = scaleOf(known, least)
  const heightOf = (number: number) => Math.round(((number - bottom) / (top - bottom)) * (canvas.height - 1))
  for (const { low, high } of drawn) {
    for (let x = 0; x < canvas.width; x++) {
      const [from = NaN, to = NaN] = [low[x], high[x]]
      if (!Number.isNaN(from)) drawColumn(canvas, x, heightOf(from), heightOf(to))
    }
  }
  const labels = new Map([
    [0, top],
    [Math.floor(LINES / 2), top - ((top - bottom) * Math.floor(LINES / 2)) / (LINES - 1)],
    [LINES - 1, bottom],
  ])
  return [
    title,
    ...canvasLines(canvas).map((line, n) => {
      const label = labels.get(n)?.toFixed(digits) ?? ''
      return `${label.padStart(LABEL)} ${label === '' ? '│' : '┤'}${line}`.trimEnd()
    }),
  ]
}

/** A line of blocks, a share (0 to 1) in each character. One that is not 0 is seen, one that is not known is blank. */
export function shareLine(label: string, shares: readonly number[]): string {
  const blocks = shares.map((share) => {
    if (!(share > 0)) return Number.isNaN(share) ? ' ' : '·'
    return BLOCKS[Math.max(1, Math.round(Math.min(1, share) * (BLOCKS.length - 1)))]
  })
  return `${label.padStart(LABEL)} │${blocks.join('')}`.trimEnd()
}

/** How many characters of a chart stand for time. */
export function timeColumns({ width }: Frame): number {
  return width - LABEL - 2
}

/** Which of `columns` a time belongs to. An end of an interval belongs to what lies before it. */
export function columnAt({ fromMs, toMs }: Frame, columns: number, endMs: number): number {
  return Math.min(columns - 1, Math.max(0, Math.ceil(((endMs - fromMs) / (toMs - fromMs)) * columns) - 1))
}

/** The axis of time, with as many marks as there is room for. */
export function timeAxis(frame: Frame, textOf: (tMs: number) => string): string[] {
  const columns = timeColumns(frame)
  const marks = Math.max(1, Math.min(5, Math.floor(columns / (textOf(frame.fromMs).length + 4))))
  let rule = ''
  let texts = ''
  for (let mark = 0; mark <= marks; mark++) {
    const at = Math.round((mark * (columns - 1)) / marks)
    const text = textOf(frame.fromMs + ((frame.toMs - frame.fromMs) * mark) / marks)
    const start = Math.min(Math.max(0, at - Math.floor(text.length / 2)), columns - text.length)
    rule = `${rule.padEnd(at, '─')}┴`
    texts = `${texts.padEnd(start)}${text}`
  }
  return [`${' '.repeat(LABEL)} └${rule}`, `${' '.repeat(LABEL + 2)}${texts}`]
}

function columnsOf(track: Track, frame: Frame, width: number): Columns {
  const low = new Float64Array(width).fill(NaN)
  const high = new Float64Array(width).fill(NaN)
  let before: { x: number; number: number; endMs: number } | undefined
  const widen = (x: number, number: number) => {
    low[x] = Math.min(number, Number.isNaN(low[x]) ? Infinity : (low[x] ?? Infinity))
    high[x] = Math.max(number, Number.isNaN(high[x]) ? -Infinity : (high[x] ?? -Infinity))
  }
  eachNumber(track, (endMs, number) => {
    const x = columnAt(frame, width, endMs)
    // Neighbours are joined; where intervals are missing the line is broken.
    if (before !== undefined && x > before.x && endMs - before.endMs <= track.lengthMs) {
      const step = (number - before.number) / (x - before.x)
      for (let at = before.x; at < x; at++) {
        const middle = before.number + (at - before.x + 0.5) * step
        widen(at, middle)
        widen(at + 1, middle)
      }
    }
    widen(x, number)
    before = { x, number, endMs }
  })
  return { low, high }
}

function scaleOf(known: readonly number[], least: number): [bottom: number, top: number] {
  const low = known.reduce((a, b) => Math.min(a, b))
  const high = known.reduce((a, b) => Math.max(a, b))
  const missing = Math.max(0, least - (high - low)) / 2
  return [low - missing, high + missing]
}
