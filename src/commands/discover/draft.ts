import { UNITS } from '../../ingest/units.ts'
import type { NumberPlace } from './heard/members.ts'

/** What a point measures, as far as a site has a use for it. */
export type Measured = 'power' | 'energy' | 'temperature' | 'humidity' | 'dew point'

/** How it is known: devices say it (a claim), their makers' documents say it, sums show it, or it is guessed. */
type Trust = 'announced' | 'documented' | 'evidence' | 'guess'

/** A thing that is known, and by what. */
export interface Known<T> {
  readonly is: T
  readonly trust: Trust
  readonly why: string
}

/** A point as it may be written. */
export interface PointDraft {
  /** As it is wished; the writer makes it a valid name that no other has. */
  readonly wish: string
  readonly topic: string
  readonly place: NumberPlace
  /** What several numbers have in common: the circuit of a power and its register, the sensor of an air. */
  readonly part: string
  readonly measured: Measured
  readonly unit: Known<string> | undefined
  readonly factor: number
  readonly decimal: '.' | ','
  readonly isRegister: boolean
  readonly hold: boolean
  /** Where its time is, if not in one of the usual members: a pointer, or `none`, and why. */
  time: Known<string> | undefined
  readonly everyS: Known<number>
  readonly role: Known<PointRole> | undefined
  /** Texts that say what and where it is, in the order of their weight. */
  readonly words: readonly string[]
  readonly gateway: Known<string> | undefined
  /** In the declared unit, when they arrived. */
  readonly samples: readonly { tMs: number; value: number }[]
  readonly least: number
  readonly most: number
  /** Whether messages of its topic came without it: they are of something else. */
  readonly isPartial: boolean
  /** Why it stands commented out, as a question; empty: it counts. */
  readonly questions: string[]
  /** The meter that it is of with others, once that is known. */
  meter: string | undefined
  /** What feeds it, by served-by relations or by sums that balance. */
  parent: Known<PointDraft> | undefined
}

/** What a meter measures for the books. `generation`: flows that make "more is consumption" wrong. */
export type PointRole =
  'facility' | 'it' | 'ups' | 'distribution' | 'cooling' | 'other' | 'generation' | 'inlet' | 'outlet' | 'outdoor'

const NICE_S = [
  0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 300, 600, 900, 1200, 1800, 3600, 7200, 14_400, 86_400,
]
const EVEN = 2.5

/** How often a reading comes, from the gaps between messages: the usual distance, or the longest if they are uneven. */
export function everyOf(gapsMs: readonly number[], listenedMs: number): Known<number> {
  const sorted = gapsMs.filter((gapMs) => gapMs > 0).sort((a, b) => a - b)
  const most = sorted.at(-1)
  const median = sorted[sorted.length >> 1]
  if (most === undefined || median === undefined) {
    const everyS = niceS(Math.max(60, listenedMs / 1000))
    return { is: everyS, trust: 'guess', why: 'heard too rarely to tell how often: listen longer' }
  }
  const isEven = most <= EVEN * median
  const everyS = niceS((isEven ? median : most) / 1000)
  const heard = `${sorted.length} ${sorted.length === 1 ? 'gap' : 'gaps'} heard`
  return { is: everyS, trust: 'guess', why: isEven ? heard : `${heard}, uneven: the longest counts` }
}

/** The smallest of some usual distances that is no less, a twentieth aside. */
function niceS(seconds: number): number {
  return NICE_S.find((it) => seconds <= it * 1.05) ?? 86_400
}

/** In base units: W, J, °C. */
export function baseOf(draft: PointDraft, value: number): number {
  const conversion = UNITS[draft.unit?.is ?? '']
  if (conversion === undefined) return NaN
  return (value * draft.factor * conversion.scale + conversion.offset) / conversion.divisor
}

/** Whether it counts: written as a point, and not as a question. */
export function counts({ questions }: PointDraft): boolean {
  return questions.length === 0
}

export function isMeter({ measured }: PointDraft): boolean {
  return measured === 'power' || measured === 'energy'
}
