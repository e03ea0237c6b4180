import { createWriteStream } from 'node:fs'
import { rename, rm, writeFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { createGzip } from 'node:zlib'
import { formatLine } from '../src/ingest/recording.ts'
import { createRegisters } from './devices/counts.ts'
import { createDevices, stampsOf } from './devices/devices.ts'
import { createSenders, type SentPacket } from './devices/packets.ts'
import { plant, type Met, type PlantedFault } from './faults/faults.ts'
import { faultNamed } from './faults/named.ts'
import { createPlant } from './plant/plant.ts'
import { seedFor } from './random.ts'
import type { Run } from './scenarios/life.ts'
import { createArrivals, noteArrival, type Arrivals } from './truth/silences.ts'
import { measureTruth, type Truth } from './truth/truth.ts'

const SLICE_MS = 10_000
const CHUNK = 65_536
/** Below this a timer costs more than it tells. */
const SHORTEST_SLEEP_MS = 5

/**
 * The packets of a run in order of arrival, payloads as text. Event times go from `fromMs` up to but not including
 * `toMs`. The same site, seed, start and scenario give the same bytes. Stamps depend on seed and time alone, powers,
 * temperatures and registers also on the UTC day of the start (D92). A stamped packet arrives up to 0.2 s after its
 * stamp, one without a stamp at its event time. Throws for a scenario with faults in a run without an end.
 */
export function packetsOfRun(run: Run): Iterable<SentPacket> {
  return faultyRun(run).packets
}

/** The same, with what each fault of the scenario has met, in its order. */
function faultyRun(run: Run): { packets: Iterable<SentPacket>; met: readonly Met[] } {
  const planted = faultsOf(run)
  const met: Met[] = []
  if (planted.length === 0) return { packets: sound(run), met }
  if (!Number.isFinite(run.toMs)) throw new Error('faults can only be planted in a run that ends')
  return { packets: plant([...sound(run)], seedFor(run.seed, 'faults'), planted, met), met }
}

/** What really happened in a run (see `Truth`). Throws for a run of more than 400 days. */
export function truthOf(run: Run): Truth {
  const { packets, met } = faultyRun(run)
  const arrivals = createArrivals()
  for (const packet of packets) noteArrival(arrivals, packet)
  return measureTruth(run, arrivals, met)
}

/** A broker's connection. It bounds how many packets are on their way at once. */
export interface PacketPublisher {
  /** Settles when the broker has acknowledged, and rejects when it cannot. */
  publish(topic: string, payload: string | Uint8Array, options: { qos: 0 | 1; retain: boolean }): Promise<void>
  /** Resolves when a packet published now need not wait, or when `signal` is aborted. */
  room(signal: AbortSignal): Promise<void>
  /** Resolves when no packet is on its way any more, or when `signal` is aborted. */
  settled(signal: AbortSignal): Promise<void>
  close(): Promise<void>
}

/** How a run is published. */
interface Playing {
  /** How long a packet with this time of arrival still has to wait. */
  waitMs: (nowMs: number) => number
  /** Ends the run before its time. */
  signal?: AbortSignal
  onSent?: (progress: Progress) => void
}

/** How many packets were acknowledged, or written; `sentMs`: time of arrival of the newest of them. */
interface Progress {
  packets: number
  sentMs: number
}

interface SimulationOptions {
  /** The recording to write (gzipped if it ends in .gz), with its truth beside it in `<out>.truth.json`. */
  out?: string
  /** The broker to publish to, and the function that connects to it (`connectPublisher`). */
  to?: string
  connect?: (url: string) => Promise<PacketPublisher>
  /** For a broker, times real time; 0: as fast as the broker takes packets. */
  speed?: number
  signal?: AbortSignal
  onSent?: (progress: Progress) => void
}

/** Writes or publishes a run; gives the number of packets. Throws when neither or both of `out` and `to` are given. */
export async function runSimulation(run: Run, options: SimulationOptions): Promise<{ packets: number }> {
  const { out, to, connect, signal, onSent } = options
  if (out !== undefined && to === undefined) return writeRecording(run, out, onSent)
  if (out !== undefined || to === undefined) throw new Error('a simulation goes either to a broker or into a recording')
  if (connect === undefined) throw new Error('nothing to connect to a broker with')
  const publisher = await connect(to)
  try {
    return {
      packets: await publishRun(run, publisher, {
        waitMs: paceOf(run, options.speed ?? 1),
        ...(signal && { signal }),
        ...(onSent && { onSent }),
      }),
    }
  } finally {
    await publisher.close()
  }
}

/**
 * Publishes a run, each packet with the quality of service of its device. Gives how many packets were sent: all, or
 * those until `signal` was aborted.
 */
export async function publishRun(
  run: Run,
  publisher: PacketPublisher,
  { waitMs, signal, onSent }: Playing,
): Promise<number> {
  const failed = new AbortController()
  const ended = AbortSignal.any(signal === undefined ? [failed.signal] : [failed.signal, signal])
  const progress: Progress = { packets: 0, sentMs: run.fromMs }
  let packets = 0
  for (const { nowMs, topic, payload, retain, qos = 1 } of packetsOfRun(run)) {
    const ms = waitMs(nowMs)
    if (ms >= SHORTEST_SLEEP_MS) await sleep(ms, undefined, { signal: ended }).catch(onlyAborted)
    await publisher.room(ended)
    if (ended.aborted) break
    packets++
    const content = typeof payload === 'string' || payload instanceof Uint8Array ? payload : JSON.stringify(payload)
    publisher.publish(topic, content, { qos, retain }).then(
      () => {
        progress.packets++
        progress.sentMs = nowMs
        onSent?.(progress)
      },
      (error: unknown) => failed.abort(error),
    )
  }
  await publisher.settled(ended)
  if (failed.signal.aborted && signal?.aborted !== true) {
    throw new Error('a packet could not be published', { cause: failed.signal.reason })
  }
  return packets
}

/** Lets a run that begins now go `speed` times faster than real time (0: at once). */
export function paceOf({ fromMs }: Run, speed: number): (nowMs: number) => number {
  const startMs = performance.now()
  return (nowMs) => (speed > 0 ? startMs + (nowMs - fromMs) / speed - performance.now() : 0)
}

async function writeRecording(run: Run, out: string, onSent: Playing['onSent']): Promise<{ packets: number }> {
  if (!Number.isFinite(run.toMs)) throw new Error('a recording needs an end')
  const arrivals = createArrivals()
  const part = `${out}.part`
  const { packets, met } = faultyRun(run)
  const lines = Readable.from(chunks(packets, arrivals, onSent))
  try {
    if (out.endsWith('.gz')) await pipeline(lines, createGzip(), createWriteStream(part))
    else await pipeline(lines, createWriteStream(part))
    await writeFile(`${out}.truth.json`, `${JSON.stringify(measureTruth(run, arrivals, met))}\n`)
    await rename(part, out)
  } catch (error) {
    await rm(part, { force: true })
    throw error
  }
  return { packets: [...arrivals.counts.values()].reduce((sum, count) => sum + count, 0) }
}

function* chunks(packets: Iterable<SentPacket>, arrivals: Arrivals, onSent: Playing['onSent']): Generator<string> {
  let chunk = ''
  let count = 0
  for (const packet of packets) {
    noteArrival(arrivals, packet)
    chunk += `${formatLine(packet)}\n`
    count++
    if (chunk.length < CHUNK) continue
    yield chunk
    onSent?.({ packets: count, sentMs: packet.nowMs })
    chunk = ''
  }
  yield chunk
}

/** A run without faults, in slices of event time. A slice is sorted by arrival; what arrives after its end waits. */
function* sound(run: Run): Generator<SentPacket> {
  const { seed, fromMs, toMs } = run
  const plantHere = createPlant(run)
  const devices = createDevices(plantHere, seed)
  const registers = createRegisters(plantHere, devices, seed, fromMs)
  const senders = createSenders({ plant: plantHere, registers, seed, fromMs, cuts: cutsOf(run) }, devices)
  let waiting: SentPacket[] = []
  for (let endMs = fromMs + SLICE_MS; waiting.length > 0 || endMs < toMs + SLICE_MS; endMs += SLICE_MS) {
    for (const sender of senders) for (const packet of sender.until(Math.min(endMs, toMs))) waiting.push(packet)
    waiting.sort((a, b) => a.nowMs - b.nowMs)
    const due = waiting.findIndex(({ nowMs }) => nowMs >= endMs)
    yield* due === -1 ? waiting : waiting.slice(0, due)
    waiting = due === -1 ? [] : waiting.slice(due)
  }
}

/** When the way to the broker is cut for all. */
function cutsOf({ scenario, fromMs }: Run): { fromMs: number; toMs: number }[] {
  return scenario.events.flatMap((event) =>
    event.what === 'fault' && event.fault === 'brokerCut'
      ? [{ fromMs: fromMs + event.fromS * 1000, toMs: fromMs + event.toS * 1000 }]
      : [],
  )
}

function faultsOf({ site, scenario, fromMs: startMs }: Run): PlantedFault[] {
  const stamps = stampsOf(site)
  return scenario.events.flatMap((event) => {
    if (event.what !== 'fault') return []
    const { topics, members, share, byS, fromS, toS, settings } = event
    const where = {
      fromMs: startMs + fromS * 1000,
      toMs: startMs + toS * 1000,
      stamps,
      ...(topics !== undefined && { topics }),
      ...(members !== undefined && { members }),
      ...(share !== undefined && { share }),
    }
    return [faultNamed(event.fault, where, { ...settings, ...(byS !== undefined && { byS }) })]
  })
}

function onlyAborted(error: unknown): void {
  if (!(error instanceof Error && error.name === 'AbortError')) throw error
}
