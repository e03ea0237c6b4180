import { noteBadLine, packetOf } from '../../fold/replay.ts'
import { OWN_TOPIC } from '../../ingest/own-entry.ts'
import { readLines, type Packet } from '../../ingest/recording.ts'
import type { Publisher } from '../../mqtt/source.ts'
import { assertBegun, createPace, createProgression, passOn, type Span, type Speed } from './span.ts'

/** What became of the lines of a recording that is published. */
interface Published {
  /** Lines that were read, empty ones and what lies outside the span included. */
  lines: number
  /** Characters of all lines, their ends included. */
  chars: number
  /** Packets that the broker has acknowledged. */
  packets: number
  /** Lines that are no packets. */
  bad: number
  /** The first of them, with place and reason. */
  badLines: string[]
  /** What a daemon had said or been told: its status, alarms, answers, commands, and entries of its journal. */
  own: number
  /** Arrival of the newest packet that was read. */
  nowMs: number
}

/** How a recording is published. */
interface Publishing {
  readonly publisher: Publisher
  readonly span: Span
  readonly speed: Speed
  readonly signal: AbortSignal
  /** Told between batches of lines, and before each wait. */
  readonly onProgress: (published: Published) => void
}

/** Topics of daemons: a running one would take a recorded status or command for one of this moment (D188). */
const DAEMON_TOPICS = 'coldaisle/'

/**
 * Publishes the packets of recordings as they came: topic, bytes and retain flag, with QoS 1, in their order. Settles
 * once the broker has acknowledged them all, or `signal` is aborted. Rejects when a packet cannot be published, for a
 * recording that cannot be read, and for a span without a packet.
 */
export async function publishRecordings(recordings: readonly string[], publishing: Publishing): Promise<Published> {
  const { publisher, span, speed, signal, onProgress } = publishing
  const published: Published = { lines: 0, chars: 0, packets: 0, bad: 0, badLines: [], own: 0, nowMs: NaN }
  const failed = new AbortController()
  const ended = AbortSignal.any([failed.signal, signal])
  const progression = createProgression()
  const pace = createPace(speed, { waiting: () => onProgress(published), signal: ended })
  for await (const packet of packetsOf(recordings, published, () => onProgress(published))) {
    if (ended.aborted || passOn(progression, span, packet) === 'end') break
    if (!progression.begun) continue
    await pace(progression.nowMs)
    await publisher.room(ended)
    if (ended.aborted) break
    publisher.publish(packet.topic, bytesOf(packet), { qos: 1, retain: packet.retain }).then(
      () => published.packets++,
      (error: unknown) => failed.abort(error),
    )
  }
  await publisher.settled(ended)
  if (failed.signal.aborted && !signal.aborted) {
    throw new Error('a packet could not be published', { cause: failed.signal.reason })
  }
  if (!signal.aborted) assertBegun(progression, span)
  return published
}

/** The packets of devices; counts what is none. */
async function* packetsOf(
  recordings: readonly string[],
  published: Published,
  onBatch: () => void,
): AsyncGenerator<Packet, void, undefined> {
  for (const recording of recordings) {
    let place = 0
    for await (const lines of readLines(recording)) {
      for (const line of lines) {
        place++
        published.lines++
        published.chars += line.length + 1
        if (line.trim() === '') continue
        const packet = packetOf(line, published.nowMs)
        if (typeof packet === 'string') {
          published.bad++
          noteBadLine(published.badLines, `${recording}:${place} ${packet}`)
          continue
        }
        published.nowMs = Math.max(packet.nowMs, Number.isNaN(published.nowMs) ? -Infinity : published.nowMs)
        if (packet.topic === OWN_TOPIC || packet.topic.startsWith(DAEMON_TOPICS)) published.own++
        else yield packet
      }
      onBatch()
    }
  }
}

function bytesOf({ payload }: Packet): string | Uint8Array {
  return typeof payload === 'string' || payload instanceof Uint8Array ? payload : JSON.stringify(payload)
}
