import { limitDrafts } from './alarm-limits.ts'
import { alarmDrafts } from './alarm-rules.ts'
import { disclosureDrafts } from './reporting/disclosure.ts'
import { scheduledDrafts } from './reporting/scheduled.ts'
import { edgeDrafts } from './duties/edge.ts'
import type { Draft } from './faults.ts'
import { isLoopback, parseListenAddress } from './listen-address.ts'
import { plannedDrafts } from './duties/planned.ts'
import { notifyDrafts } from './notify.ts'
import { publishDrafts } from './duties/publish.ts'
import { wiringDrafts } from './points/wiring.ts'
import { kindOf } from './readable.ts'
import type { Point, Readable } from './readable.ts'
import { nameFault, windowFault, windowLengthS } from './strings.ts'
import { intensityDrafts } from './sums/intensities.ts'
import { productDrafts } from './sums/products.ts'
import { targetDrafts } from './sums/targets.ts'
import { checkTerms } from './terms.ts'
import type { PlainMap } from './document/document.ts'
import type { Amount } from '../core/contract/quotients.ts'
import { amountOfPoint, LARGEST_COUNT_J, meteredBase, toBase, UNITS } from '../ingest/units.ts'

/** Everything wrong that takes more than one member to see. */
export function checkConfig(readable: Readable): Draft[] {
  const drafts: Draft[] = []
  checkNames(drafts, readable)
  checkConnections(drafts, readable.written)
  drafts.push(
    ...edgeDrafts(readable.written),
    ...notifyDrafts(readable.written),
    ...publishDrafts(readable),
    ...plannedDrafts(readable),
    ...disclosureDrafts(readable),
    ...scheduledDrafts(readable),
    ...alarmDrafts(readable),
    ...limitDrafts(readable),
    ...wiringDrafts(readable),
  )
  checkPublicPage(drafts, readable)
  checkCore(drafts, readable.core)
  for (const [name, point] of readable.points) {
    checkTopic(drafts, readable, name, point.topic ?? '')
    checkPoint(drafts, name, point)
  }
  checkTerms(drafts, readable)
  drafts.push(...intensityDrafts(readable), ...productDrafts(readable), ...targetDrafts(readable))
  return drafts
}

function add(drafts: Draft[], path: PropertyKey[], reason: string, hint?: Draft['hint'], part?: Draft['part']): void {
  drafts.push({ path, part: part ?? 'content', reason, hint })
}

function checkNames(drafts: Draft[], readable: Readable): void {
  for (const section of ['points', 'boundaries', 'inlets', 'outdoor', 'halls'] as const) {
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
    const reason = 'url' in mqtt ? '`url` and `listen` exclude each other' : 'needs either `url` or `listen`'
    add(drafts, ['mqtt'], reason, hint, 'key')
  }
  for (const section of ['mqtt', 'influx', 'http']) {
    const link = sectionOf(written, section)
    if (link === undefined) continue
    if ('passwordFile' in link && !('username' in link)) {
      add(drafts, [section, 'passwordFile'], '`passwordFile` needs a `username`', 'add `username`', 'key')
    }
    if ('certFile' in link !== 'keyFile' in link) {
      const key = 'keyFile' in link ? 'keyFile' : 'certFile'
      add(drafts, [section, key], '`certFile` and `keyFile` go together', 'add the other or remove this one', 'key')
    }
    if ('tokenFile' in link && 'username' in link) {
      add(drafts, [section, 'tokenFile'], '`tokenFile` and `username` exclude each other', 'keep one of them', 'key')
    }
  }
  if (mqtt !== undefined && 'accountsFile' in mqtt) checkClients(drafts, mqtt)
  if (isOpen(mqtt) && !('username' in mqtt && 'passwordFile' in mqtt) && !('accountsFile' in mqtt)) {
    const hint = 'add `accountsFile`, or `username` and `passwordFile`, or listen on 127.0.0.1'
    add(drafts, ['mqtt', 'listen'], 'would be open to the network without an account', hint)
  }
  if (isOpen(mqtt) && !('certFile' in mqtt && 'keyFile' in mqtt)) {
    const hint = 'add `certFile` and `keyFile`, or listen on 127.0.0.1'
    add(drafts, ['mqtt', 'listen'], 'would be open to the network without TLS: others could read the passwords', hint)
  }
  checkHttp(drafts, sectionOf(written, 'http'))
}

function checkClients(drafts: Draft[], mqtt: PlainMap): void {
  const path = ['mqtt', 'accountsFile']
  if (!('listen' in mqtt)) {
    const hint = 'remove it: the accounts of another broker are its own'
    add(drafts, path, '`accountsFile` needs `listen`: it is of the embedded broker', hint, 'key')
  }
  if ('username' in mqtt) {
    const hint = 'give whoever uses `username` an account of its own: `coldaisle account device`'
    add(drafts, path, '`accountsFile` and `username` exclude each other', hint, 'key')
  }
}

/** What a visitor reads is of a boundary and a window that there are. */
function checkPublicPage(drafts: Draft[], { written, boundaries, core }: Readable): void {
  const page = sectionOf(sectionOf(written, 'http') ?? {}, 'publicPage')
  for (const name of Object.keys(sectionOf(page ?? {}, 'boundaries') ?? {})) {
    if (boundaries.has(name)) continue
    const hint = `one of ${[...boundaries.keys()].join(', ')}`
    add(drafts, ['http', 'publicPage', 'boundaries', name], `no boundary \`${name}\``, hint, 'key')
  }
  const known: readonly unknown[] = core.windows ?? []
  const shown = page?.['windows']
  for (const [place, window] of (Array.isArray(shown) ? shown : []).entries()) {
    if (typeof window !== 'string' || known.includes(window)) continue
    const hint = `one of ${known.join(', ')}`
    add(drafts, ['http', 'publicPage', 'windows', place], `no window ${window} in \`core.windows\``, hint)
  }
}

function checkHttp(drafts: Draft[], http: PlainMap | undefined): void {
  if (http === undefined) return
  if ('caFile' in http && !('certFile' in http)) {
    const reason = '`caFile` needs a `certFile`: without TLS no client can show a certificate'
    add(drafts, ['http', 'caFile'], reason, 'add `certFile` and `keyFile`', 'key')
  }
  if ('anonymous' in http && !('accountsFile' in http)) {
    const reason = '`anonymous` needs an `accountsFile`: without accounts nobody logs in'
    add(drafts, ['http', 'anonymous'], reason, 'add `accountsFile`, or remove this one', 'key')
  }
  if (!isOpen(http) || http['trustedProxy'] === true) return
  const others = 'or listen on 127.0.0.1, or `trustedProxy: true` if something in front decides who may see it'
  if (!('accountsFile' in http)) {
    const hint = `add \`accountsFile\` (\`coldaisle account add\` makes it), ${others}`
    add(drafts, ['http', 'listen'], 'would be open to the network without an account', hint)
  }
  if (!('certFile' in http && 'keyFile' in http)) {
    const hint = `add \`certFile\` and \`keyFile\`, ${others}`
    add(drafts, ['http', 'listen'], 'would be open to the network without TLS: others could read the passwords', hint)
  }
}

function sectionOf(written: PlainMap, name: string): PlainMap | undefined {
  const section = written[name]
  return typeof section === 'object' && section !== null && !Array.isArray(section) ? section : undefined
}

/** Whether a section listens on more than this machine. An address that is none is told elsewhere. */
function isOpen(section: PlainMap | undefined): section is PlainMap {
  const listen = section?.['listen']
  const address = typeof listen === 'string' ? parseListenAddress(listen) : undefined
  return address !== undefined && !isLoopback(address.host)
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
    else if (same !== undefined) add(drafts, path, `"${window}" is the same window as "${same}"`, 'keep one of them')
    else if (lengthS !== undefined && intervalS !== undefined && lengthS % intervalS !== 0) {
      add(drafts, path, `"${window}" is not a whole number of intervals`, `an interval has ${intervalS} s`)
    }
    seen.set(lengthS ?? window, window)
  }
}

/** A wildcard would have one point read what several devices send. A member of a template is one of them. */
function checkTopic(drafts: Draft[], { isTemplated }: Readable, name: string, topic: string): void {
  const path = ['points', name, 'topic']
  if (!/[+#]/.test(topic)) return
  if (!isTemplated(name)) {
    const hint = 'a point reads exactly one topic; braces and `templates` make many points'
    add(drafts, path, 'the topic has a wildcard', hint)
  } else if (topic.startsWith('spBv1.0/')) {
    add(drafts, path, 'the topic of a Sparkplug node has a wildcard', 'name group, node and device by columns')
  }
}

/** Roles by which powers are added up. */
const OF_ENERGY: ReadonlySet<string> = new Set(['facility', 'it', 'ups', 'distribution'])

/** What points count that is no energy. */
const OTHER_AMOUNTS = new Map<Amount | undefined, { is: string; hintMax: string; hintRole: string }>([
  ['water', { is: 'water', hintMax: 'remove it; `max` limits a flow', hintRole: 'use `role: water`, or remove it' }],
  ['intensity', { is: 'an intensity', hintMax: 'remove it; `max` limits it', hintRole: 'remove it' }],
  ['temperature', { is: 'a temperature', hintMax: 'remove it; `max` limits it', hintRole: 'remove it' }],
])

function checkPoint(drafts: Draft[], name: string, point: Point): void {
  const path = ['points', name]
  const kind = kindOf(point)
  if (typeof kind === 'object') add(drafts, [...path, 'unit'], kind.reason, kind.hint)
  else if (point.hold === true && (kind === 'register' || kind === 'mean' || kind === 'energy')) {
    add(drafts, [...path, 'hold'], `\`hold\` has no effect on a point of kind ${kind}`, 'remove `hold`', 'key')
  }
  if (point.min !== undefined && point.max !== undefined && point.min >= point.max) {
    add(
      drafts,
      [...path, 'max'],
      `must be above \`min\`, which is ${point.min}`,
      'as written, every reading would be refused',
    )
  }
  const other = OTHER_AMOUNTS.get(amountOfPoint(point))
  if (point.maxKw !== undefined && other !== undefined) {
    add(drafts, [...path, 'maxKw'], `is of power, and the point measures ${other.is}`, other.hintMax, 'key')
  }
  if (point.role !== undefined && OF_ENERGY.has(point.role) && other !== undefined) {
    const reason = `${point.role} is a role of meters of energy, and the point measures ${other.is}`
    add(drafts, [...path, 'role'], reason, other.hintRole)
  }
  const conversion = point.unit === undefined ? undefined : UNITS[point.unit]
  const rolloverAt = point.register?.rolloverAt
  if (conversion === undefined || rolloverAt === undefined) return
  if (toBase(meteredBase(conversion), rolloverAt) * (point.factor ?? 1) <= LARGEST_COUNT_J) return
  add(
    drafts,
    [...path, 'register', 'rolloverAt'],
    `${rolloverAt} ${point.unit} is more than can be counted exactly, 2^53 J (2.5 TWh)`,
    'correct it, or leave it out: such a count never wraps',
  )
}
