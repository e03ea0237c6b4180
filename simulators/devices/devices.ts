/**
 * What the devices of a plant send:
 *
 *     plant's power ──sampled in whole watts at the stamps of the meter's topic──▶ straight lines between the samples
 *         ├──▶ power points publish the samples
 *         ├──▶ registers and interval meters integrate the lines
 *         └──▶ the truth integrates the lines
 *
 * So trapezoids over published powers, steps of registers and the truth give one energy, but for a register's 1 Wh.
 */
import { toBase, type Conversion } from '../../src/ingest/units.ts'
import type { Site } from '../../src/site/site.ts'
import type { StampUnit } from '../faults/faults.ts'
import type { Meter } from '../plant/meters.ts'
import { busyW, gaugeAt, powerW, shownAt, type Plant } from '../plant/plant.ts'
import { createRandom, seedFor } from '../random.ts'
import { DAY_MS } from '../weather/noise.ts'

/** A topic and its sending times: `phaseMs` + k × `everyMs` since 1970. */
export interface Device {
  readonly topic: string
  readonly everyMs: number
  readonly phaseMs: number
  /** Whether the payload carries a stamp; without one the arrival time is the event time. */
  readonly stamped: boolean
  readonly members: readonly PayloadMember[]
}

/** One number of a payload: its point, its place in the JSON, and how its base unit becomes the device's unit. */
export interface PayloadMember {
  readonly point: number
  readonly at: readonly string[]
  readonly timeAt: readonly string[]
  readonly timeUnit: StampUnit
  readonly conversion: Conversion
  readonly factor: number
  readonly offset: number
  readonly signal: Signal | undefined
}

/** A meter's power as straight lines between samples at `phaseMs` + k × `everyMs`. */
interface Signal {
  readonly meter: Meter
  readonly everyMs: number
  readonly phaseMs: number
}

/** The count of a register: where it stood at UTC midnight, and the energy in mJ since then. */
interface RegisterCount {
  readonly startWh: number
  atMs: number
  mj: number
}

const WH_MJ = 3_600_000
const WH_J = 3_600
const FIRST_DAY = Date.UTC(2000, 0, 1) / DAY_MS

/** All topics of the site, in the order of the configuration. */
export function createDevices(plant: Plant, seed: number): Device[] {
  const { site } = plant
  const grids = new Map([...site.routes].map(([topic, { points }]) => [topic, gridOf(site, seed, topic, points)]))
  const signals = signalsOf(plant, grids)
  return [...site.routes].map(([topic, { points }]) => {
    const members = points.map((route): PayloadMember => {
      const { point, conversion, factor, offset, time } = route
      return {
        point,
        conversion,
        factor,
        offset,
        at: route.at ?? [],
        timeAt: route.timeAt ?? UNNAMED_STAMP,
        timeUnit: time.unit ?? 'ms',
        signal: signals[point],
      }
    })
    const stamped = points.some(({ at, timeAt }) => (at ?? []).length > 0 || timeAt !== undefined)
    return { topic, ...(grids.get(topic) ?? { everyMs: 60_000, phaseMs: 0 }), stamped, members }
  })
}

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

/** Where the stamps of each topic lie, as JSON Pointers, and what they count. */
export function stampsOf({ routes }: Site): Map<string, Map<string, StampUnit>> {
  return new Map(
    [...routes].map(([topic, { points }]) => [
      topic,
      new Map(points.map(({ timeAt, time }) => [pointerText(timeAt ?? UNNAMED_STAMP), time.unit ?? 'ms'])),
    ]),
  )
}

function pointerText(tokens: readonly string[]): string {
  return tokens.map((token) => `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** Where the stamp of a point lies that declares no place for it. */
const UNNAMED_STAMP = ['ts']

/** The first stamp of a device at or after a time. */
export function firstStampMs({ everyMs, phaseMs }: Device, tMs: number): number {
  return phaseMs + Math.ceil((tMs - phaseMs) / everyMs) * everyMs
}

/** The payload that a device sends at `tMs`. Registers count on with each call, so calls must be in order of time. */
export function payloadAt(plant: Plant, device: Device, registers: readonly RegisterCount[], tMs: number): string {
  const [first] = device.members
  if (first !== undefined && !device.stamped) return String(rawAt(plant, device, first, registers, tMs))
  const root: Branch = isIndex(first?.at[0]) ? [] : {}
  for (const member of device.members) {
    const at = member.at.length === 0 ? ['value'] : member.at
    put(root, at, rawAt(plant, device, member, registers, tMs))
    put(root, member.timeAt, stampOf(member, tMs))
  }
  return JSON.stringify(root)
}

/** The value of a gauge at `tMs` in base units, rounded as its payload rounds it. */
export function publishedGauge(plant: Plant, member: PayloadMember, tMs: number): number {
  const raw = gaugeRaw(member, gaugeAt(plant, member.point, tMs))
  return toBase(member.conversion, raw * member.factor + member.offset)
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

function rawAt(
  plant: Plant,
  device: Device,
  member: PayloadMember,
  registers: readonly RegisterCount[],
  tMs: number,
): number {
  const { point, signal } = member
  const kind = plant.site.plan.points[point]?.kind
  if (signal === undefined || kind === undefined || kind === 'gauge') {
    return gaugeRaw(member, shownAt(plant, point, tMs))
  }
  if (kind === 'power') return toRaw(member, lineW(plant, signal, tMs))
  if (kind === 'mean') {
    return toRaw(member, Math.round(energyMj(plant, signal, tMs - device.everyMs, tMs) / device.everyMs))
  }
  const count = registers[point]
  if (count === undefined) throw new Error(`no register for point ${point}`)
  if (kind === 'energy') {
    // The first stretch may begin on the day before; after a silence only the last stretch counts.
    count.atMs = Math.min(count.atMs, tMs - device.everyMs)
    const beforeWh = countTo(plant, signal, count, tMs - device.everyMs)
    return toRaw(member, (countTo(plant, signal, count, tMs) - beforeWh) * WH_J)
  }
  const rolloverWh = (plant.site.plan.points[point]?.rolloverJ ?? NaN) / WH_J
  const wh = count.startWh + countTo(plant, signal, count, tMs)
  return toRaw(member, (Number.isNaN(rolloverWh) ? wh : wh % rolloverWh) * WH_J)
}

function countTo(plant: Plant, signal: Signal, count: RegisterCount, tMs: number): number {
  count.mj += energyMj(plant, signal, count.atMs, tMs)
  count.atMs = tMs
  return Math.floor(count.mj / WH_MJ)
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

function gaugeRaw(member: PayloadMember, base: number): number {
  const perUnit = member.conversion.quantity === 'temperature' ? 100 : 10
  return Math.round(toRaw(member, base) * perUnit) / perUnit + 0
}

/** The number of which ingest makes the base unit: raw × factor + offset is the value in the point's unit. */
function toRaw({ conversion, factor, offset }: PayloadMember, base: number): number {
  return ((base * conversion.divisor - conversion.offset) / conversion.scale - offset) / factor
}

/** All points of a topic are sent together, at the fastest of their rates and at a seeded phase. */
function gridOf({ plan }: Site, seed: number, topic: string, points: readonly { point: number }[]) {
  const rates = points.map(({ point }) => plan.points[point]?.everyMs ?? 60_000)
  const everyMs = Math.max(1, Math.round(Math.min(...rates)))
  return { everyMs, phaseMs: createRandom(seedFor(seed, `phase ${topic}`)).int(0, everyMs - 1) }
}

/** The signal of each point. A meter is sampled at the stamps of its first power point, else of its first point. */
function signalsOf(plant: Plant, grids: ReadonlyMap<string, { everyMs: number; phaseMs: number }>) {
  const { site, meters } = plant
  const signals = new Map<Meter, Signal>()
  for (const power of [true, false]) {
    for (const [point, meter] of meters.entries()) {
      if (meter === undefined || signals.has(meter) || (site.plan.points[point]?.kind === 'power') !== power) continue
      const grid = grids.get(site.config.points[site.points[point] ?? '']?.topic ?? '')
      if (grid !== undefined) signals.set(meter, { meter, ...grid })
    }
  }
  return meters.map((meter) => (meter === undefined ? undefined : signals.get(meter)))
}

type Branch = Record<string, unknown> | unknown[]

/** Puts a number at the place of a JSON Pointer; tokens that are numbers make arrays. */
function put(root: Branch, tokens: readonly string[], leaf: number): void {
  let node = root as Record<string, unknown>
  for (const [depth, token] of tokens.slice(0, -1).entries()) {
    const below = node[token]
    if (typeof below !== 'object' || below === null) node[token] = isIndex(tokens[depth + 1]) ? [] : {}
    node = node[token] as Record<string, unknown>
  }
  node[tokens.at(-1) ?? 'value'] = leaf
}

function isIndex(token: string | undefined): boolean {
  return token !== undefined && /^(?:0|[1-9]\d{0,2})$/.test(token)
}

function stampOf({ timeUnit }: PayloadMember, tMs: number): number {
  switch (timeUnit) {
    case 's':
      return tMs / 1e3
    case 'ms':
      return tMs
    case 'us':
      return tMs * 1e3
    case 'ns':
      return tMs * 1e6
  }
}
