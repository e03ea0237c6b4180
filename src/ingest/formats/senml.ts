/** A resolved SenML record (RFC 8428): whole name, its own unit, values with their base, time in epoch ms. */
interface SenmlRecord {
  n: string
  u: string | undefined
  v: number | undefined
  vs: string | undefined
  vb: boolean | undefined
  s: number | undefined
  /** The same as `v`: what a point reads that has no `at`. */
  value: number | undefined
  ts: number | undefined
}

/** What a pack has said last of its base fields. */
interface Base {
  bn: string
  bu: string | undefined
  bt: number
  bv: number
  bs: number
}

/** A record has at most one of them (section 4.2). */
const ONE_OF = ['v', 'vs', 'vb', 'vd']
/** Units that elsewhere are degrees (section 12.1): degrees Celsius are `Cel`. */
const NOT_DEGREES: Readonly<Record<string, string>> = { C: 'coulomb', F: 'farad' }
/** The newest version of the format that is known. */
const VERSION = 10
/** Times below count from now (section 4.5.3). */
const RELATIVE_S = 2 ** 28
/** A name's characters (section 4.5.1). */
const NAME = /^[A-Za-z0-9][A-Za-z0-9\-:./_]*$/

/**
 * The records of a pack with its base fields resolved into each (RFC 8428, section 4.6). A record that is none, or has
 * no name, stands there as text. Undefined for what is no pack, and for one that must not be read without knowing
 * more: a newer version, or a field whose name ends with `_`.
 */
export function recordsOfPack(pack: unknown, nowMs: number): (SenmlRecord | string)[] | undefined {
  if (!Array.isArray(pack)) return undefined
  const base: Base = { bn: '', bu: undefined, bt: 0, bv: 0, bs: 0 }
  const records: (SenmlRecord | string)[] = []
  for (const written of pack as unknown[]) {
    if (typeof written !== 'object' || written === null || Array.isArray(written)) return undefined
    const fields = written as Readonly<Record<string, unknown>>
    if (Object.keys(fields).some((key) => key.endsWith('_')) || !isOf(fields['bver'], VERSION)) return undefined
    if (!takeBase(base, fields)) return undefined
    if (isBaseAlone(fields)) continue
    records.push(resolve(base, fields, nowMs) ?? JSON.stringify(written))
  }
  return records
}

function isOf(version: unknown, newest: number): boolean {
  return version === undefined || (typeof version === 'number' && version <= newest)
}

/** Gives whether all base fields of a record are of their types. */
function takeBase(base: Base, { bn, bu, bt, bv, bs }: Readonly<Record<string, unknown>>): boolean {
  if (bn !== undefined && typeof bn !== 'string') return false
  if (bu !== undefined && typeof bu !== 'string') return false
  if (!isNumberOrNone(bt) || !isNumberOrNone(bv) || !isNumberOrNone(bs)) return false
  base.bn = bn ?? base.bn
  base.bu = bu ?? base.bu
  base.bt = bt ?? base.bt
  base.bv = bv ?? base.bv
  base.bs = bs ?? base.bs
  return true
}

function isBaseAlone(fields: Readonly<Record<string, unknown>>): boolean {
  return ['v', 'vs', 'vb', 'vd', 's'].every((key) => fields[key] === undefined)
}

function resolve(base: Base, fields: Readonly<Record<string, unknown>>, nowMs: number): SenmlRecord | undefined {
  const { n = '', u = base.bu, t = 0, v, s, vs, vb } = fields
  if (typeof n !== 'string' || typeof t !== 'number' || !isNumberOrNone(v) || !isNumberOrNone(s)) return undefined
  if (u !== undefined && typeof u !== 'string') return undefined
  const name = base.bn + n
  if (!NAME.test(name) || ONE_OF.filter((key) => fields[key] !== undefined).length > 1) return undefined
  const value = v === undefined ? undefined : v + base.bv
  const sum = s === undefined ? undefined : s + base.bs
  return {
    n: name,
    u: u === undefined ? undefined : (NOT_DEGREES[u] ?? u),
    v: value,
    vs: typeof vs === 'string' ? vs : undefined,
    vb: typeof vb === 'boolean' ? vb : undefined,
    s: sum,
    value,
    ts: timeOf(base.bt + t, nowMs),
  }
}

/** Epoch ms; undefined for a record of this moment, whose time is that of its arrival. */
function timeOf(seconds: number, nowMs: number): number | undefined {
  if (seconds === 0) return undefined
  // The sum of two doubles may stand a little beside the millisecond that both were written with
  const ms = Math.floor(Math.round(seconds * 1e6) / 1e3)
  return seconds < RELATIVE_S ? nowMs + ms : ms
}

function isNumberOrNone(written: unknown): written is number | undefined {
  return written === undefined || typeof written === 'number'
}
