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
  readonly series: number[]
  readonly cells: number[]
  readonly words: string[]
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

export function createFrames(): OpenFrames {
  return { byTable: [], rows: 0 }
}

/** Begins a row; returns the frame, whose last row it is. Then `putCell` adds each of its columns, in their order. */
export function beginRow(frames: OpenFrames, shape: Shape, window: string, timeMs: number, series: number): OpenFrame {
  const frame = frameAt(frames, shape, window, timeMs)
  frame.series.push(series)
  frames.rows++
  return frame
}

/** Adds the next column of the frame's last row. NaN and undefined: the row has no such field. */
export function putCell(frame: OpenFrame, value: number | string | boolean | undefined): void {
  const { cells } = frame
  if (typeof value === 'number')
    cells.push(value + 0) // no -0: texts have none
  else if (value === undefined) cells.push(NaN)
  else cells.push(typeof value === 'string' ? wordPlace(frame, value) : Number(value))
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
  return { shape, window, timeMs, series: [], cells: [], words: [] }
}

/** A frame has few texts, and the same ones again and again: a search is quicker than a map. */
function wordPlace({ words }: OpenFrame, word: string): number {
  const known = words.lastIndexOf(word)
  return known >= 0 ? known : words.push(word) - 1
}
