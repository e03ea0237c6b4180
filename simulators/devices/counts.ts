/** What meters count and sensors show. */
import { toBase } from '../../src/ingest/units.ts'
import { busyW, gaugeAt, powerW, shownAt, type Plant } from '../plant/plant.ts'
import { createRandom, seedFor } from '../random.ts'
import { DAY_MS } from '../weather/noise.ts'
import type { Device, PayloadMember, Signal } from './devices.ts'

/** The count of a register: where it stood at UTC midnight, and the energy in mJ since then. */
export interface RegisterCount {
  readonly startWh: number
  atMs: number
  mj: number
}

const WH_MJ = 3_600_000
const WH_J = 3_600
const FIRST_DAY = Date.UTC(2000, 0, 1) / DAY_MS

/**
 * The registers of a run that starts at `startMs`, by point. They count from the UTC midnight before the start. Each
 * stands there at a seeded place, which moves on by a busy day's energy every day. So a run started later finds them
 * further on.
 */
export function createRegisters(
  plant: Plant,
  devices: readonly Device[],
  seed: number,
  startMs: number,
): RegisterCount[] {
  const { site } = plant
  const day = Math.floor(startMs / DAY_MS)
  const signals = new Map(
    devices.flatMap(({ members }) => members.map(({ point, signal }) => [point, signal] as const)),
  )
  return site.points.map((name, point) => {
    const rolloverWh = (site.plan.points[point]?.rolloverJ ?? NaN) / WH_J
    const rangeWh = Number.isNaN(rolloverWh) ? 1e9 : rolloverWh
    const placeWh = Math.floor(createRandom(seedFor(seed, `register ${name}`)).next() * rangeWh)
    const signal = signals.get(point)
    const dayWh = signal === undefined ? 0 : Math.ceil((busyW(plant, signal.meter) * DAY_MS) / WH_MJ)
    return { startWh: placeWh + (day - FIRST_DAY) * dayWh, atMs: day * DAY_MS, mj: 0 }
  })
}

/** Energy in mJ that flows through a meter between two times. */
export function energyMj(plant: Plant, signal: Signal, fromMs: number, toMs: number): number {
  const { everyMs, phaseMs } = signal
  let sum = 0
  let step = Math.floor((fromMs - phaseMs) / everyMs)
  let fromW = knotW(plant, signal, step)
  for (; phaseMs + step * everyMs < toMs; step++) {
    const toW = knotW(plant, signal, step + 1)
    const startMs = phaseMs + step * everyMs
    const aMs = Math.max(fromMs, startMs) - startMs
    const bMs = Math.min(toMs, startMs + everyMs) - startMs
    sum += (bMs - aMs) * (fromW + ((toW - fromW) * (aMs + bMs)) / (2 * everyMs))
    fromW = toW
  }
  return sum
}

/** The number of a member's message at an event time, in its own unit. Of registers, calls go on in time. */
export function rawAt(
  plant: Plant,
  device: Device,
  member: PayloadMember,
  registers: readonly RegisterCount[],
  tMs: number,
): number {
  const { point, signal } = member
  const { kind, rolloverJ = NaN } = plant.site.plan.points[point] ?? {}
  if (signal === undefined || kind === undefined || kind === 'gauge') {
    return gaugeRaw(member, shownAt(plant, point, tMs))
  }
  if (kind === 'power') return powerRaw(member, lineW(plant, signal, tMs) * gainAt(signal, tMs))
  if (kind === 'mean') {
    const meanW = Math.round(energyMj(plant, signal, tMs - device.everyMs, tMs) / device.everyMs)
    return powerRaw(member, meanW * gainAt(signal, tMs))
  }
  const count = registers[point]
  if (count === undefined) throw new Error(`no register for point ${point}`)
  if (kind === 'energy') {
    // The first stretch may begin on the day before; after a silence only the last stretch counts.
    count.atMs = Math.min(count.atMs, tMs - device.everyMs)
    const beforeWh = countTo(plant, member, signal, count, tMs - device.everyMs)
    return toRaw(member, (countTo(plant, member, signal, count, tMs) - beforeWh) * WH_J)
  }
  const rolloverWh = rolloverJ / WH_J
  const wh = count.startWh + countTo(plant, member, signal, count, tMs)
  return steppedDown(member, toRaw(member, (Number.isNaN(rolloverWh) ? wh : wh % rolloverWh) * WH_J))
}

/** The value of a gauge at `tMs` in base units, rounded as its payload rounds it. */
export function publishedGauge(plant: Plant, member: PayloadMember, tMs: number): number {
  const raw = gaugeRaw(member, gaugeAt(plant, member.point, tMs))
  return toBase(member.conversion, raw * member.factor + member.offset)
}

/** The energy of a step that a member's count shows, J; a power's: its step over a second. */
export function shownStepJ({ conversion, factor, step }: PayloadMember): number | undefined {
  return step === undefined ? undefined : (step * factor * conversion.scale) / conversion.divisor
}

/** Wh since midnight: whole ones, but of a member that has a step of its own. */
function countTo(plant: Plant, { step }: PayloadMember, signal: Signal, count: RegisterCount, tMs: number): number {
  count.mj += energyMj(plant, signal, count.atMs, tMs) * gainAt(signal, tMs)
  count.atMs = tMs
  return step === undefined ? Math.floor(count.mj / WH_MJ) : count.mj / WH_MJ
}

/**
 * What a meter shows of 1 W: off by up to half of its class for good, and by a fifth more or less with the season.
 * Meters drift with temperature and age.
 */
function gainAt({ meter, errs }: Signal, tMs: number): number {
  if (errs === 0) return 1
  const random = createRandom(seedFor(meter.seed, 'gain'))
  const fixed = 2 * random.next() - 1
  const season = Math.sin(2 * Math.PI * (Math.floor(tMs / DAY_MS) / 365.25 + random.next()))
  return 1 + errs * (0.5 * fixed + 0.2 * season)
}

/** Whole watts at a meter's own stamps. */
function knotW(plant: Plant, { meter, everyMs, phaseMs }: Signal, step: number): number {
  return Math.round(powerW(plant, meter, phaseMs + step * everyMs))
}

function lineW(plant: Plant, signal: Signal, tMs: number): number {
  const steps = (tMs - signal.phaseMs) / signal.everyMs
  const step = Math.floor(steps)
  const fromW = knotW(plant, signal, step)
  if (steps === step) return fromW
  return Math.round(fromW + (knotW(plant, signal, step + 1) - fromW) * (steps - step))
}

function powerRaw(member: PayloadMember, watts: number): number {
  return member.step === undefined ? toRaw(member, watts) : stepped(toRaw(member, watts), member.step)
}

function gaugeRaw(member: PayloadMember, base: number): number {
  if (member.step !== undefined) return stepped(toRaw(member, base), member.step)
  const perUnit = member.conversion.quantity === 'temperature' ? 100 : 10
  return Math.round(toRaw(member, base) * perUnit) / perUnit + 0
}

function steppedDown({ step }: PayloadMember, raw: number): number {
  // A count that stands at its step must not fall below it by a last bit
  return step === undefined ? raw : cut(Math.floor(raw / step + 1e-6) * step)
}

function stepped(raw: number, step: number): number {
  return cut(Math.round(raw / step) * step)
}

/** Without the last bits of a product of tenths. */
function cut(number: number): number {
  return Math.round(number * 1e6) / 1e6 + 0
}

/** The number of which ingest makes the base unit: raw × factor + offset is the value in the point's unit. */
function toRaw({ conversion, factor, offset }: PayloadMember, base: number): number {
  return ((base * conversion.divisor - conversion.offset) / conversion.scale - offset) / factor
}
