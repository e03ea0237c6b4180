import { closeSync, openSync, readSync, statSync } from 'node:fs'
import type { Replay } from '../fold/replay.ts'
import { formatInstant } from '../ingest/times.ts'
import { countText } from '../rows/numbers.ts'

/** Shows how far a replay of these recordings is; for `replayFiles`, which awaits it between batches of lines. */
export function replayProgress(recordings: readonly string[]): (replay: Replay) => Promise<void> {
  const show = recordingProgress(recordings)
  return async ({ pipeline, lines, chars }) => show({ packets: lines, chars, nowMs: pipeline.nowMs })
}

/** Shows how far a reader of these recordings is, by the characters that it has read. */
export function recordingProgress(
  recordings: readonly string[],
): (reached: { packets: number; chars: number; nowMs: number }) => void {
  const progress = createProgress('', 'packets')
  const bytes = recordings.reduce((sum, recording) => sum + sizeOf(recording), 0)
  return ({ packets, chars, nowMs }) => {
    // More than there is: the end of a gzip did not tell it all
    const share = chars > bytes ? NaN : chars / bytes
    progress(packets, share, Number.isFinite(nowMs) ? formatInstant(nowMs) : '')
  }
}

/** Bytes of a recording's text; NaN where nobody knows, as of standard input. */
function sizeOf(recording: string): number {
  if (recording === '-') return NaN
  const size = statSync(recording, { throwIfNoEntry: false })?.size ?? NaN
  return recording.endsWith('.gz') && size > 4 ? unzippedSizeOf(recording, size) : size
}

/** What gzip notes at its end: how long the text was, modulo 4 GB. Of parts put together it is the last one's. */
function unzippedSizeOf(recording: string, size: number): number {
  const end = Buffer.alloc(4)
  const file = openSync(recording, 'r')
  try {
    return readSync(file, end, 0, 4, size - 4) === 4 ? end.readUInt32LE() : NaN
  } finally {
    closeSync(file)
  }
}

/** Work that takes no longer than this shows nothing. */
const QUIET_MS = 2_000
const SHOWN_EACH_MS = 200

/**
 * Shows on a terminal how far work is that takes longer: what it does, its share, its rate and the time left. Without a
 * unit it has no rate. `share` is the part that is done, from 0 to 1; NaN where nobody knows how much there is;
 * `reached` stands in place of what it does.
 */
export function createProgress(what: string, unit = ''): (done: number, share: number, reached?: string) => void {
  const beganMs = performance.now()
  let shownMs = beganMs + QUIET_MS - SHOWN_EACH_MS
  return (done, share, reached = what) => {
    const nowMs = performance.now()
    if (!process.stderr.isTTY || nowMs - shownMs < SHOWN_EACH_MS) return
    shownMs = nowMs
    process.stderr.write(`\r\u001b[K${progressText({ what: reached, unit, done, share, tookMs: nowMs - beganMs })}`)
  }
}

interface Progress {
  what: string
  unit: string
  done: number
  share: number
  tookMs: number
}

/** `looking through the journal 34 %, 12,345 packets/s, 40 s left`. */
function progressText({ what, unit, done, share, tookMs }: Progress): string {
  const rate = unit === '' ? '' : `, ${countText(Math.round((done * 1000) / tookMs))} ${unit}/s`
  if (!(share > 0)) return `${what}${unit === '' ? '' : `  ${countText(done)} ${unit}`}${rate}`
  const leftS = Math.ceil((tookMs * (1 - Math.min(1, share))) / share / 1000)
  const left = leftS < 120 ? `${leftS} s` : `${Math.ceil(leftS / 60)} min`
  return `${what} ${Math.floor(100 * Math.min(1, share))} %${rate}, ${left} left`
}

/** Takes the line of progress away, so that what follows begins at the left. */
export function clearLine(stream: NodeJS.WriteStream): void {
  if (stream.isTTY) stream.write('\r\u001b[K')
}
