// ASHRAE TC 9.9 envelopes of the air at the inlet of equipment that is powered on. Each limit has its source and our
// confidence in it: H primary text or two sources agree, M one good source, L own knowledge or disputed. Sources:
//
// - WP 2011: the white paper on expanded classes.
// - RC: the reference cards (4th edition 2015, 5th edition 2021, revised 2024).
// - AJ: ASHRAE Journal, May 2022 (Quirk, Davidson, Schmidt).
// - E+: the class table of EnergyPlus.
import assert from 'node:assert/strict'
import {
  type Edition,
  type EnvelopeClass,
  type Corrosion,
  type Limits,
  type Envelope,
  BAND,
  type Band,
  VIOLATIONS,
  RECOMMENDED_MASK,
  ALLOWABLE_MASK,
  ALTITUDE_HIGH_MASK,
  RATE_15MIN_MASK,
} from '../contract/limits.ts'

const ALLOWABLE_SHIFT = 6
const DERATING_FROM_M = 900
const HIGHEST_M = 3_050
const FLOAT_NOISE = 1e-9

interface Entry {
  readonly part: 'recommended' | 'allowable'
  readonly editions: readonly Edition[]
  readonly classes: readonly EnvelopeClass[]
  readonly corrosion: readonly Corrosion[]
  readonly limits: Limits
  readonly source: string
  readonly confidence: 'H' | 'M' | 'L'
}

/** An entry as a line of the table: dry bulb, dew point and humidity, each from and to. */
type Row = readonly [
  part: Entry['part'],
  editions: Entry['editions'],
  classes: Entry['classes'],
  corrosion: Entry['corrosion'],
  limits: readonly [number, number, number, number, number, number],
  source: string,
  confidence: Entry['confidence'],
]

const A_CLASSES = ['A1', 'A2', 'A3', 'A4'] as const
const SINCE_2011 = ['2011', '2015', '2021', '2021r'] as const
const SINCE_2015 = ['2015', '2021', '2021r'] as const
const SINCE_2021 = ['2021', '2021r'] as const
const ANY = ['low', 'unknown'] as const
const LOW = ['low'] as const
const UNKNOWN = ['unknown'] as const
const NONE = -Infinity

// prettier-ignore
const ROWS: readonly Row[] = [
  // H1 has the moisture of class A. Its minimum is disputed: 5 °C in AJ 2022, 15 °C in RC 2024, hence two editions
  //                                                          dry bulb  dew point   RH
  ['recommended', ['2011'],   A_CLASSES, ANY,     [18, 27,   5.5, 15, NONE, 60], 'WP 2011', 'H'],
  ['recommended', ['2015'],   A_CLASSES, ANY,     [18, 27,    -9, 15, NONE, 60], 'RC 2015', 'H'],
  ['recommended', SINCE_2021, A_CLASSES, LOW,     [18, 27,    -9, 15, NONE, 70], 'RC 2021', 'H'],
  ['recommended', SINCE_2021, A_CLASSES, UNKNOWN, [18, 27,    -9, 15, NONE, 50], 'RC 2021', 'H'],
  ['recommended', SINCE_2021, ['H1'],    LOW,     [18, 22,    -9, 15, NONE, 70], 'AJ 2022', 'M'],
  ['recommended', SINCE_2021, ['H1'],    UNKNOWN, [18, 22,    -9, 15, NONE, 50], 'AJ 2022', 'M'],
  ['allowable',   ['2011'],   ['A1'],    ANY,     [15, 32,  NONE, 17, 20, 80], 'WP 2011, E+', 'H'],
  ['allowable',   ['2011'],   ['A2'],    ANY,     [10, 35,  NONE, 21, 20, 80], 'WP 2011, E+', 'H'],
  ['allowable',   SINCE_2015, ['A1'],    ANY,     [15, 32,   -12, 17,  8, 80], 'RC 2015, RC 2021', 'H'],
  ['allowable',   SINCE_2015, ['A2'],    ANY,     [10, 35,   -12, 21,  8, 80], 'RC 2015, RC 2021', 'H'],
  ['allowable',   SINCE_2011, ['A3'],    ANY,     [ 5, 40,   -12, 24,  8, 85], 'RC 2021, E+', 'H'],
  ['allowable',   SINCE_2011, ['A4'],    ANY,     [ 5, 45,   -12, 24,  8, 90], 'RC 2021, E+', 'H'],
  ['allowable',   ['2021'],   ['H1'],    ANY,     [ 5, 25,   -12, 17,  8, 80], 'AJ 2022', 'L'],
  ['allowable',   ['2021r'],  ['H1'],    ANY,     [15, 25,   -12, 17,  8, 80], 'RC 2024', 'L'],
]

const TABLE: readonly Entry[] = ROWS.map(([part, editions, classes, corrosion, limits, source, confidence]) => {
  const [dryBulbMinC, dryBulbMaxC, dewPointMinC, dewPointMaxC, rhMinPct, rhMaxPct] = limits
  const named = { dryBulbMinC, dryBulbMaxC, dewPointMinC, dewPointMaxC, rhMinPct, rhMaxPct }
  return { part, editions, classes, corrosion, limits: named, source, confidence }
})

/** So many metres above 900 m lower the allowable maximum by 1 K. */
const DERATING: Readonly<Record<EnvelopeClass, { mPerK: number; source: string; confidence: 'H' | 'M' | 'L' }>> = {
  A1: { mPerK: 300, source: 'RC 2015, server manuals', confidence: 'H' },
  A2: { mPerK: 300, source: 'RC 2015, server manuals', confidence: 'H' },
  A3: { mPerK: 175, source: 'RC 2015, server manuals', confidence: 'H' },
  A4: { mPerK: 125, source: 'RC 2015, server manuals', confidence: 'H' },
  H1: { mPerK: 500, source: 'own knowledge; meets the recommended 22 °C at 2400 m, as A1 does', confidence: 'L' },
}

/** The words of every mask of a state, made once: rows build no strings. The two rates are joined to them. */
const NAMES: readonly string[] = Array.from({ length: RATE_15MIN_MASK }, (_, mask) =>
  VIOLATIONS.filter((_word, bit) => (mask >> bit) & 1).join(','),
)
const RATE_NAMES = ['', 'rate_15min', 'rate_60min', 'rate_15min,rate_60min']

/** Whether the edition has the class (H1 came in 2021). */
export function hasClass(edition: Edition, itClass: EnvelopeClass): boolean {
  return TABLE.some((row) => row.editions.includes(edition) && row.classes.includes(itClass))
}

/**
 * The limits of a class at an altitude in metres, frozen. Altitude lowers the allowable maximum, and the recommended
 * one only once the allowable has fallen below it (RC 2015). Throws for a class that the edition does not have
 * (`hasClass` tells) and for an altitude that is no finite number.
 */
export function envelope(edition: Edition, itClass: EnvelopeClass, altitudeM: number, corrosion: Corrosion): Envelope {
  assert(hasClass(edition, itClass), `class ${itClass} is not in the edition of ${edition}`)
  assert(Number.isFinite(altitudeM), 'altitude is not a finite number')
  const aboveM = Math.max(0, Math.min(altitudeM, HIGHEST_M) - DERATING_FROM_M)
  const allowable = rowOf('allowable', edition, itClass, corrosion).limits
  const recommended = rowOf('recommended', edition, itClass, corrosion).limits
  const maxC = allowable.dryBulbMaxC - aboveM / DERATING[itClass].mPerK
  return Object.freeze({
    edition,
    class: itClass,
    recommended: Object.freeze({ ...recommended, dryBulbMaxC: Math.min(recommended.dryBulbMaxC, maxC) }),
    allowable: Object.freeze({ ...allowable, dryBulbMaxC: maxC }),
    altitudeHigh: altitudeM > HIGHEST_M,
  })
}

/** One envelope's limits and their source; null: the edition has no such limit. */
export interface LimitsEntry {
  part: 'recommended' | 'allowable'
  dryBulbMinC: number
  dryBulbMaxC: number
  dewPointMinC: number | null
  dewPointMaxC: number
  rhMinPct: number | null
  rhMaxPct: number
  source: string
  confidence: 'H' | 'M' | 'L'
  /** Confidence in the metres that lower the maximum by 1 K. */
  deratingMPerK: number
  deratingConfidence: 'H' | 'M' | 'L'
}

/** Both envelopes at the altitude, with source and confidence: what `limits` prints. */
export function limitsTable(env: Envelope, corrosion: Corrosion): LimitsEntry[] {
  return (['recommended', 'allowable'] as const).map((part) => {
    const { source, confidence } = rowOf(part, env.edition, env.class, corrosion)
    const { mPerK, confidence: deratingConfidence } = DERATING[env.class]
    const { dewPointMinC, rhMinPct, ...rest } = env[part]
    return {
      part,
      ...rest,
      dewPointMinC: dewPointMinC === NONE ? null : dewPointMinC,
      rhMinPct: rhMinPct === NONE ? null : rhMinPct,
      source,
      confidence,
      deratingMPerK: mPerK,
      deratingConfidence,
    }
  })
}

/** Bits of `VIOLATIONS` that a state of air breaks, in both envelopes. What is missing (NaN) breaks no limit. */
export function violations(env: Envelope, dryBulbC: number, rhPct: number, dewPointC: number): number {
  const recommended = broken(env.recommended, dryBulbC, rhPct, dewPointC)
  const allowable = broken(env.allowable, dryBulbC, rhPct, dewPointC)
  return recommended | (allowable << ALLOWABLE_SHIFT) | (env.altitudeHigh ? ALTITUDE_HIGH_MASK : 0)
}

/**
 * The band of a state of air, given its `violations`. A broken allowable limit is out, whatever else is missing.
 * Otherwise a missing dry bulb, humidity or dew point (NaN) makes the band unknown, and so does too high a site.
 */
export function bandOf(env: Envelope, mask: number, dryBulbC: number, rhPct: number, dewPointC: number): Band {
  if ((mask & ALLOWABLE_MASK) !== 0) return BAND.out
  if (env.altitudeHigh || Number.isNaN(dryBulbC) || Number.isNaN(rhPct) || Number.isNaN(dewPointC)) return BAND.unknown
  return (mask & RECOMMENDED_MASK) !== 0 ? BAND.allowable : BAND.recommended
}

/** The words of a mask, comma-joined: `recommended_dry_bulb_max,allowable_rh_max`; empty when nothing is broken. */
export function violationNames(mask: number): string {
  const names = NAMES[mask & (RATE_15MIN_MASK - 1)]
  const rates = RATE_NAMES[mask >> 13]
  assert(names !== undefined && rates !== undefined, 'not a violation mask')
  return rates === '' ? names : names === '' ? rates : `${names},${rates}`
}

function broken(range: Limits, dryBulbC: number, rhPct: number, dewPointC: number): number {
  return (
    (dryBulbC < range.dryBulbMinC - FLOAT_NOISE ? 1 : 0) |
    (dryBulbC > range.dryBulbMaxC + FLOAT_NOISE ? 2 : 0) |
    (dewPointC < range.dewPointMinC - FLOAT_NOISE ? 4 : 0) |
    (dewPointC > range.dewPointMaxC + FLOAT_NOISE ? 8 : 0) |
    (rhPct < range.rhMinPct - FLOAT_NOISE ? 16 : 0) |
    (rhPct > range.rhMaxPct + FLOAT_NOISE ? 32 : 0)
  )
}

function rowOf(part: Entry['part'], edition: Edition, itClass: EnvelopeClass, corrosion: Corrosion): Entry {
  const row = TABLE.find(
    (it) =>
      it.part === part &&
      it.editions.includes(edition) &&
      it.classes.includes(itClass) &&
      it.corrosion.includes(corrosion),
  )
  assert(row !== undefined, `no ${part} limits for ${edition} ${itClass} ${corrosion}`)
  return row
}
