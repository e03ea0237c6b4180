import type { JsonLimits } from './formats/json.ts'
import type { Pointer } from './pointer.ts'
import type { TimeRule } from './times.ts'
import type { Conversion } from './units.ts'

/** One point that reads a topic: where its number and its stamp lie, and how they are read. */
export interface RoutePoint {
  /** The point's index in the site. */
  point: number
  /** Where its number is; undefined: a bare number, or the member `value`. */
  at: Pointer | undefined
  /** What most points do not declare. */
  rare: RareKeys | undefined
  /** Value = number × factor + offset, in the declared unit; then the conversion. */
  factor: number
  offset: number
  conversion: Conversion
  /** Negative values from here on are an idle meter's zero, base units; 0: none is. */
  idleFrom: number
  /** Where its stamp is; undefined: `ts`, `time` or `timestamp`, else arrival time. */
  timeAt: Pointer | undefined
  time: TimeRule
  /**
   * What becomes of retained packets without a stamp of their own: `accept` takes them at arrival time, `seed` tells
   * their number beside the refusal.
   */
  retained: 'refuse' | 'accept' | 'seed'
  /** The unit as it is declared: text such as `23.5 °C` may repeat it. */
  unit: string
}

/** What few points declare, apart so that the others are read as fast as they can be. */
export interface RareKeys {
  /** Which messages or records are this point's; undefined: all. */
  where: readonly MemberIs[] | undefined
  /** Further members that are added to the number, each times its factor; there too, if empty, for `unitAt`. */
  plus: readonly Addend[] | undefined
  decimal: '.' | ','
  /** Where the unit stands that a message itself names: a number of another unit is refused. */
  unitAt: Pointer | undefined
  /** Values that the device sends in place of a reading, base units. */
  invalid: readonly number[] | undefined
  /** Other factors of readings stamped from a time on, in rising time; undefined: there are none. */
  factors: readonly { readonly fromMs: number; readonly factor: number }[] | undefined
  /** Whether every stamp is passed over for the arrival time. */
  atArrival: boolean
  /** A second member of the stamp: a time of day behind its date. */
  timeOfDayAt: Pointer | undefined
  /** What is added to a stamp: the length of the interval that it is the start of; else 0. */
  stampShiftMs: number
  /** The points that one device reports in the order of time: those of this topic and `where`, itself included. */
  source: readonly number[]
  /** Expected distance between two readings. */
  everyMs: number
}

/** A member that is added to a number, such as the watt-hours beside the kilowatt-hours. */
interface Addend {
  at: Pointer
  factor: number
}

/** A member that must have this value; a number and its text are the same. */
export interface MemberIs {
  at: Pointer
  is: string
}

/** Points of a topic that read the same list of records. */
export interface RouteGroup {
  /** Where the list is; undefined: the payload, which may be a list or one record. */
  records: Pointer | undefined
  points: readonly RoutePoint[]
}

/** Which messages are passed over: those for which everything that is given here is so. */
export interface IgnoreRule {
  where: readonly MemberIs[]
  /** A member that such a message lacks. */
  without: Pointer | undefined
  /** Such a message is one of these texts; undefined: of any content. */
  texts: readonly string[] | undefined
}

/** A declared format of payloads. */
export interface PayloadFormat {
  kind: 'cells' | 'line-protocol' | 'senml' | 'dsx'
  /** What stands between the cells of a line. */
  separator: string
}

/** All points that read one topic. */
export interface Route {
  points: readonly RoutePoint[]
  /** What most topics have not. */
  rare: RareTopic | undefined
  /** What a message may have at most; absent: what is usual. */
  limits?: MessageLimits
}

/** What a message may have at most: levels, members of an object, records of a list. */
export interface MessageLimits extends JsonLimits {
  readonly records: number
}

export interface RareTopic {
  /** The same points by their lists of records, where some point has `records` or `where`; else undefined. */
  groups: readonly RouteGroup[] | undefined
  ignore: readonly IgnoreRule[] | undefined
  /** Undefined: a payload is a number or JSON. */
  format: PayloadFormat | undefined
  /** Whether a point's stamps can be local times, which a doubled hour has twice. */
  hasLocalTime: boolean
  /** Numbers that its messages, or records of them, have. */
  numbers: readonly NumberAt[] | undefined
}

/** Where a message has its number. */
export interface NumberAt {
  /** Index of the numbering in the core's plan. */
  numbering: number
  at: Pointer
  /** Which messages are numbered so. */
  where: readonly MemberIs[]
}
