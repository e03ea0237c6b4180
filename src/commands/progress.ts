import type { Replay } from '../fold/replay.ts'
import { formatInstant } from '../ingest/times.ts'
import { countText } from '../rows/numbers.ts'

/** How far a replay is, on a terminal alone; for `replayFiles`, which awaits it between batches of lines. */
export async function showReplay({ pipeline, lines }: Replay, startMs: number): Promise<void> {
  if (!process.stderr.isTTY) return
  const perS = Math.round((lines * 1000) / (performance.now() - startMs))
  const reached = formatInstant(pipeline.nowMs)
  process.stderr.write(`\r${reached}  ${countText(lines)} packets, ${countText(perS)}/s`)
}

/** Takes the line of progress away, so that what follows begins at the left. */
export function clearLine(stream: NodeJS.WriteStream): void {
  if (stream.isTTY) stream.write('\r\u001b[K')
}
