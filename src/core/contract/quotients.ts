/**
 * Two tables: what a boundary sums, and what is divided by what. A further indicator is an entry in each:
 *
 * ```
 * QUANTITIES   facility   it   ups   distribution   cooling   water …   sums of terms, by boundary
 *                  │       │                            │
 * PUE_OF         over / under                           │               sums over the same intervals, by window
 * INDICATORS               under ────────────────────── over
 * ```
 */

/** Energies that are reported beside a PUE: what a part of the site takes or loses. */
export const LOSSES = ['ups', 'distribution', 'cooling'] as const

/**
 * What points that are no gauges measure. The core counts whole base units: J, mL. A rate is a base unit a second, W or
 * mL/s. Where its names say energy, J or W, those of water are meant, too. An intensity, g/kWh, and a temperature that
 * heat is made of, °C, are kept as rates are, for their means over an interval.
 */
export type Amount = 'energy' | 'water' | 'intensity' | 'temperature'

/** What sums are of: energy and water, and carbon, which is energy times an intensity, in mg of CO₂ equivalent. */
type Summed = 'energy' | 'water' | 'carbon'

interface RowUnit {
  /** Of rows, and how many base units it is. */
  readonly unit: string
  readonly base: number
  /** Base units of what displays count: a kWh, a m³. */
  readonly shown: number
}

export const ROW_UNITS: Readonly<Record<Amount | Summed, RowUnit>> = {
  energy: { unit: 'J', base: 1, shown: 3_600_000 },
  water: { unit: 'L', base: 1000, shown: 1_000_000 },
  carbon: { unit: 'g', base: 1000, shown: 1_000_000 },
  intensity: { unit: 'g/kWh', base: 1, shown: 1 },
  temperature: { unit: '°C', base: 1, shown: 1 },
}

/** g/kWh in mg/J. */
export const MG_PER_J = 1 / 3600

/**
 * What a boundary may sum. Water is all that comes in, and of it the fresh and the potable. Reuse is heat that is used
 * outside; removed heat is what the cooling takes out of the rooms. What `DERIVED` makes nobody writes.
 */
export const AMOUNT_OF = {
  facility: 'energy',
  it: 'energy',
  ups: 'energy',
  distribution: 'energy',
  cooling: 'energy',
  water: 'water',
  freshWater: 'water',
  potableWater: 'water',
  reuse: 'energy',
  renewable: 'energy',
  removedHeat: 'energy',
  lessReuse: 'energy',
  chainLoss: 'energy',
  chainInput: 'energy',
  carbon: 'carbon',
  marketCarbon: 'carbon',
} as const satisfies Record<string, Summed>

export type BoundaryQuantity = keyof typeof AMOUNT_OF

/** A sum of others, some of them taken away; it is there if one of `ifAny` is. */
interface DerivedQuantity {
  readonly plus: readonly BoundaryQuantity[]
  readonly minus: readonly BoundaryQuantity[]
  readonly ifAny: readonly BoundaryQuantity[]
}

/** The facility less the heat that is used outside; what the power chain loses, and what it takes in before it. */
export const DERIVED: Readonly<Partial<Record<BoundaryQuantity, DerivedQuantity>>> = {
  lessReuse: { plus: ['facility'], minus: ['reuse'], ifAny: ['reuse'] },
  chainLoss: { plus: ['ups', 'distribution'], minus: [], ifAny: ['ups', 'distribution'] },
  chainInput: { plus: ['it', 'ups', 'distribution'], minus: [], ifAny: ['ups', 'distribution'] },
}

export const QUANTITIES = Object.keys(AMOUNT_OF) as readonly BoundaryQuantity[]

/** A quotient of two sums over the intervals in which both are known. */
export interface QuotientOf {
  readonly name: string
  readonly over: BoundaryQuantity
  readonly under: BoundaryQuantity
  /** Of its value, which is so many times the quotient in base units. */
  readonly unit: string
  readonly scale: number
  /** What its value is called: over 12 months of which enough is known, over less, and of a part of a site. */
  readonly names: readonly [annual: string, interim: string, part: string]
  /** Quantities that its rows report besides, each known or not. */
  readonly beside: readonly BoundaryQuantity[]
  /** The shortest window that says anything of it. */
  readonly leastMs: number
}

/** Power usage effectiveness, ISO/IEC 30134-2 and EN 50600-4-2. */
export const PUE_OF = {
  name: 'pue',
  over: 'facility',
  under: 'it',
  unit: '',
  scale: 1,
  names: ['PUE', 'iPUE', 'pPUE'],
  beside: LOSSES,
  leastMs: 0,
} as const satisfies QuotientOf

const DAY_MS = 86_400_000
const MONTH_MS = 30 * DAY_MS

const HOUR_MS = 3_600_000

/** mL/J in L/kWh. */
const L_PER_KWH = { unit: 'L/kWh', scale: 3600 } as const

/** mg/J in kg/kWh. */
const KG_PER_KWH = { unit: 'kg/kWh', scale: 3.6 } as const

/**
 * Indicators of boundaries that declare both sums, in the order of their series. Snapshots and rows name them: append
 * only. Water usage effectiveness (ISO/IEC 30134-9, EN 50600-4-9) is named by what it counts, as the categories of
 * standard and regulation differ: all input, freshwater, potable water. Energy reuse factor (ISO/IEC 30134-6), energy
 * reuse effectiveness (The Green Grid), renewable energy factor (ISO/IEC 30134-3): of a month or more.
 *
 * Cooling and power load factor take a PUE apart: PUE = 1 + CLF + PLF + the rest (The Green Grid). Cooling efficiency
 * ratio (ISO/IEC 30134-7) is heat removed over the energy that this takes. Mechanical load and electrical loss
 * component are measured in the manner of ASHRAE 90.4, which asks for design values: no statement of compliance.
 * Carbon usage effectiveness (ISO/IEC 30134-8) is location-based, and market-based where it is named so. It has no
 * window that is shorter than a step of the intensity.
 */
export const INDICATORS: readonly QuotientOf[] = [
  wue('wue', 'water', 'WUE'),
  wue('wue_fresh', 'freshWater', 'WUE fresh'),
  wue('wue_potable', 'potableWater', 'WUE potable'),
  energies('erf', 'reuse', 'facility', DAY_MS),
  energies('ere', 'lessReuse', 'it', DAY_MS),
  energies('ref', 'renewable', 'facility', MONTH_MS),
  energies('clf', 'cooling', 'it', 0),
  energies('plf', 'chainLoss', 'it', 0),
  energies('cer', 'removedHeat', 'cooling', DAY_MS),
  energies('mlc', 'cooling', 'it', MONTH_MS),
  energies('elc', 'chainLoss', 'chainInput', MONTH_MS),
  cue('cue', 'carbon', 'CUE'),
  cue('cue_market', 'marketCarbon', 'CUE market'),
]

function wue(name: string, over: BoundaryQuantity, title: string): QuotientOf {
  return { name, over, under: 'it', ...L_PER_KWH, names: namesOf(title), beside: [], leastMs: DAY_MS }
}

function cue(name: string, over: BoundaryQuantity, title: string): QuotientOf {
  return { name, over, under: 'it', ...KG_PER_KWH, names: namesOf(title), beside: [], leastMs: HOUR_MS }
}

function energies(name: string, over: BoundaryQuantity, under: BoundaryQuantity, leastMs: number): QuotientOf {
  return { name, over, under, unit: '', scale: 1, names: namesOf(name.toUpperCase()), beside: [], leastMs }
}

function namesOf(title: string): [annual: string, interim: string, part: string] {
  return [title, `i${title}`, `p${title}`]
}
