import { createHash } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { parseSections, type Config } from '../config/config.ts'
import { horizonIntervals } from '../core/contract/plan.ts'
import type { Core } from '../core/state.ts'
import { readOwnEntry, type OwnEntry } from '../ingest/own-entry.ts'
import type { Payload } from '../ingest/root.ts'
import { createSite, type Site } from '../site/site.ts'
import type { Ruling } from '../site/terms.ts'

/**
 * Configurations in the order in which they were loaded. Each is in force from the first interval that was not closed
 * when it came; intervals that had closed keep the sums of theirs:
 *
 * ```
 * loads[0]           loads[1]              loads[2], in force
 *          | from              | from                          interval
 * ```
 *
 * A load that changes nothing is none.
 */
export interface Load {
  readonly from: number
  readonly digest: string
  readonly config: Config
  /** A recompute took it for the intervals before `until` only: for all of them, or by its dates. */
  readonly recomputed?: { readonly until: number; readonly by: Ruling['by'] }
}

/** Sections that decide what is made of readings. */
const SECTIONS = [
  ...(['site', 'core', 'points', 'ignore', 'virtual', 'boundaries', 'inlets', 'halls', 'gateways'] as const),
  ...(['intensities', 'heats', 'allocations', 'outdoor'] as const),
  ...(['alarms', 'rows', 'limits'] as const),
] as const

/** A configuration as the journal has it is packed from so many characters on, and left out beyond so many. */
const PLAIN_CHARS = 200_000
const MOST_CHARS = 900_000

/** No more loads are kept; of what was closed under older ones the sums stay as they are by the oldest that is. */
const MOST_LOADS = 32

/** What an entry of the journal says of a configuration that is loaded. */
export function configurationEntry(config: Config): OwnEntry {
  const text = textOf(config)
  const digest = digestOf(text)
  if (text.length <= PLAIN_CHARS) return { configuration: { digest, of: JSON.parse(text) as object } }
  const packed = deflateRawSync(text).toString('base64')
  return { configuration: packed.length <= MOST_CHARS ? { digest, packed } : { digest } }
}

/** A number for what of a configuration decides what is made of readings: SHA-256, in hexadecimal. */
export function configurationDigest(config: Config): string {
  return digestOf(textOf(config))
}

/** The sections of a configuration that decide what is made of readings. */
export function configurationSections(config: Config): object {
  return JSON.parse(textOf(config)) as object
}

/** The sections of a configuration that decide what is made of readings, as JSON. */
function textOf(config: Config): string {
  return JSON.stringify(Object.fromEntries(SECTIONS.map((section) => [section, config[section]])))
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** What a payload of ours says of a configuration; undefined: it is another entry. */
export function configurationIn(payload: Payload): { digest: string; of?: object; packed?: string } | undefined {
  const entry = readOwnEntry(payload)
  return entry !== undefined && 'configuration' in entry ? entry.configuration : undefined
}

/** The configuration of an entry, with all other sections from `around`; or why there is none. */
export function loadedConfig(
  { of, packed }: { of?: object; packed?: string },
  around: Config,
): { config: Config } | { fault: string } {
  const sections = of ?? unpacked(packed)
  if (sections === undefined) return { fault: 'is not in the journal' }
  return parseSections(Object.fromEntries(Object.entries(sections).filter(([name]) => isSection(name))), around)
}

function isSection(name: string): boolean {
  return SECTIONS.some((section) => section === name)
}

/** More than any configuration comes to. */
const MOST_BYTES = 100_000_000

function unpacked(packed: string | undefined): object | undefined {
  if (packed === undefined) return undefined
  try {
    const text = inflateRawSync(Buffer.from(packed, 'base64'), { maxOutputLength: MOST_BYTES }).toString()
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined
  } catch {
    return undefined
  }
}

/** The loads behind one more. Those that no correction reaches any more are let go. */
export function addLoad(loads: readonly Load[], core: Core, config: Config, digest: string): Load[] {
  const { nextClose, hasClosed, plan } = core
  if (!hasClosed || config.core.intervalS * 1000 !== plan.lengthMs) return [{ from: -Infinity, digest, config }]
  const oldest = nextClose - horizonIntervals(plan, 'energy')
  const ends = endsOf(loads, nextClose)
  const reached = loads.filter((_, n) => (ends[n] ?? nextClose) > oldest)
  return [...reached.slice(1 - MOST_LOADS), { from: nextClose, digest, config }]
}

/** Until when each load counts: until the next one, or as a recompute took it. */
function endsOf(loads: readonly Load[], last: number): number[] {
  const starts = loads.filter(({ recomputed }) => recomputed === undefined)
  return loads.map((load) => load.recomputed?.until ?? starts[starts.indexOf(load) + 1]?.from ?? last)
}

/** The load in force: the last one that no recompute brought. */
export function loadInForce(loads: readonly Load[]): Load | undefined {
  return loads.findLast(({ recomputed }) => recomputed === undefined)
}

/** The site of the configuration in force, which knows by which ones its intervals are summed. */
export function siteOfLoads(loads: readonly Load[]): Site | undefined {
  const inForce = loadInForce(loads)
  if (inForce === undefined) return undefined
  const rulings = loads.map(({ config, from, recomputed }): Ruling => ({
    config,
    from,
    until: recomputed?.until ?? Infinity,
    by: recomputed?.by ?? 'all',
  }))
  return createSite(inForce.config, rulings)
}

interface SavedLoad extends Pick<Load, 'digest' | 'recomputed'> {
  /** Null: from the beginning on. */
  from: number | null
  of: object
}

/** Loads as a snapshot has them. */
export function loadsToBytes(loads: readonly Load[]): Uint8Array {
  const saved = loads.map(({ from, config, ...load }): SavedLoad => ({
    ...load,
    from: from === -Infinity ? null : from,
    of: JSON.parse(textOf(config)) as object,
  }))
  return new TextEncoder().encode(JSON.stringify(saved))
}

/** Loads of a snapshot; none where this release cannot read one of them. `around` has the other sections. */
export function loadsFromBytes(bytes: Uint8Array, around: Config): Load[] {
  const own = configurationDigest(around)
  const saved = JSON.parse(new TextDecoder().decode(bytes)) as SavedLoad[]
  const loads = saved.flatMap(({ from, of, ...load }): Load[] => {
    const read = load.digest === own ? { config: around } : loadedConfig({ of }, around)
    return 'fault' in read ? [] : [{ ...load, from: from ?? -Infinity, config: read.config }]
  })
  return loads.length === saved.length ? loads : []
}
