import type { Config } from '../../../config/config.ts'
import { BadInput } from '../../../config/bad-input.ts'
import { fitsFilter } from '../../../config/strings.ts'
import { cleanText } from '../../../health/secrets.ts'
import type { Arrival } from '../../../ingest/arrival.ts'
import { openRecording, parseLine } from '../../../ingest/recording.ts'
import { listenAll } from '../../../mqtt/mqtt.ts'
import { CommandFailed, FAILED, messageOf } from '../../ending.ts'
import { clearLine, createProgress, recordingProgress } from '../../progress.ts'
import { createEar, hearOne, limitReached, type Ear, type EarLimits } from './ear.ts'
import { selectionBy } from '../families/families.ts'

/** What was heard, and what there is to say of how it went. */
interface Hearing {
  readonly ear: Ear
  readonly notes: readonly string[]
}

/**
 * Listens in a session of its own that leaves nothing behind, and only reads. Ends when the time is up, at a limit, or
 * with SIGINT or SIGTERM.
 */
export async function hearBroker(
  mqtt: NonNullable<Config['mqtt']>,
  { filters, ms, limits }: { filters: readonly string[]; ms: number; limits: EarLimits },
): Promise<Hearing> {
  const ear = createEar(limits)
  const stop = new AbortController()
  const enough = (): void => stop.abort()
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, enough)
  const progress = createProgress('listening', 'messages')
  const beganMs = performance.now()
  let nowMs = 0
  const hear = ({ topic, payload, retain }: Arrival): void => {
    if (stop.signal.aborted) return
    nowMs = Math.max(nowMs, Date.now())
    hearOne(ear, { nowMs, topic, payload, retain }, selectionBy)
    progress(ear.messages, (performance.now() - beganMs) / ms)
    if (limitReached(ear) !== undefined) stop.abort()
  }
  const listened = await listenAll(mqtt, {
    filters: new Map(filters.map((filter) => [filter, []])),
    hear,
    ms,
    signal: stop.signal,
  }).finally(() => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.off(name, enough)
    clearLine(process.stderr)
  })
  if (listened.kind === 'unreachable') {
    throw new BadInput(`cannot listen to ${new URL(mqtt.url ?? '').host}: ${cleanText(listened.reason)}`)
  }
  const { narrowed, lost } = listened
  if (narrowed.length > 0 && ear.messages === 0) {
    const what = `the broker does not let us read ${narrowed.join(', ')}`
    throw new CommandFailed(FAILED, `${what}: name what the account may read with --topic`)
  }
  return {
    ear,
    notes: [
      ...narrowed.map((filter) => `the broker does not let us read ${filter}`),
      ...(lost === undefined ? [] : [`the connection ended early: ${lost}`]),
      ...limitNotes(ear),
    ],
  }
}

/** The same from recordings. Lines that cannot be read are counted. */
export async function hearRecordings(
  recordings: readonly string[],
  filters: readonly string[],
  limits: EarLimits,
): Promise<Hearing> {
  const ear = createEar(limits)
  let bad = 0
  let nowMs = -Infinity
  let packets = 0
  let chars = 0
  const progress = recordingProgress(recordings)
  try {
    for (const recording of recordings) {
      for await (const lines of openRecording(recording)) {
        progress({ packets, chars, nowMs })
        for (const line of lines) {
          packets += 1
          chars += line.length + 1
          const packet = parseLine(line)
          if (typeof packet === 'string') bad += 1
          else if (limitReached(ear) === undefined && filters.some((it) => fitsFilter(packet.topic, it))) {
            nowMs = Math.max(nowMs, packet.nowMs)
            hearOne(ear, { ...packet, nowMs }, selectionBy)
          }
        }
      }
    }
  } catch (error) {
    throw new CommandFailed(FAILED, messageOf(error), error)
  } finally {
    clearLine(process.stderr)
  }
  return { ear, notes: [...(bad === 0 ? [] : [`${bad} lines of the recording cannot be read`]), ...limitNotes(ear)] }
}

function limitNotes(ear: Ear): string[] {
  const reached = limitReached(ear)
  return [
    ...(reached === undefined
      ? []
      : [`the limit of ${ear.limits[reached].toLocaleString('en-US')} ${reached} ended it early`]),
    ...(ear.beyond === 0
      ? []
      : [`${ear.beyond.toLocaleString('en-US')} messages on further topics were not looked at`]),
  ]
}
