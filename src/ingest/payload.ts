import type { TimeRule } from './times.ts'
import type { Conversion } from './units.ts'

/** One point that reads a topic: where its value and stamp lie, and how they are read. */
export interface RoutePoint {
  /** The point's index in the site. */
  point: number
  /** Tokens of the JSON Pointer to the value; undefined: a bare number, or the member `value`. */
  at: readonly string[] | undefined
  /** Tokens of the JSON Pointer to the stamp; undefined: `ts`, `time` or `timestamp`, else arrival time. */
  timeAt: readonly string[] | undefined
  time: TimeRule
  conversion: Conversion
  /** CT/VT ratio; the value in base units is multiplied by it. */
  factor: number
  /** Whether retained packets without a stamp of their own are taken, at arrival time. */
  retained: boolean
}

/** All points that read one topic. */
export interface Route {
  points: readonly RoutePoint[]
}

/** A packet's payload: text or bytes as they came, or the JSON value that a recording had already parsed. */
export type Payload = string | Uint8Array | number | boolean | object | null

/** Where readings go: each ends in exactly one call. Values in base units × factor, `outcome` as in core/outcome.ts. */
export interface Take {
  reading(point: number, tMs: number, value: number): void
  refused(point: number, outcome: number): void
}
