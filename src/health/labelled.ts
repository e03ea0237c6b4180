import { IGNORED, OUTCOMES } from '../core/contract/outcome.ts'
import type { Health } from './health.ts'

/** One metric with a sample for each combination of its labels. */
export interface LabelledNumber {
  kind: 'counter' | 'gauge'
  help: string
  metric: string
  labels: readonly string[]
  read: (health: Health) => Iterable<readonly [labels: readonly string[], number: number]>
}

/** Outcomes whose fields come first in the row; younger ones have theirs at the end of `HEALTH_NUMBERS`. */
const OLDER_OUTCOMES = OUTCOMES.slice(0, IGNORED)
const READINGS = {
  kind: 'counter',
  metric: 'readings',
  labels: ['outcome'],
  words: OLDER_OUTCOMES,
  help: 'Readings by what became of them',
  read: ({ readings }: Health) => OUTCOMES.map((outcome, index) => [[outcome], readings[index] ?? 0] as const),
} as const
const ROW_ENDS = ['accepted', 'kept', 'rejected', 'dropped'] as const
const ROWS = {
  kind: 'counter',
  metric: 'rows',
  labels: ['outcome'],
  words: ROW_ENDS,
  help: 'Rows by what became of them; kept counts attempts',
  read: ({ rows }: Health) => ROW_ENDS.map((end) => [[end], rows[end]] as const),
} as const

/** Counters by one word: each word has a sample of the metric and, with the same name before it, a field of the row. */
export const COUNTED_BY_OUTCOME = [READINGS, ROWS]

export const LABELLED_NUMBERS: readonly LabelledNumber[] = [
  ...COUNTED_BY_OUTCOME,
  {
    kind: 'counter',
    metric: 'notices',
    labels: ['receiver', 'result'],
    help: 'Alarm notices by receiver and what became of them; kept counts attempts, refreshed what was said again',
    *read({ notices }) {
      for (const [receiver, results] of notices) {
        for (const [result, number] of results) yield [[receiver, result], number]
      }
    },
  },
  {
    kind: 'counter',
    metric: 'broker_refused',
    labels: ['client'],
    help: 'What the embedded broker refused to clients because their accounts do not allow it',
    *read({ refusedByClient }) {
      for (const [client, refused] of refusedByClient) yield [[client], refused]
    },
  },
  {
    kind: 'gauge',
    metric: 'certificate_ends_days',
    labels: ['certificate'],
    help: 'Days until each certificate of the configuration ends, by its key; negative once it has',
    *read({ certificateDays }) {
      for (const [name, days] of certificateDays) yield [[name], days]
    },
  },
  {
    kind: 'gauge',
    metric: 'notices_waiting',
    labels: ['receiver'],
    help: 'Alarm notices that wait for each receiver',
    *read({ noticesWaiting }) {
      for (const [receiver, waiting] of noticesWaiting()) yield [[receiver], waiting]
    },
  },
]
