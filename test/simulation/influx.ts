/** A database that answers late, not at all or wrongly, and applies some writes long after it was asked. */
import type { Random } from '../../simulators/random.ts'
import type { WriteAnswer } from '../../src/send/influx/answer.ts'
import type { InfluxDoor } from '../../src/send/influx/influx.ts'
import { linesOfBody } from '../rows/new-rows.ts'
import { inside, outside } from './world.ts'

export interface SimInflux {
  /** A door for one life of the daemon. */
  open(): InfluxDoor
  /** Row text by series and time, each as it was written last. */
  readonly rows: Map<string, string>
  /** From here on all is answered at once: the story is over. */
  calm(): void
}

/** A write without an answer is applied within this time or never; see `ghostMs` in life.ts. */
const GHOST_MS = 15_000

export function createInflux(random: Random): SimInflux {
  const rows = new Map<string, string>()
  let isCalm = false
  const apply = (lines: readonly string[]) => {
    for (const line of lines) {
      const [head, tail] = [line.indexOf(' '), line.lastIndexOf(' ')]
      rows.set(line.slice(0, head) + line.slice(tail), line.slice(head + 1, tail))
    }
  }
  const later = (ms: number, lines: readonly string[]) => outside(ms, () => apply(lines))
  const answerAfter = (ms: number, answer: WriteAnswer) =>
    new Promise<WriteAnswer>((resolve) => inside(ms, () => resolve(answer)))
  const write = (lines: readonly string[]): Promise<WriteAnswer> => {
    const dice = isCalm ? 0 : random.next()
    const tookMs = random.int(3, 60)
    if (dice < 0.7) {
      later(random.int(0, tookMs), lines)
      return answerAfter(tookMs, { kind: 'accepted' })
    }
    const lost: WriteAnswer = { kind: 'kept', reason: 'cut off', mayArrive: true }
    if (dice < 0.8) {
      later(random.int(0, tookMs), lines)
      return answerAfter(tookMs, lost)
    }
    if (dice < 0.9) {
      later(random.int(tookMs, GHOST_MS), lines)
      return answerAfter(tookMs, lost)
    }
    if (dice < 0.95) return answerAfter(tookMs, { kind: 'kept', reason: 'busy', mayArrive: false })
    return answerAfter(tookMs, { kind: 'held', reason: 'no right to write' })
  }
  return {
    open: () => ({
      write: (lines) => write(linesOfBody(lines)),
      prepare: () => answerAfter(2, { kind: 'accepted' }),
      ping: async () => ({ online: true, version: undefined }),
      close: () => undefined,
    }),
    rows,
    calm: () => (isCalm = true),
  }
}
