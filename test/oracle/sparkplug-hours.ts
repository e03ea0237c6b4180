import { createRandom, type Random } from '../../simulators/random.ts'
import type { Packet } from '../../src/ingest/recording.ts'
import { DOUBLE, payloadOf, TYPES, type SentMetric } from '../ingest/sparkplug-bytes.ts'

/**
 * Ten hours of a Sparkplug node, with what happens to it and to its messages on their way. Its four meters have powers of
 * their own, far from each other: a reading at the wrong one is seen by its value.
 */
interface Hours {
  /** Packets as they arrive, and what each of them means. */
  packets: Packet[]
  sent: Sent[]
}

interface Reading {
  point: string
  tMs: number
  kw: number
}

/** A message of the node, as it knows it itself. */
export interface Sent {
  readonly nowMs: number
  readonly says: 'node birth' | 'device birth' | 'aliases' | 'names' | 'death'
  readonly device: string
  /** Of all its messages, without end; NaN: of a death. */
  readonly serial: number
  readonly session: number
  /** Which aliases its device uses. */
  readonly aliases: string
  readonly readings: readonly Reading[]
}

type Way = 'comes' | 'is lost' | 'is overtaken'

const BEGAN_MS = Date.UTC(2026, 2, 2, 8)
export const EVERY_MS = 30_000
const STEPS = 1_200
export const DEVICES: Readonly<Record<string, readonly string[]>> = { m1: ['fac', 'it'], m2: ['ups', 'cool'] }
export const POINTS = Object.values(DEVICES).flat()
const USUAL_KW: Readonly<Record<string, number>> = { fac: 150, it: 90, ups: 40, cool: 12 }
const TROUBLES = ['losses', 'losses, other aliases', 'death', 'away', 'away, reborn', 'reborn', 'overtaken'] as const

/** What a meter shows at a time, kW. */
function kwAt(point: string, tMs: number): number {
  const turn = tMs / 3_600_000 + POINTS.indexOf(point)
  return Math.round(1000 * (USUAL_KW[point] ?? 0) * (1 + 0.1 * Math.sin(turn))) / 1000
}

interface Node {
  hours: Hours
  serial: number
  seq: number
  session: number
  aliases: readonly number[]
  /** A message that the next one overtakes. */
  overtaken: (() => void) | undefined
}

function readingsAt(device: string, tMs: number): Reading[] {
  return (DEVICES[device] ?? []).map((point) => ({ point, tMs, kw: kwAt(point, tMs) }))
}

type Said = Pick<Sent, 'nowMs' | 'says' | 'device' | 'readings'>

function say(node: Node, metrics: SentMetric[], said: Said, way: Way): void {
  const { hours, serial, seq, session, overtaken } = node
  const aliases = (DEVICES[said.device] ?? []).map((point) => aliasOf(node, point)).join()
  const verb = { 'node birth': 'NBIRTH', 'device birth': 'DBIRTH', aliases: 'DDATA', names: 'DDATA', death: 'NDEATH' }
  const topic = `spBv1.0/DC/${verb[said.says]}/edge${said.device === '' ? '' : `/${said.device}`}`
  const isDeath = said.says === 'death'
  const payload = payloadOf({ tMs: said.nowMs, ...(!isDeath && { seq }), metrics })
  const arrive = () => {
    hours.packets.push({ nowMs: said.nowMs, topic, payload, retain: false })
    hours.sent.push({ ...said, serial: isDeath ? NaN : serial, session, aliases })
  }
  if (!isDeath) {
    node.seq = (seq + 1) % 256
    node.serial++
  }
  if (way === 'is overtaken') node.overtaken = arrive
  if (way !== 'comes') return
  arrive()
  overtaken?.()
  node.overtaken = undefined
}

function bear(node: Node, tMs: number, way: Way): void {
  node.seq = 0
  const session: SentMetric = { name: 'bdSeq', datatype: TYPES.UInt64, long: BigInt(node.session) }
  say(node, [session], { nowMs: tMs, says: 'node birth', device: '', readings: [] }, way)
  for (const device of Object.keys(DEVICES)) {
    const readings = readingsAt(device, tMs)
    const metrics = readings.map(({ point, kw }) => ({
      name: point,
      alias: aliasOf(node, point),
      datatype: DOUBLE,
      double: kw,
    }))
    say(node, metrics, { nowMs: tMs, says: 'device birth', device, readings }, way)
  }
}

function aliasOf({ aliases }: Node, point: string): number {
  return aliases[POINTS.indexOf(point)] ?? 0
}

function tellAll(node: Node, tMs: number, wayOf: (device: string) => Way): void {
  for (const device of Object.keys(DEVICES)) {
    const readings = readingsAt(device, tMs)
    const metrics = readings.map(({ point, kw }) => ({ alias: aliasOf(node, point), double: kw }))
    say(node, metrics, { nowMs: tMs, says: 'aliases', device, readings }, wayOf(device))
  }
}

function die(node: Node, tMs: number): void {
  const metrics = [{ name: 'bdSeq', long: BigInt(node.session) }]
  say(node, metrics, { nowMs: tMs, says: 'death', device: '', readings: [] }, 'comes')
}

function tellAgain(node: Node, fromMs: number, toMs: number): void {
  for (const device of Object.keys(DEVICES)) {
    for (let tMs = fromMs; tMs <= toMs; tMs += EVERY_MS) {
      const readings = readingsAt(device, tMs)
      const metrics = readings.map(({ point, kw }) => ({
        name: point,
        datatype: DOUBLE,
        double: kw,
        tMs,
        isHistorical: true,
      }))
      say(node, metrics, { nowMs: toMs, says: 'names', device, readings }, 'comes')
    }
  }
}

/** `again`: what may not have been heard is sent again, as history, once a trouble is over; `calm`: there is none. */
export function tenHours(seed: number, { again = false, calm = false } = {}): Hours {
  const random = createRandom(seed)
  const hours: Hours = { packets: [], sent: [] }
  const node: Node = { hours, serial: 0, seq: 0, session: 1, aliases: [1, 2, 3, 4], overtaken: undefined }
  bear(node, BEGAN_MS, 'comes')
  for (let step = 1; step < STEPS;) {
    const quiet = Math.min(step + random.int(4, 20), STEPS)
    for (; step < quiet; step++) tellAll(node, BEGAN_MS + step * EVERY_MS, () => 'comes')
    if (calm || step >= STEPS - 40) continue
    step = trouble(node, random, step, again)
  }
  return hours
}

/** What happens from a step on; gives the one behind it. */
function trouble(node: Node, random: Random, from: number, again: boolean): number {
  const what = random.pick(TROUBLES)
  const steps = random.int(2, 18)
  const toMs = BEGAN_MS + (from + steps - 1) * EVERY_MS
  const anew = () => (node.aliases = random.shuffle(node.aliases))
  for (let n = 0; n < steps; n++) {
    const tMs = BEGAN_MS + (from + n) * EVERY_MS
    if (what === 'death') {
      if (n === 0) die(node, tMs)
      continue
    }
    if (what === 'away, reborn' && n === steps >> 1) {
      die(node, tMs) // at QoS 1: the broker keeps it for whoever has a session
      node.session++
      anew()
      bear(node, tMs, 'is lost')
    }
    tellAll(node, tMs, (device) => {
      if (what === 'overtaken') return device === 'm1' && random.chance(0.5) ? 'is overtaken' : 'comes'
      if (what.startsWith('losses')) return n === 0 || random.chance(0.5) ? 'is lost' : 'comes'
      return what.startsWith('away') && n < steps - 1 ? 'is lost' : 'comes'
    })
  }
  if (what === 'death') node.session++
  if (what === 'death' || what === 'reborn' || what === 'losses, other aliases') anew()
  if (what !== 'overtaken') bear(node, toMs, 'comes')
  if (what !== 'overtaken' && again) tellAgain(node, BEGAN_MS + from * EVERY_MS, toMs)
  return from + steps
}
