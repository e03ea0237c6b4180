import { readFileSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

import * as z from 'zod'

import { checkAir } from './air.ts'
import { checkConfig } from './checks.ts'
import { checkMeters } from './meters.ts'
import { inOrder, issueDrafts, placeFaults } from './faults.ts'
import type { Draft, Fault } from './faults.ts'
import type { Frozen } from './members.ts'
import { kindOf } from './readable.ts'
import type { Readable } from './readable.ts'
import { describeReloads } from './reload.ts'
import { salvage, toReadable } from './salvage.ts'
import * as schema from './schema.ts'
import { readIntensityFiles, withSteps } from './sums/intensity-file.ts'
import type { PointKind } from '../core/contract/plan.ts'
import { parseSparkplugTopic } from '../ingest/sparkplug/topics.ts'
import { formatPath, readDocument } from './document/document.ts'
import type { PlainMap } from './document/document.ts'
import { MAX_FILE_BYTES } from './document/include.ts'
import type { FileFault, ReadText } from './document/sources.ts'

export { formatFault } from './faults.ts'
export type { Fault } from './faults.ts'
export { windowLengthS } from './strings.ts'

type Whole = z.output<typeof schema.config>

/** A point as configured, its kind resolved. `min`, `max` and `register.rolloverAt` are in the point's own unit. */
export type PointConfig = Frozen<Omit<z.output<typeof schema.point>, 'kind'> & { kind: PointKind }>

/** A quotient of two sums of terms (terms.ts). */
type BoundaryConfig = Frozen<z.output<typeof schema.boundary>>

/** Where air enters a rack: the points that say its state, and where it stands. */
type InletConfig = Frozen<z.output<typeof schema.inlet> & { rack: string }>

/**
 * A configuration that passed every check, with its defaults, deeply frozen. Paths are absolute, `journalBytes` is a
 * number, seconds end in S. The records have no prototype, so a name from outside can be looked up as it is.
 */
export type Config = Frozen<Omit<Whole, 'points' | 'boundaries' | 'inlets'>> & {
  readonly points: Readonly<Record<string, PointConfig>>
  readonly boundaries: Readonly<Record<string, BoundaryConfig>>
  readonly inlets: Readonly<Record<string, InletConfig>>
}

/** Finds more, such as files that are named and not there, or sums that are hardly meant; `folder`: of the file. */
export type AlsoCheck = (readable: Readable, folder: string) => Draft[]

/** How a configuration's text is read. */
interface ParseOptions {
  /** The file that the text stands in: faults name it, and relative paths begin in its folder. */
  file?: string
  /** What `${VAR}` is replaced from. */
  env?: Readonly<Record<string, string | undefined>>
  alsoCheck?: AlsoCheck
  /** Where the files that it names come from; absent: from the disk. */
  readText?: ReadText
}

/** Reads a file and parses it as `parseConfig` does. A file that cannot be read is a fault too. */
export function readConfig(
  file: string,
  env: Readonly<Record<string, string | undefined>>,
  alsoCheck: AlsoCheck = () => [],
): { config: Config } | { faults: Fault[] } {
  const text = textOnDisk(file, MAX_FILE_BYTES, 'write --config FILE, or set COLDAISLE_CONFIG')
  if (typeof text === 'object') return { faults: [{ file, line: 1, column: 1, path: '', ...text }] }
  return parseConfig(text, { file, env, alsoCheck })
}

/** Gives the configuration that a text holds, checked, or everything that is wrong with it in the order of the text. */
export function parseConfig(
  text: string,
  { file = 'site.yaml', env = {}, alsoCheck = () => [], readText = textOnDisk }: ParseOptions = {},
): { config: Config } | { faults: Fault[] } {
  const document = readDocument(text, env, { file, readText })
  if (!('root' in document)) return { faults: inOrder(file, document.faults) }
  const parsed = schema.config.safeParse(document.root)
  const readable = parsed.success ? toReadable(parsed.data, document) : salvage(document)
  const tables = readIntensityFiles(readable, dirname(file), readText)
  const drafts = [
    ...issueDrafts(parsed.error?.issues ?? [], document.root),
    ...checkConfig(readable),
    ...checkMeters(readable),
    ...checkAir(readable),
    ...tables.drafts,
    ...alsoCheck(readable, dirname(file)),
  ]
  const faults = inOrder(file, [...document.faults, ...placeFaults(document, drafts)])
  if (parsed.success && faults.length === 0) {
    const intensities = withSteps(parsed.data.intensities, tables.steps)
    return { config: deepFreeze(resolveConfig({ ...parsed.data, intensities }, dirname(file))) }
  }
  return { faults }
}

/**
 * Gives a configuration whose `sections` come from elsewhere, such as a journal, and all others from `around`; or says
 * in a line what is wrong with them.
 */
export function parseSections(sections: object, around: Config): { config: Config } | { fault: string } {
  const root = { ...sections } as PlainMap
  const parsed = schema.config.safeParse(root)
  const readable = parsed.success
    ? toReadable(parsed.data, { root, mayHold: () => false, rowOf: () => undefined })
    : undefined
  const drafts =
    readable === undefined
      ? issueDrafts(parsed.error?.issues ?? [], root)
      : [...checkConfig(readable), ...checkMeters(readable), ...checkAir(readable)]
  const [first] = drafts
  if (first !== undefined) return { fault: `${formatPath(first.path)}: ${first.reason}` }
  if (!parsed.success) return { fault: 'is no configuration' }
  const whole = resolveConfig(parsed.data, '')
  const own = Object.fromEntries(Object.keys(root).map((key) => [key, whole[key as keyof Config]]))
  return { config: deepFreeze({ ...around, ...own }) }
}

/** JSON Schema of the file as it is written, braces and variables included: for editors. */
export function jsonSchema(): object {
  const root = z.toJSONSchema(schema.config, { io: 'input', unrepresentable: 'any' })
  describeReloads(root)
  return root
}

/** Whether a file ends with YAML's end mark, a line of three dots; false where it cannot be read. */
export function hasEndMark(file: string): boolean {
  const text = textOnDisk(file, MAX_FILE_BYTES)
  return typeof text === 'string' && /(^|\n)\.\.\.\s*$/.test(text)
}

const INCLUDED = 'a relative path begins in the folder of the file that names it'

/** `hint`: what to do where there is no such file. */
function textOnDisk(file: string, mostBytes: number, hint = INCLUDED): string | FileFault {
  try {
    const stats = statSync(file)
    if (!stats.isFile()) return { reason: 'is not a file', hint: 'name a file' }
    if (stats.size > mostBytes) {
      return {
        reason: `is larger than ${mostBytes} bytes`,
        hint: 'braces such as {01..40} make many points of one line',
      }
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file))
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const code = 'code' in error ? error.code : undefined
    if (code === 'ENOENT') return { reason: 'there is no such file', hint }
    if (code === 'EACCES') return { reason: 'cannot be read: permission denied', hint: 'check its owner and mode' }
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return { reason: 'is not UTF-8', hint: 'save it as UTF-8' }
    return { reason: `cannot be read: ${error.message}`, hint: undefined }
  }
}

function resolveConfig(whole: Whole, folder: string): Config {
  return {
    ...whole,
    ...(whole.mqtt !== undefined && { mqtt: resolveFiles(whole.mqtt, folder) }),
    ...(whole.influx !== undefined && { influx: resolveFiles(whole.influx, folder) }),
    ...(whole.edge !== undefined && { edge: { ...whole.edge, nats: resolveFiles(whole.edge.nats, folder) } }),
    notify: resolveNotify(whole.notify, folder),
    store: resolveFiles(whole.store, folder),
    http: resolveFiles(whole.http, folder),
    schedule: {
      backup: resolveFiles(whole.schedule.backup, folder),
      report: resolveFiles(whole.schedule.report, folder),
      reports: whole.schedule.reports.map((report) => resolveFiles(report, folder)),
    },
    points: mapRecord(whole.points, resolvePoint),
    virtual: mapRecord(whole.virtual, (term) => term),
    boundaries: mapRecord(whole.boundaries, (boundary) => boundary),
    halls: mapRecord(whole.halls, (hall) => hall),
    inlets: mapRecord(whole.inlets, (inlet, name) => ({ ...inlet, rack: inlet.rack ?? name })),
  }
}

function resolvePoint(point: Whole['points'][string], name: string): PointConfig {
  const kind = kindOf(point)
  if (typeof kind !== 'string') throw new Error(`point ${name} passed the checks without a kind`)
  // A node that is gone is one alarm
  const node = parseSparkplugTopic(point.topic)?.node
  return { ...point, ...(node !== undefined && { gateway: point.gateway ?? node }), kind }
}

function resolveNotify(
  { alertmanager, heartbeat, webhooks, emails, schedules, ...rest }: Whole['notify'],
  folder: string,
): Whole['notify'] {
  return {
    ...rest,
    webhooks: webhooks.map((webhook) => resolveFiles(webhook, folder)),
    emails: emails.map((email) => resolveFiles(email, folder)),
    schedules: mapRecord(schedules, (schedule) => schedule),
    ...(alertmanager !== undefined && { alertmanager: resolveFiles(alertmanager, folder) }),
    ...(heartbeat !== undefined && { heartbeat: resolveFiles(heartbeat, folder) }),
  }
}

/** Makes every path in a section absolute; paths are `path` and the keys that end in File. */
function resolveFiles<Section extends object>(section: Section, folder: string): Section {
  const resolved = { ...section }
  for (const key in resolved) {
    const path = resolved[key]
    if ((key === 'path' || key.endsWith('File')) && typeof path === 'string')
      Object.assign(resolved, { [key]: resolve(folder, path) })
  }
  return resolved
}

function mapRecord<From, To>(record: Record<string, From>, map: (entry: From, name: string) => To): Record<string, To> {
  const mapped = Object.create(null) as Record<string, To>
  for (const [name, entry] of Object.entries(record)) mapped[name] = map(entry, name)
  return mapped
}

function deepFreeze<T>(node: T): T {
  if (typeof node !== 'object' || node === null || Object.isFrozen(node)) return node
  for (const member of Object.values(node)) deepFreeze(member)
  return Object.freeze(node)
}
