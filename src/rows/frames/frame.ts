import type { Shape } from './shape.ts'

/**
 * All rows of one table and window at one time, being written. Row r of c columns:
 *
 *     series   [ s0 | s1 | … | sr | … ]
 *     cells    [ row 0: c numbers | row 1: c numbers | … | row r: c numbers | … ]      NaN: the row has no such field
 *     words    [ 'provisional', 'iPUE', … ]      a text stands in its cell as its place here; true is 1, false is 0
 *
 * A row whose series stands in the frame already takes that row's place when the frame becomes a block.
 */
export interface OpenFrame {
  readonly shape: Shape
  /** '': the table's rows have no window. */
  readonly window: string
  /** End of the interval or window, or the moment of the transition; epoch ms. */
  readonly timeMs: number
  rows: number
  series: Int32Array
  cells: Float64Array
  readonly words: Map<string, number>
}

/** The rows that wait for the next commit, by table, window and time. */
export interface OpenFrames {
  /** By the table's place, then by window; the frame used last is tried first. */
  readonly byTable: Map<string, FramesOfWindow>[]
  rows: number
}

interface FramesOfWindow {
  newest: OpenFrame
  readonly byTime: Map<number, OpenFrame>
}

const FIRST_ROWS = 8

export function createFrames(): OpenFrames {
  return { byTable: [], rows: 0 }
}

/** Begins a row; returns the frame, whose last row it is. All its fields are absent until `putCell` sets them. */
export function beginRow(frames: OpenFrames, shape: Shape, window: string, timeMs: number, series: number): OpenFrame {
  const frame = frameAt(frames, shape, window, timeMs)
  const { columns } = shape
  if (frame.rows === frame.series.length) grow(frame, columns.length)
  frame.series[frame.rows++] = series
  frames.rows++
  return frame
}

/** Sets a field of the frame's last row. NaN and undefined: it stays absent. */
export function putCell(frame: OpenFrame, column: number, value: number | string | boolean | undefined): void {
  if (value === undefined) return
  frame.cells[(frame.rows - 1) * frame.shape.columns.length + column] =
    typeof value === 'string' ? wordPlace(frame, value) : Number(value) + 0 // no -0: texts have none
}

/** The frames that have rows, in the order in which they were begun; afterwards there are none. */
export function takeFrames(frames: OpenFrames): OpenFrame[] {
  const taken = frames.byTable.flatMap((ofTable) => [...ofTable.values()].flatMap(({ byTime }) => [...byTime.values()]))
  frames.byTable.length = 0
  frames.rows = 0
  return taken
}

function frameAt(frames: OpenFrames, shape: Shape, window: string, timeMs: number): OpenFrame {
  const ofTable = (frames.byTable[shape.place] ??= new Map<string, FramesOfWindow>())
  const known = ofTable.get(window)
  if (known?.newest.timeMs === timeMs) return known.newest
  const frame = known?.byTime.get(timeMs) ?? createFrame(shape, window, timeMs)
  if (known === undefined) ofTable.set(window, { newest: frame, byTime: new Map([[timeMs, frame]]) })
  else {
    known.byTime.set(timeMs, frame)
    known.newest = frame
  }
  return frame
}

function createFrame(shape: Shape, window: string, timeMs: number): OpenFrame {
  const cells = new Float64Array(FIRST_ROWS * shape.columns.length).fill(NaN)
  return { shape, window, timeMs, rows: 0, series: new Int32Array(FIRST_ROWS), cells, words: new Map() }
}

function grow(frame: OpenFrame, columns: number): void {
  const series = new Int32Array(frame.series.length * 2)
  series.set(frame.series)
  const cells = new Float64Array(series.length * columns)
  cells.set(frame.cells)
  cells.fill(NaN, frame.cells.length)
  frame.series = series
  frame.cells = cells
}

function wordPlace({ words }: OpenFrame, word: string): number {
  const known = words.get(word)
  if (known !== undefined) return known
  words.set(word, words.size)
  return words.size - 1
}
