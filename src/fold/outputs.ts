import { createPipeline, type Pipeline } from './pipeline.ts'
import { takeRefusals, type Refusals } from './refusals.ts'
import { auditRow } from '../rows/audit-row.ts'
import { createFrameTarget, fillRow } from '../rows/frames/fill.ts'
import { createSink } from '../rows/sink.ts'
import type { Site } from '../site/site.ts'
import { encodeFrame } from '../rows/frames/block.ts'
import { takeFrames, type OpenFrames } from '../rows/frames/frame.ts'
import type { SeriesBook } from '../rows/frames/series.ts'
import type { CommandAnswer } from '../ingest/command.ts'
import type { Notice } from '../rows/notice.ts'
import type { NewRows } from '../store/types.ts'

/** Outputs of folding that the next commit stores. */
export interface Outputs {
  readonly frames: OpenFrames
  notices: Notice[]
  readonly refusals: Refusals
  /** Tells the answer to a command. It is no output: who does not hear it asks again. */
  answer: (answer: CommandAnswer) => void
}

/** Takes the rows out of the outputs, in the form in which the store keeps them. */
export function takeRows({ frames }: Pick<Outputs, 'frames'>, book: SeriesBook): NewRows {
  const encoded = takeFrames(frames).map(encodeFrame)
  const series = book.unsaved.map(({ number, measurement, tags }) => ({
    number,
    measurement,
    tags: JSON.stringify(tags),
  }))
  book.unsaved = []
  return {
    blocks: encoded.map(({ block }) => block),
    series,
    superseded: encoded.reduce((sum, { dropped }) => sum + dropped, 0),
  }
}

/** Throws away what a fold gave that the store has already. The series stay: their numbers are given. */
export function dropOutputs(outputs: Outputs): void {
  takeFrames(outputs.frames)
  outputs.notices.length = 0
  takeRefusals(outputs.refusals)
}

/** A pipeline whose rows, notices and answers go into the outputs. */
export function createFoldPipeline(site: Site, outputs: Outputs, book: SeriesBook): Pipeline {
  const target = createFrameTarget(outputs.frames, book)
  const sink = createSink(site, target, (notice) => outputs.notices.push(notice))
  return createPipeline(site, sink, outputs.refusals, (answer, audit, timeMs) => {
    outputs.answer(answer)
    fillRow(outputs.frames, book, auditRow(site.config.site.id, audit, timeMs))
  })
}
