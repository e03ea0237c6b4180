import { createReplayInto, endReplay, replayFiles, summaryText, type Counts, type Summary } from '../../fold/replay.ts'
import { createLineTarget } from '../../rows/ndjson.ts'
import { createSink, type RowTarget } from '../../rows/sink.ts'
import { createTextBytes } from '../../rows/text-bytes.ts'
import type { Site } from '../../site/site.ts'
import { CommandFailed, FAILED, messageOf } from '../ending.ts'
import { ReaderGone, writeOut } from '../output.ts'
import { clearLine, replayProgress } from '../progress.ts'
import { assertBegun, createPace, createProgression, passOn, type Progression, type Span, type Speed } from './span.ts'

const CHUNK_BYTES = 65_536

/** Recordings, and what of them is folded at which pace. */
export interface WantedReplay {
  readonly recordings: readonly string[]
  readonly span: Span
  readonly speed: Speed
  readonly counts: Counts
}

/** Prints the rows as NDJSON. */
export async function printRows(site: Site, wanted: WantedReplay): Promise<void> {
  const chunk = createTextBytes(2 * CHUNK_BYTES)
  const flush = (): void => {
    writeOut(chunk.bytes.subarray(0, chunk.at))
    chunk.at = 0
  }
  const lines = (count: () => void): RowTarget =>
    createLineTarget(chunk, () => {
      count()
      if (chunk.at >= CHUNK_BYTES) flush()
    })
  await foldInto(site, wanted, { target: lines, flush })
}

/** Where the rows of a replay go. */
interface Outlet {
  /** Said before the summary, where there are several. */
  readonly name?: string
  /** Makes the target; it calls `count` for each row. */
  target(count: () => void): RowTarget
  /** Called before each wait, and at the end. */
  flush(): void
}

/**
 * Folds recordings, gives the rows of their span to a target, and tells and returns the summary. Rows of what could be
 * read are given even when a recording ends early; then it throws `CommandFailed`.
 */
export async function foldInto(
  site: Site,
  { recordings, span, speed, counts }: WantedReplay,
  outlet: Outlet,
): Promise<Summary> {
  const startMs = performance.now()
  const progression = createProgression()
  let rows = 0
  const target = withinSpan(
    progression,
    outlet.target(() => rows++),
  )
  const replay = createReplayInto(site, (of) => createSink(of, target, () => undefined), counts)
  const progress = replayProgress(recordings)
  const pace = createPace(speed, {
    waiting() {
      outlet.flush()
      void progress(replay)
    },
  })
  const failure = await replayFiles(replay, recordings, progress, (packet) => {
    if (passOn(progression, span, packet) === 'end') return 'end'
    return progression.begun ? pace(progression.nowMs) : undefined
  }).catch(readFailure)
  const summary = endReplay(replay)
  outlet.flush()
  clearLine(process.stderr)
  if (outlet.name !== undefined) process.stderr.write(`${outlet.name}\n`)
  process.stderr.write(summaryText(summary, rows, performance.now() - startMs))
  if (failure !== undefined) throw new CommandFailed(FAILED, failure)
  assertBegun(progression, span)
  return summary
}

/** Keeps back the rows of what arrived before the span. */
function withinSpan(progression: Progression, target: RowTarget): RowTarget {
  return {
    cells(series, window, timeMs, table, cells) {
      if (progression.begun) target.cells(series, window, timeMs, table, cells)
    },
    fields(series, window, timeMs, fields) {
      if (progression.begun) target.fields(series, window, timeMs, fields)
    },
  }
}

/** Why a recording could not be read to its end. */
function readFailure(error: unknown): string {
  if (error instanceof ReaderGone) throw error
  return messageOf(error)
}
