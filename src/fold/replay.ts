import { numberingCounts } from '../core/numbering.ts'
import { finish } from '../core/core.ts'
import type { Outcome } from '../core/contract/outcome.ts'
import type { Sink } from '../core/contract/sink.ts'
import { moveInto } from './changing.ts'
import {
  addLoad,
  configurationDigest,
  configurationIn,
  loadedConfig,
  loadInForce,
  siteOfLoads,
  type Load,
} from './configurations.ts'
import { holdRows, type HeldRows } from './held-rows.ts'
import { accept, createPipeline, outcomeCounts, refuseLine, type Pipeline } from './pipeline.ts'
import { OWN_TOPIC, readOwnEntry } from '../ingest/own-entry.ts'
import { parseLine, readLines, type Packet, RecordingFault } from '../ingest/recording.ts'
import type { Site } from '../site/site.ts'
import { auditRow } from '../rows/audit-row.ts'
import { countText } from '../rows/numbers.ts'
import { createRowSink, type Row } from '../rows/rows.ts'
import type { Notice } from '../rows/notice.ts'

/** A replay as it runs: the same pipeline as live, in the virtual time of the packets. */
export interface Replay {
  pipeline: Pipeline
  readonly rows: HeldRows
  lines: number
  /** Characters of all lines, their ends included. */
  chars: number
  /** The first lines that are no packets, with the reason. */
  readonly badLines: string[]
  /** Configurations that the recording has put in force; undefined: the present one counts for all of it. */
  loads: Load[] | undefined
  readonly sinkOf: (site: Site) => Sink
  readonly pipelineOf: (site: Site) => Pipeline
}

/** Whose configuration counts where a recording of `coldaisle journal` says which was in force. */
export type Counts = 'recorded' | 'present'

export interface Summary {
  lines: number
  packets: number
  readings: number
  outcomes: Record<Outcome, number>
  badLines: readonly string[]
  /** Readings whose stamp could mean two instants of a doubled hour, and nothing told for sure which. */
  doubted: number
  /** Of messages that their senders number; all 0 where none are. */
  numbered: ReturnType<typeof numberingCounts>
}

const BAD_LINES_NAMED = 5

/** A line this much later than the one before comes from a broken clock, not from a quiet site (D4). */
const LONGEST_SILENCE_MS = 400 * 86_400_000
/** A machine without a battery begins in 1970, and is right at its next start. */
const LONGEST_ABSENCE_MS = 100 * 365 * 86_400_000

/** Calls `emit` with every row and `send` with every notice, in an order that depends on the recording alone. */
export function createReplay(
  site: Site,
  emit: (row: Row) => void,
  send?: (notice: Notice) => void,
  counts: Counts = 'recorded',
): Replay {
  return createReplayInto(site, (of) => createRowSink(of, emit, send), counts, emit)
}

/**
 * As `createReplay`, into the sinks of its sites: a recording may change the one that it begins with. `emit` gets the
 * rows of the audit.
 */
export function createReplayInto(
  site: Site,
  sinkOf: (site: Site) => Sink,
  counts: Counts,
  emit?: (row: Row) => void,
): Replay {
  const rows = holdRows(sinkOf(site))
  const pipelineOf = (of: Site) =>
    createPipeline(of, rows, undefined, (_answer, audit, timeMs) => emit?.(auditRow(of.config.site.id, audit, timeMs)))
  const loads = counts === 'present' ? undefined : []
  return { pipeline: pipelineOf(site), rows, lines: 0, chars: 0, badLines: [], loads, sinkOf, pipelineOf }
}

/** Folds one line of a recording; `place` is its name in the summary if it is no packet. */
export function replayLine(replay: Replay, line: string, place: string): void {
  const packet = readPacket(replay, line, place)
  if (packet !== undefined) acceptNext(replay, packet, place)
}

/** Counts a line. Gives its packet; undefined: it is none. That is counted, and of the first few the reason is kept. */
function readPacket(replay: Replay, line: string, place: string): Packet | undefined {
  replay.lines++
  const { pipeline } = replay
  const packet = packetOf(line, pipeline.packets > 0 ? pipeline.nowMs : NaN)
  if (typeof packet !== 'string') return packet
  refuse(replay, `${place} ${packet}`)
  return undefined
}

function refuse({ pipeline, badLines }: Replay, why: string): void {
  refuseLine(pipeline)
  noteBadLine(badLines, why)
}

/** Keeps the reasons of the first bad lines. */
export function noteBadLine(badLines: string[], why: string): void {
  if (badLines.length < BAD_LINES_NAMED) badLines.push(why)
}

/** For people: each on a line of its own. */
export function badLinesText(badLines: readonly string[]): string {
  return badLines.map((bad) => `bad line: ${bad}\n`).join('')
}

/** The packet of a line, or the reason why it is refused. `beforeMs` is the arrival of the packet before; NaN: none. */
export function packetOf(line: string, beforeMs: number): Packet | string {
  const packet = parseLine(line)
  return typeof packet === 'string' ? packet : (leapFault(packet, beforeMs) ?? packet)
}

/** Time is folded second by second. A step of the clock is none; a daemon that starts may have been away for long. */
function leapFault({ nowMs, topic, payload }: Packet, beforeMs: number): string | undefined {
  const entry = topic === OWN_TOPIC ? readOwnEntry(payload) : undefined
  const isStart = entry !== undefined && 'start' in entry
  const steppedMs = entry !== undefined && 'step' in entry ? entry.step.toMs - entry.step.fromMs : 0
  if (nowMs - steppedMs - beforeMs <= (isStart ? LONGEST_ABSENCE_MS : LONGEST_SILENCE_MS)) return undefined
  return Number.isNaN(beforeMs)
    ? undefined
    : `arrives more than ${isStart ? '100 years' : '400 days'} after the packet before it`
}

/** Folds a packet. An entry of a journal may bring a configuration, which counts from here on. */
function acceptNext(replay: Replay, packet: Packet, place: string): void {
  const loaded = packet.topic === OWN_TOPIC ? configurationIn(packet.payload) : undefined
  const next = loaded === undefined ? undefined : nextLoads(replay, loaded)
  if (typeof next === 'string') return refuse(replay, `${place} ${next}`)
  const { pipeline, rows } = replay
  accept(pipeline, packet)
  rows.release(reachMs(pipeline))
  if (next !== undefined) changeLoads(replay, next)
}

/** The configuration that an entry of a journal puts in force; undefined: it changes nothing. */
function nextLoads(
  { pipeline, loads }: Replay,
  entry: { digest: string; of?: object; packed?: string },
): Pick<Load, 'config' | 'digest'> | string | undefined {
  if (loads === undefined) return undefined
  const { config } = pipeline.site
  const { digest } = entry
  if (digest === (loadInForce(loads)?.digest ?? configurationDigest(config))) {
    return loads.length === 0 ? { config, digest } : undefined
  }
  const read = loadedConfig(entry, config)
  return 'fault' in read ? `has a configuration that cannot be taken: ${read.fault}` : { config: read.config, digest }
}

function changeLoads(replay: Replay, { config, digest }: Pick<Load, 'config' | 'digest'>): void {
  const { pipeline: before, loads = [], rows } = replay
  if (config === before.site.config) {
    replay.loads = [{ from: -Infinity, digest, config }]
    return
  }
  const known = loads.length > 0 ? loads : [{ from: -Infinity, digest: '', config: before.site.config }]
  replay.loads = addLoad(known, before.core, config, digest)
  const site = siteOfLoads(replay.loads)
  if (site === undefined) return
  replay.pipeline = replay.pipelineOf(site)
  moveInto(replay.pipeline, before, () => rows.become(replay.sinkOf(site)))
}

/** End of the interval of the newest reading: no row of a replay lies behind it. */
function reachMs({ core }: Pipeline): number {
  const { lengthMs } = core.plan
  return (Math.floor(core.mark.latestMs / lengthMs) + 1) * lengthMs
}

/** Ends a replay: closes the last interval and settles all of them. */
export function endReplay(replay: Replay): Summary {
  replay.rows.release(reachMs(replay.pipeline))
  finish(replay.pipeline.core)
  const outcomes = outcomeCounts(replay.pipeline)
  const readings = Object.values(outcomes).reduce((sum, count) => sum + count, 0) - outcomes.bad_line
  const { packets, doubted } = replay.pipeline
  const numbered = numberingCounts(replay.pipeline.core)
  return { lines: replay.lines, packets, readings, outcomes, badLines: replay.badLines, doubted, numbered }
}

/**
 * Asked about each packet before it is folded. A promise is waited for; 'end' ends the recordings before this packet,
 * as if they had been cut there.
 */
type Before = (packet: Packet) => Promise<void> | 'end' | undefined

/**
 * Replays whole files, one after the other; `-` is standard input. `pause` is awaited between batches of lines. Throws
 * at the end if one of them is no recording: it has lines, and none of them is a packet.
 */
export async function replayFiles(
  replay: Replay,
  files: readonly string[],
  pause: (replay: Replay) => Promise<void>,
  before: Before = () => undefined,
): Promise<void> {
  const garbage: string[] = []
  for (const file of files) {
    const packetsBefore = replay.pipeline.packets
    const read = await replayFile(replay, file, pause, before)
    if (read === 'end') break
    if (read > 0 && replay.pipeline.packets === packetsBefore) garbage.push(file === '-' ? 'standard input' : file)
  }
  if (garbage.length > 0) throw new RecordingFault(`${garbage.join(', ')}: no line is a packet of a recording`)
}

/** Gives how many lines were not empty, or that the recordings end within this file. */
async function replayFile(
  replay: Replay,
  file: string,
  pause: (replay: Replay) => Promise<void>,
  before: Before,
): Promise<number | 'end'> {
  let line = 0
  let full = 0
  for await (const lines of readLines(file)) {
    for (const text of lines) {
      line++
      replay.chars += text.length + 1
      if (text[0] !== '{' && text.trim() === '') continue
      full++
      const place = `${file}:${line}`
      const packet = readPacket(replay, text, place)
      if (packet === undefined) continue
      const wait = before(packet)
      if (wait === 'end') {
        replay.lines--
        return 'end'
      }
      if (wait !== undefined) await wait
      acceptNext(replay, packet, place)
    }
    await pause(replay)
  }
  return full
}

/** A summary for people; `tookMs`: how long the replay took. */
export function summaryText(summary: Summary, rows: number, tookMs: number): string {
  const perS = Math.round((summary.readings * 1000) / tookMs)
  const outcomes = Object.entries(summary.outcomes).map(([outcome, n]) => `  ${outcome.padEnd(14)}${countText(n)}`)
  const lines = [
    `lines ${countText(summary.lines)}, packets ${countText(summary.packets)}, rows ${countText(rows)}`,
    `readings ${countText(summary.readings)} in ${(tookMs / 1000).toFixed(2)} s: ${countText(perS)} readings/s`,
    ...outcomes,
    ...(summary.doubted === 0 ? [] : [`local times of a doubled hour in doubt: ${countText(summary.doubted)}`]),
    ...numberedLines(summary),
  ]
  return `${lines.join('\n')}\n${badLinesText(summary.badLines)}`
}

function numberedLines({ numbered: { lost, unnumbered } }: Summary): string[] {
  return [
    ...(lost === 0 ? [] : [`messages lost, by the numbers of their senders: ${countText(lost)}`]),
    ...(unnumbered === 0 ? [] : [`messages without the number that \`seq\` names: ${countText(unnumbered)}`]),
  ]
}
