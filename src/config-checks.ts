import type { z } from 'zod'

import { didYouMean } from './config-faults.ts'
import type { Draft } from './config-faults.ts'
import type * as schema from './config-schema.ts'
import { nameFault, windowLengthS } from './config-strings.ts'
import { UNITS } from './ingest/units.ts'

/** What a point's readings are: power, a running energy count, mean power or energy of an interval, or a state of the air. */
export type PointKind = 'power' | 'register' | 'mean' | 'energy' | 'gauge'

type Whole = z.output<typeof schema.config>
type Point = z.output<typeof schema.point>
type Boundary = z.output<typeof schema.boundary>
type Inlet = z.output<typeof schema.inlet>

/** As much of a configuration as its schema accepts: a section or an entry that it refuses is undefined, its name is known. */
export interface Readable {
  site: Whole['site'] | undefined
  mqtt: Whole['mqtt'] | undefined
  influx: Whole['influx'] | undefined
  http: Whole['http'] | undefined
  core: Whole['core'] | undefined
  points: ReadonlyMap<string, Point | undefined>
  boundaries: ReadonlyMap<string, Boundary | undefined>
  inlets: ReadonlyMap<string, Inlet | undefined>
}

const CALENDAR_S: Readonly<Record<string, number>> = { day: 25 * 3600, month: 31 * 86_400 + 3600, year: 366 * 86_400 }
const LOOPBACK = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\]):/

/** Everything wrong that takes more than one member to see. */
export function checkConfig(readable: Readable): Draft[] {
  const drafts: Draft[] = []
  checkNames(drafts, readable)
  checkConnections(drafts, readable)
  if (readable.core !== undefined) checkCore(drafts, readable.core)
  for (const [name, point] of readable.points) if (point !== undefined) checkPoint(drafts, name, point)
  for (const [name, boundary] of readable.boundaries) {
    if (boundary !== undefined) checkBoundary(drafts, readable, name, boundary)
  }
  for (const [name, inlet] of readable.inlets) if (inlet !== undefined) checkInlet(drafts, readable, name, inlet)
  return drafts
}

/** The kind of a point: told by its unit and `register` where they leave no choice. A string says why there is none. */
export function kindOf(point: Point): PointKind | { reason: string; hint: string } {
  const quantity = UNITS[point.unit]?.quantity
  const { kind, unit } = point
  if (quantity === 'power') {
    if (point.register !== undefined || kind === 'register' || kind === 'energy') {
      return { reason: `${unit} is a unit of power, not of energy`, hint: 'use Wh, kWh, MWh or J, or remove it' }
    }
    if (kind === undefined || kind === 'power' || kind === 'mean') return kind ?? 'power'
  } else if (quantity === 'energy') {
    if (kind === 'register' || (kind === undefined && point.register !== undefined)) return 'register'
    if (kind === 'energy' && point.register === undefined) return 'energy'
    if (kind === undefined) {
      const hint = 'add `register: {}` for a running count, or `kind: energy` for the energy of each interval'
      return { reason: `${unit} alone does not say what is counted`, hint }
    }
  } else {
    if (kind === undefined || kind === 'gauge') {
      if (point.register === undefined) return 'gauge'
      return { reason: `${unit} is not a unit of energy`, hint: 'remove `register`' }
    }
  }
  const register = point.register === undefined ? '' : ' with a register'
  return { reason: `a point in ${unit}${register} cannot be \`${kind ?? ''}\``, hint: 'remove `kind`' }
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

function checkConnections(drafts: Draft[], { mqtt, influx, http }: Readable): void {
  if (mqtt !== undefined && (mqtt.url === undefined) === (mqtt.listen === undefined)) {
    const hint = '`url` for a broker that you have, `listen` for the embedded one'
    add(drafts, ['mqtt'], 'needs either `url` or `listen`', hint, 'key')
  }
  for (const [section, link] of Object.entries({ mqtt, influx })) {
    if (link === undefined) continue
    if (link.passwordFile !== undefined && link.username === undefined) {
      add(drafts, [section, 'passwordFile'], 'a password without `username`', 'add `username`', 'key')
    }
    if ((link.certFile === undefined) !== (link.keyFile === undefined)) {
      const key = link.certFile === undefined ? 'keyFile' : 'certFile'
      add(drafts, [section, key], '`certFile` and `keyFile` go together', 'add the other or remove this one', 'key')
    }
  }
  if (influx?.tokenFile !== undefined && influx.username !== undefined) {
    add(drafts, ['influx', 'tokenFile'], 'a token besides `username`', 'keep one of them', 'key')
  }
  if (mqtt?.listen !== undefined && !LOOPBACK.test(mqtt.listen) && mqtt.passwordFile === undefined) {
    const hint = 'add `username` and `passwordFile`, or listen on 127.0.0.1'
    add(drafts, ['mqtt', 'listen'], 'open to the network without an account', hint)
  }
  if (http !== undefined && !LOOPBACK.test(http.listen) && !http.trustedProxy) {
    const hint = 'listen on 127.0.0.1, or `trustedProxy: true` if something in front decides who may see it'
    add(drafts, ['http', 'listen'], 'open to the network without an account', hint)
  }
}

function checkCore(drafts: Draft[], core: Whole['core']): void {
  const { intervalS } = core
  if (900 % intervalS !== 0) {
    add(drafts, ['core', 'intervalS'], `${intervalS} s does not divide 15 min`, 'such as 10, 20, 30, 60, 300, 900')
  }
  const seen = new Map<string | number, string>()
  for (const [index, window] of core.windows.entries()) {
    const path = ['core', 'windows', index]
    const lengthS = windowLengthS(window)
    const same = seen.get(lengthS ?? window)
    if (same !== undefined) add(drafts, path, `"${window}" is there already, as "${same}"`, 'keep one')
    else if (lengthS !== undefined && lengthS % intervalS !== 0) {
      add(drafts, path, `"${window}" is not a whole number of intervals of ${intervalS} s`)
    }
    seen.set(lengthS ?? window, window)
  }
}

function checkPoint(drafts: Draft[], name: string, point: Point): void {
  const path = ['points', name]
  const kind = kindOf(point)
  if (typeof kind === 'object') add(drafts, [...path, 'unit'], kind.reason, kind.hint)
  else if (point.hold && kind !== 'power' && kind !== 'gauge') {
    add(drafts, [...path, 'hold'], `a ${kind} point does not hold its last reading`, 'remove `hold`', 'key')
  }
  if (point.min !== undefined && point.max !== undefined && point.min >= point.max) {
    add(drafts, [...path, 'max'], `not above \`min\`, ${point.min}`, 'every reading would be refused')
  }
}

function checkBoundary(drafts: Draft[], readable: Readable, name: string, boundary: Boundary): void {
  for (const sum of ['facility', 'it'] as const) {
    const seen = new Set<string>()
    let ratedW = 0
    for (const [index, term] of boundary[sum].entries()) {
      const path = ['boundaries', name, sum, index]
      const point = pointAt(drafts, readable, path, term.point)
      if (seen.has(term.point)) add(drafts, path, `"${term.point}" is in this sum already`, 'it would count twice')
      seen.add(term.point)
      if (point === undefined) continue
      const kind = kindOf(point)
      if (kind === 'gauge') add(drafts, path, `"${term.point}" measures no energy`, `its unit is ${point.unit}`)
      ratedW += (point.maxKw ?? 0) * 1000 * term.factor
    }
    checkRange(drafts, readable, ['boundaries', name, sum], name, ratedW)
  }
}

/** Joules are kept as whole numbers: a window's sum must stay below 2^53, where they end. */
function checkRange(drafts: Draft[], { core }: Readable, path: string[], boundary: string, ratedW: number): void {
  if (core === undefined) return
  for (const window of core.windows) {
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
    if (point === undefined || UNITS[point.unit]?.quantity === quantity) continue
    const units = Object.keys(UNITS).filter((unit) => UNITS[unit]?.quantity === quantity)
    add(drafts, path, `"${used}" is in ${point.unit}`, `a point in ${units.join(', ')} is needed here`)
  }
  const edition = readable.site?.edition
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
function pointAt(drafts: Draft[], { points }: Readable, path: PropertyKey[], name: string): Point | undefined {
  if (!points.has(name)) add(drafts, path, `there is no point "${name}"`, didYouMean(name, points.keys()))
  return points.get(name)
}
