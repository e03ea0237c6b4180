/** All questions, in the order in which they are asked. */
import type { Question } from './question.ts'
import { alarm } from './questions/alarm.ts'
import { core } from './questions/core.ts'
import { decode } from './questions/decode.ts'
import { example, large, ways } from './questions/example.ts'
import { ingest } from './questions/ingest.ts'
import { journal } from './questions/journal.ts'
import { loop } from './questions/loop.ts'
import { memory } from './questions/memory.ts'
import { page } from './questions/page.ts'
import { replay } from './questions/replay.ts'
import { row } from './questions/row.ts'
import { start } from './questions/start.ts'

export const QUESTIONS: readonly Question[] = [
  core,
  decode,
  journal,
  ingest,
  example,
  row,
  large,
  ways,
  replay,
  start,
  memory,
  alarm,
  loop,
  page,
]
