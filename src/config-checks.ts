import type { z } from 'zod'

import { didYouMean } from './config-faults.ts'
import type { Draft } from './config-faults.ts'
import { notifyDrafts } from './config-notify.ts'
import type * as schema from './config-schema.ts'
import { listenFault, nameFault, windowFault, windowLengthS } from './config-strings.ts'
import type { PlainMap } from './document.ts'
import { timeMs } from './ingest/times.ts'
import { UNITS } from './ingest/units.ts'

/** What a point's readings are: power, a running energy count, mean power or energy of an interval, or a state of the air. */
export type PointKind = 'power' | 'register' | 'mean' | 'energy' | 'gauge'

type Whole = z.output<typeof schema.config>
type Point = Partial<z.output<typeof schema.point>>
type Inlet = Partial<z.output<typeof schema.inlet>>
type Term = z.output<typeof schema.term>

/** The two sums of a boundary; a term that its schema refuses is undefined and keeps its place. */
export interface Sums {
  facility: readonly (Term | undefined)[]
  it: readonly (Term | undefined)[]
}

/** As much of a configuration as its schema accepts: members that it refuses are left out, names are all there. */
export interface Readable {
  /** The whole as it was written: tells whether a key is there. */
  written: PlainMap
  /** Whether a point of this name may be among those whose names cannot be read, which is reported. */
  mayBePoint(name: string): boolean
  site: Partial<Whole['site']>
  core: Partial<Whole['core']>
  points: ReadonlyMap<string, Point>
  boundaries: ReadonlyMap<string, Sums>
  inlets: ReadonlyMap<string, Inlet>
}

const CALENDAR_S: Readonly<Record<string, number>> = { day: 25 * 3600, month: 31 * 86_400 + 3600, year: 366 * 86_400 }
const LOOPBACK = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\]):/

/** Everything wrong that takes more than one member to see. */
export function checkConfig(readable: Readable): Draft[] {
  const drafts: Draft[] = []
  checkNames(drafts, readable)
  checkConnections(drafts, readable.written)
  drafts.push(...notifyDrafts(readable.written))
  checkCore(drafts, readable.core)
  for (const [name, point] of readable.points) checkPoint(drafts, name, point)
  for (const [name, sums] of readable.boundaries) checkBoundary(drafts, readable, name, sums)
  for (const [name, inlet] of readable.inlets) checkInlet(drafts, readable, name, inlet)
  return drafts
}

/** The kind of a point: told by its unit and `register` where they leave no choice; undefined without a unit. */
export function kindOf(point: Point): PointKind | { reason: string; hint: string } | undefined {
  const { kind, unit, register } = point
  if (unit === undefined) return undefined
  const quantity = UNITS[unit]?.quantity
  if (quantity === 'power') {
    if (register === undefined && (kind === undefined || kind === 'power' || kind === 'mean')) return kind ?? 'power'
    const hint = `use Wh, kWh, MWh or J, or remove \`${register === undefined ? 'kind' : 'register'}\``
    return { reason: `${unit} is a unit of power`, hint }
  }
  if (quantity === 'energy') {
    if (kind === 'register' || (kind === undefined && register !== undefined)) return 'register'
    if (kind === 'energy' && register === undefined) return 'energy'
    const hint = 'add `register: {}` for a running count, or `kind: energy` for the energy of each interval'
    if (kind === undefined) return { reason: `${unit} alone does not say what is counted`, hint }
    return { reason: `${unit}${register === undefined ? '' : ' with a register'} is not of kind ${kind}`, hint }
  }
  if (register === undefined && (kind === undefined || kind === 'gauge')) return 'gauge'
  const hint = `remove \`${register === undefined ? 'kind' : 'register'}\``
  return { reason: `${unit} is a unit of neither power nor energy`, hint }
}

function add(drafts: Draft[], path: PropertyKey[], reason: string, hint?: Draft['hint'], part?: Draft['part']): void {
  drafts.push({ path, part: part ?? 'content', reason, hint })
}

function checkNames(drafts: Draft[], readable: Readable): void {
  for (const section of ['points', 'boundaries', 'inlets'] as const) {
    for (const name of readable[section].keys()) {
      const fault = nameFault(name)
      if (fault !== undefined) add(drafts, [section, name], fault.reason, fault.hint, 'key')
    }
  }
}

function checkConnections(drafts: Draft[], written: PlainMap): void {
  const mqtt = sectionOf(written, 'mqtt')
  if (mqtt !== undefined && 'url' in mqtt === 'listen' in mqtt) {
    const hint = '`url` for a broker that you have, `listen` for the embedded one'
    add(drafts, ['mqtt'], 'needs either `url` or `listen`', hint, 'key')
  }
  for (const section of ['mqtt', 'influx']) {
    const link = sectionOf(written, section)
    if (link === undefined) continue
    if ('passwordFile' in link && !('username' in link)) {
      add(drafts, [section, 'passwordFile'], 'a password without `username`', 'add `username`', 'key')
    }
    if ('certFile' in link !== 'keyFile' in link) {
      const key = 'keyFile' in link ? 'keyFile' : 'certFile'
      add(drafts, [section, key], '`certFile` and `keyFile` go together', 'add the other or remove this one', 'key')
    }
    if ('tokenFile' in link && 'username' in link) {
      add(drafts, [section, 'tokenFile'], 'a token besides `username`', 'keep one of them', 'key')
    }
  }
  if (isOpen(mqtt) && !('username' in mqtt && 'passwordFile' in mqtt)) {
    const hint = 'add `username` and `passwordFile`, or listen on 127.0.0.1'
    add(drafts, ['mqtt', 'listen'], 'open to the network without an account', hint)
  }
  if (isOpen(mqtt) && !('certFile' in mqtt && 'keyFile' in mqtt)) {
    const hint = 'add `certFile` and `keyFile`, or listen on 127.0.0.1'
    add(drafts, ['mqtt', 'listen'], 'open to the network without TLS: passwords would be readable on the way', hint)
  }
  const http = sectionOf(written, 'http')
  if (isOpen(http) && http['trustedProxy'] !== true) {
    const hint = 'listen on 127.0.0.1, or `trustedProxy: true` if something in front decides who may see it'
    add(drafts, ['http', 'listen'], 'open to the network without an account', hint)
  }
}

function sectionOf(written: PlainMap, name: string): PlainMap | undefined {
  const section = written[name]
  return typeof section === 'object' && section !== null && !Array.isArray(section) ? section : undefined
}

/** Whether a section listens on more than this machine. An address that is none is told elsewhere. */
function isOpen(section: PlainMap | undefined): section is PlainMap {
  const listen = section?.['listen']
  return typeof listen === 'string' && listenFault(listen) === undefined && !LOOPBACK.test(listen)
}

function checkCore(drafts: Draft[], { intervalS, windows }: Readable['core']): void {
  if (intervalS !== undefined && 900 % intervalS !== 0) {
    add(drafts, ['core', 'intervalS'], `${intervalS} s does not divide 15 min`, 'such as 10, 20, 30, 60, 300, 900')
  }
  const seen = new Map<string | number, string>()
  for (const [index, window] of (windows ?? []).entries()) {
    const path = ['core', 'windows', index]
    const lengthS = windowLengthS(window)
    const same = seen.get(lengthS ?? window)
    const fault = windowFault(window)
    if (fault !== undefined) add(drafts, path, fault.reason, fault.hint)
    else if (same !== undefined) add(drafts, path, `"${window}" is there already, as "${same}"`, 'keep one')
    else if (lengthS !== undefined && intervalS !== undefined && lengthS % intervalS !== 0) {
      add(drafts, path, `"${window}" is not a whole number of intervals`, `an interval has ${intervalS} s`)
    }
    seen.set(lengthS ?? window, window)
  }
}

function checkPoint(drafts: Draft[], name: string, point: Point): void {
  const path = ['points', name]
  const kind = kindOf(point)
  if (typeof kind === 'object') add(drafts, [...path, 'unit'], kind.reason, kind.hint)
  else if (point.hold === true && (kind === 'register' || kind === 'mean' || kind === 'energy')) {
    add(drafts, [...path, 'hold'], `a point of kind ${kind} has nothing to hold`, 'remove `hold`', 'key')
  }
  checkSwaps(drafts, path, point)
  if (point.min !== undefined && point.max !== undefined && point.min >= point.max) {
    add(drafts, [...path, 'max'], `is not above \`min\`, ${point.min}`, 'every reading would be refused')
  }
}

/** Swaps come in the order of their times, and within the modulus. */
function checkSwaps(drafts: Draft[], path: PropertyKey[], { register }: Point): void {
  let newestMs = -Infinity
  for (const [index, swap] of (register?.swaps ?? []).entries()) {
    const at = [...path, 'register', 'swaps', index]
    const tMs = timeMs(swap.at, { unit: undefined, timezone: undefined })
    if (tMs <= newestMs) add(drafts, [...at, 'at'], 'is not later than the swap before it', 'put the oldest first')
    newestMs = tMs
    for (const key of ['closing', 'opening'] as const) {
      if (swap[key] < (register?.rolloverAt ?? Infinity)) continue
      add(drafts, [...at, key], `is not below \`rolloverAt\`, ${register?.rolloverAt}`, 'a count wraps before that')
    }
  }
}

function checkBoundary(drafts: Draft[], readable: Readable, name: string, sums: Sums): void {
  for (const sum of ['facility', 'it'] as const) {
    const seen = new Set<string>()
    let ratedW = 0
    for (const [index, term] of sums[sum].entries()) {
      if (term === undefined) continue
      const path = ['boundaries', name, sum, index]
      const point = pointAt(drafts, readable, path, term.point)
      if (seen.has(term.point)) add(drafts, path, `"${term.point}" is in this sum already`, 'it would count twice')
      seen.add(term.point)
      if (point?.unit === undefined) continue
      if (kindOf(point) === 'gauge')
        add(drafts, path, `"${term.point}" measures no energy`, `its unit is ${point.unit}`)
      ratedW += (point.maxKw ?? 0) * 1000 * term.factor
    }
    checkRange(drafts, readable, ['boundaries', name, sum], name, ratedW)
  }
}

/** Joules are kept as whole numbers: a window's sum must stay below 2^53, where they end. */
function checkRange(drafts: Draft[], { core }: Readable, path: string[], boundary: string, ratedW: number): void {
  for (const window of core.windows ?? []) {
    if (windowFault(window) !== undefined) continue
    const lengthS = windowLengthS(window) ?? CALENDAR_S[window] ?? 0
    if (ratedW * lengthS < Number.MAX_SAFE_INTEGER) continue
    const reason = `boundary "${boundary}": ${ratedW / 1e6} MW over window ${window} passes 2^53 J`
    add(drafts, path, reason, 'correct `maxKw`, shorten `core.windows` or divide the boundary')
    return
  }
}

function checkInlet(drafts: Draft[], readable: Readable, name: string, inlet: Inlet): void {
  for (const key of ['dryBulb', 'humidity', 'dewPoint', 'outlet'] as const) {
    const used = inlet[key]
    if (used === undefined) continue
    const path = ['inlets', name, key]
    const point = pointAt(drafts, readable, path, used)
    const quantity = key === 'humidity' ? 'humidity' : 'temperature'
    if (point?.unit === undefined || UNITS[point.unit]?.quantity === quantity) continue
    const units = Object.keys(UNITS).filter((unit) => UNITS[unit]?.quantity === quantity)
    add(drafts, path, `"${used}" is in ${point.unit}`, `a point in ${units.join(', ')} is needed here`)
  }
  const edition = readable.site.edition
  if (inlet.class === 'H1' && (edition === '2011' || edition === '2015')) {
    add(
      drafts,
      ['inlets', name, 'class'],
      `edition ${edition} has no class H1`,
      'set `site.edition` to 2021r, or a class A1 to A4',
    )
  }
}

/** A point that exists and was read; one that does not exist is a fault at `path`. */
function pointAt(drafts: Draft[], readable: Readable, path: PropertyKey[], name: string): Point | undefined {
  const { points } = readable
  if (!points.has(name) && !readable.mayBePoint(name))
    add(drafts, path, `there is no point "${name}"`, didYouMean(name, points.keys()))
  return points.get(name)
}
