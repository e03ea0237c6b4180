import { createRandom, type Random } from '../../simulators/random.ts'
import type { Packet } from '../../src/ingest/recording.ts'
import { calendarOf } from './calendar.ts'
import { SCALE } from './fold.ts'
import type { ScenarioPoint, Swap } from './types.ts'

// Made-up meters: what each is, and what it would send over a perfect network.

/** How a point tells its readings. `bare` has no stamp: its event time is its arrival. */
type Form = 'ms' | 's' | 'iso' | 'bare'

/** A device that for a while reports more often, or less. */
export interface Pace {
  fromMs: number
  toMs: number
  /** Distance of its readings there. */
  everyMs: number
}

/** A running count: whole steps of so many Wh are shown. */
interface Counter {
  stepWh: number
  startWh: number
  /** The meter is replaced: its successor begins with so much. */
  swap?: { atMs: number; openingWh: number }
  /** It begins at 0 at each of these times. */
  midnightsMs?: readonly number[]
}

export interface Source {
  point: ScenarioPoint
  form: Form
  /** Stamps stray from the beat by up to so much. */
  jitterMs: number
  counter?: Counter
  pace?: Pace
}

export interface Wishes {
  /** No point whose event time is its arrival. */
  stamped: boolean
  /** Few points, slow ones. */
  small: boolean
  fromMs: number
  toMs: number
  bridgeMs: number
  timezone: string
}

const HOUR_MS = 3_600_000
const KINDS = ['power', 'power', 'power', 'mean', 'energy', 'register', 'register', 'register'] as const

export function createSources(random: Random, wishes: Wishes): Source[] {
  const most = wishes.small ? random.pick([2, 3, 3, 4]) : random.int(3, 6)
  const roles = ['facility', 'it', 'it', 'facility', 'it', 'cooling'].slice(0, most)
  const sources = roles.map((role, i) => createSource(random, wishes, role, i))
  if (random.chance(0.4)) sources.push(beside(sources[0]))
  return sources
}

function createSource(random: Random, wishes: Wishes, role: string, i: number): Source {
  const kind = random.pick(KINDS)
  const hours = (wishes.toMs - wishes.fromMs) / HOUR_MS
  const everyMs = random.pick(cadences(kind, wishes.small || hours > 8)) * 1000
  const energyUnit = random.pick(['Wh', 'kWh', 'kWh'] as const)
  const powerUnit = random.pick(['W', 'kW', 'kW'] as const)
  const unit = kind === 'energy' || kind === 'register' ? energyUnit : powerUnit
  const form = random.pick<Form>(wishes.stamped ? ['ms', 's', 'iso'] : ['ms', 'ms', 's', 'iso', 'bare'])
  const gapMs = Math.max(3 * everyMs, random.pick([900_000, 900_000, 120_000]))
  const point: ScenarioPoint = {
    name: `${role}-${i}`,
    topic: `dc/${role}/${i}`,
    kind,
    unit,
    everyMs,
    maxGapMs: kind === 'register' ? wishes.bridgeMs : gapMs,
    hold: kind === 'power' && random.chance(0.2),
    role,
  }
  if (form !== 'bare' && random.chance(0.4)) point.member = 'reading'
  const source: Source = { point, form, jitterMs: random.pick([0, 0, 400]) }
  if (kind === 'register') source.counter = createCounter(random, point, wishes)
  else if (random.chance(0.4)) point.max = unit === 'W' ? 9_000_000 : unit === 'Wh' ? 900_000 : 9000
  if (random.chance(0.2)) point.min = 0
  // Half of the meters say what they are built for; loads wander up to 600 kW
  if (kind !== 'register' && i % 2 === 1) point.maxKw = i === 1 ? 400 : 1000
  if (random.chance(0.2)) source.pace = createPace(random, point, wishes)
  return source
}

function cadences(kind: ScenarioPoint['kind'], slow: boolean): readonly number[] {
  if (kind === 'power') return slow ? [30, 60, 60] : [10, 15, 30, 60]
  return slow ? [60, 60, 120] : [60, 300]
}

/**
 * Decimal and binary counts, and some that never wrap; most that do are close enough to wrap within the day. A count of
 * kWh shows whole ones or three decimals.
 */
function createCounter(random: Random, point: ScenarioPoint, { fromMs, toMs, timezone }: Wishes): Counter {
  const stepWh = point.unit === 'Wh' ? 1 : random.pick([1, 1, 1000])
  const modulusWh = random.pick(
    stepWh === 1000
      ? [1e6, 1e7, 2 ** 16 * 1000, Infinity]
      : point.unit === 'Wh'
        ? [2 ** 16, 1e6, 2 ** 32, 2 ** 31, Infinity]
        : [1e6, 1e7, 1e8, Infinity],
  )
  if (random.chance(0.5)) point.maxKw = random.pick([400, 1000, 2500])
  const swapAt = { atMs: random.int(fromMs, toMs), openingWh: 1000 * random.int(0, 60) }
  const swap = random.chance(0.25) ? { swap: swapAt } : {}
  if (modulusWh === Infinity) {
    const startWh = random.int(0, 9_000_000)
    if (swap.swap !== undefined || startWh % 2 === 1) return { stepWh, startWh, ...swap }
    // Every other one of these counts the energy of its day
    point.dayZone = timezone
    return { stepWh, startWh, midnightsMs: midnightsIn(timezone, fromMs, toMs) }
  }
  point.modulusJ = modulusWh * 3600
  const soonWh = random.int(0, (100_000 * (toMs - fromMs)) / HOUR_MS)
  const startWh = random.chance(0.8) ? Math.max(0, modulusWh - soonWh) : random.int(0, modulusWh / 2)
  return { stepWh, startWh, ...swap }
}

function midnightsIn(timezone: string, fromMs: number, toMs: number): number[] {
  const midnights: number[] = []
  for (let { toMs: nextMs } = calendarOf(timezone)('day', fromMs); nextMs < toMs;) {
    midnights.push(nextMs)
    nextMs = calendarOf(timezone)('day', nextMs).toMs
  }
  return midnights
}

/** Not so fast that what it keeps of its past gets shorter than the lateness. */
function createPace(random: Random, { everyMs }: ScenarioPoint, { fromMs, toMs }: Wishes): Pace {
  const startMs = random.int(fromMs, toMs)
  return random.chance(0.5)
    ? { fromMs: startMs, toMs: startMs + 300_000, everyMs: everyMs / random.pick([2, 3]) }
    : { fromMs: startMs, toMs: startMs + random.int(600_000, 3_600_000), everyMs: everyMs * random.pick([2, 4]) }
}

/** A thermometer in the same payload as a meter. It moves the watermark like any other point. */
function beside(source: Source | undefined): Source {
  if (source === undefined || source.form === 'bare' || source.counter !== undefined) {
    const point = { name: 'aisle', topic: 'dc/aisle', kind: 'gauge', unit: '°C', hold: false } as const
    return { point: { ...point, everyMs: 60_000, maxGapMs: 180_000, role: 'inlet' }, form: 'ms', jitterMs: 0 }
  }
  const { max: _max, min: _min, ...point } = source.point
  const aisle = { ...point, name: 'aisle', kind: 'gauge', unit: '°C', hold: false, member: 't', role: 'inlet' } as const
  return { ...source, point: aisle }
}

/**
 * A load that wanders between a third and three times of where it began, on a network that takes up to 2 s, and the swaps
 * that are to be declared of its meter.
 */
export function play(source: Source, seed: number, fromMs: number, toMs: number): { packets: Packet[]; swaps: Swap[] } {
  const { point, form, jitterMs, counter } = source
  const packets: Packet[] = []
  const swaps: Swap[] = []
  if (point.member === 't') return { packets, swaps } // told in the payload of the meter beside it
  const random = createRandom(seed)
  const startMs = Math.ceil(fromMs / point.everyMs) * point.everyMs + (form === 's' ? 0 : random.int(0, 1) * 137)
  const startW = random.int(20_000, 200_000)
  let powerW = startW
  let countWh = counter?.startWh ?? 0
  for (let beatMs = startMs; beatMs < toMs;) {
    const nextMs = beatMs + paceAt(source, beatMs)
    powerW = Math.min(3 * startW, Math.max(startW / 3, powerW + random.normal() * startW * 0.02))
    const tMs = beatMs + (form === 's' ? 0 : random.int(0, jitterMs))
    const reading = counter === undefined ? toUnit(point, powerW) : shown(source, counter, countWh)
    const nowMs = form === 'bare' ? tMs : tMs + random.int(0, 2000)
    packets.push({ nowMs, topic: point.topic, payload: payloadOf(point, form, tMs, reading), retain: false })
    const swap = counter?.swap
    if (counter !== undefined && swap !== undefined && swap.atMs > beatMs + jitterMs && swap.atMs < nextMs) {
      const closing = shown(source, counter, countWh + (powerW * (swap.atMs - beatMs)) / HOUR_MS)
      swaps.push({ atMs: swap.atMs, closing, opening: shown(source, counter, swap.openingWh) })
      countWh = swap.openingWh + (powerW * (nextMs - swap.atMs)) / HOUR_MS
    } else {
      const midnightMs = counter?.midnightsMs?.find((ms) => ms > beatMs + jitterMs && ms <= nextMs)
      const sinceMs = midnightMs ?? beatMs
      countWh = (midnightMs === undefined ? countWh : 0) + (powerW * (nextMs - sinceMs)) / HOUR_MS
    }
    beatMs = nextMs
  }
  return { packets, swaps }
}

function paceAt({ point, pace }: Source, tMs: number): number {
  return pace !== undefined && tMs >= pace.fromMs && tMs < pace.toMs ? pace.everyMs : point.everyMs
}

/** What a register's display says: whole steps, wrapped at its modulus, in its unit. */
function shown({ point }: Source, { stepWh }: Counter, countWh: number): number {
  const wholeWh = Math.floor(countWh / stepWh) * stepWh
  const wrappedWh = point.modulusJ === undefined ? wholeWh : wholeWh % (point.modulusJ / 3600)
  return point.unit === 'kWh' ? wrappedWh / 1000 : wrappedWh
}

/**
 * Whole W and Wh; kW and kWh with three decimals, as meters print them. Even ones: half the sum of two is whole, so that
 * sums rarely lie on a half, where doubles may be rounded either way and a comparison cannot be exact.
 */
function toUnit(point: ScenarioPoint, powerW: number): number {
  if (point.kind === 'gauge') return Math.round(powerW / 100) / 100
  const amount = point.kind === 'energy' ? (powerW * point.everyMs) / HOUR_MS : powerW
  const even = 2 * Math.round(amount / 2)
  return SCALE[point.unit] === 1 || point.unit === 'Wh' ? even : even / 1000
}

function payloadOf(point: ScenarioPoint, form: Form, tMs: number, reading: number): string {
  if (form === 'bare') return String(reading)
  const ts = form === 'ms' ? tMs : form === 's' ? Math.floor(tMs / 1000) : new Date(tMs).toISOString()
  return JSON.stringify({ ts, [point.member ?? 'value']: reading, t: 21.5 })
}
