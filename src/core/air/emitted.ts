import { settlingGapMs, type CorePlan } from '../contract/plan.ts'
import { ROW_COLUMNS } from '../contract/tables.ts'

/**
 * Marks of the climate rows that were emitted, so that a correction which changes no number of a row emits none. To
 * keep the rows themselves would take fourteen times the room.
 *
 *     marks   inlet 0: [ … | mark of interval i | … ]  inlet 1: …      a ring of `length`; i stands at i % length
 *
 * A mark is 53 bits of the interval's number and all numbers of its row. So what an older interval left in a place is
 * not taken for this one's. Corrections of intervals that have left the ring always emit their row.
 */
export interface EmittedClimate {
  readonly length: number
  readonly marks: Float64Array
  /** The interval and its row, and the same as words. Valid during one call. */
  readonly numbers: Float64Array
  readonly words: Uint32Array
}

/** A row has no such number; a mark must not depend on which of the many bits of NaN it has. */
const ABSENT = -Number.MAX_VALUE

export function createEmittedClimate(plan: CorePlan): EmittedClimate {
  const gapMs = settlingGapMs(plan, 'gauges')
  const openMs = plan.latenessMs + plan.boundMs + plan.skewMs + 2 * gapMs
  const length = Math.ceil(openMs / plan.lengthMs) + 2
  const numbers = new Float64Array(1 + ROW_COLUMNS.climate.length)
  const marks = new Float64Array(plan.inlets.length * length)
  return { length, marks, numbers, words: new Uint32Array(numbers.buffer) }
}

/** Notes the row of an interval; false: the same row was emitted already. */
export function noteEmitted(emitted: EmittedClimate, inlet: number, interval: number, cells: Float64Array): boolean {
  const { length, marks, numbers } = emitted
  numbers[0] = interval
  for (let c = 0; c < cells.length; c++) numbers[c + 1] = Number.isNaN(cells[c]!) ? ABSENT : cells[c]! + 0 // no -0
  const place = inlet * length + (interval % length)
  const mark = markOf(emitted.words)
  if (marks[place] === mark) return false
  marks[place] = mark
  return true
}

/** 53 bits of two hashes of 32 bits (MurmurHash3 for x86, with the constants of its first two lanes). */
function markOf(words: Uint32Array): number {
  let a = 1
  let b = 2
  for (let n = 0; n < words.length; n++) {
    const word = words[n]!
    a ^= Math.imul(turned(Math.imul(word, 0x239b961b), 15), 0xab0e9789)
    a = Math.imul(turned(a, 19), 5) + 0x561ccd1b
    b ^= Math.imul(turned(Math.imul(word, 0xab0e9789), 16), 0x38b34ae5)
    b = Math.imul(turned(b, 17), 5) + 0x0bcaa747
  }
  return settled(a) * 2 ** 21 + (settled(b) >>> 11)
}

function turned(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}

/** The last mixing: each bit of the result depends on all bits. */
function settled(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
