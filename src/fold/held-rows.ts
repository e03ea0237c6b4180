import type { Sink } from '../core/contract/sink.ts'

/**
 * A sink in front of another that holds back rows of later intervals than that of the newest reading. The clock has
 * closed them; they are passed on in their order once a reading reaches that far. A recording has none behind its end.
 */
export interface HeldRows extends Sink {
  /** Passes on what the newest reading has reached: rows up to this end. */
  release(reachMs: number): void
  /** Goes on before another sink; rows that are held go to the one that they came for. */
  become(sink: Sink): void
}

/** So many rows are held: of a longer silence the first are passed on. */
const MOST_HELD = 100_000

interface Held {
  readonly endMs: number
  readonly pass: () => void
}

export function holdRows(first: Sink): HeldRows {
  let sink = first
  let reachedMs = -Infinity
  let held: Held[] = []
  const hold = (endMs: number, pass: () => void) => {
    if (held.length === MOST_HELD) for (const it of held.splice(0, MOST_HELD / 2)) it.pass()
    held.push({ endMs, pass })
  }
  return {
    row(table, series, window, endMs, cells) {
      if (endMs <= reachedMs) return sink.row(table, series, window, endMs, cells)
      const copy = cells.slice()
      const to = sink
      hold(endMs, () => to.row(table, series, window, endMs, copy))
    },
    quality(point, boundary, row) {
      if (row.endMs <= reachedMs) return sink.quality(point, boundary, row)
      const copy = { ...row, flags: [...row.flags] }
      const to = sink
      hold(row.endMs, () => to.quality(point, boundary, copy))
    },
    alarm: (row) => sink.alarm(row),
    notice: (row, hall) => sink.notice(row, hall),
    group: (row) => sink.group(row),
    become(next) {
      sink = next
    },
    release(reachMs) {
      if (reachMs <= reachedMs) return
      reachedMs = reachMs
      if (held.length === 0) return
      const waiting = held
      held = []
      for (const it of waiting) {
        if (it.endMs <= reachMs) it.pass()
        else held.push(it)
      }
    },
  }
}
