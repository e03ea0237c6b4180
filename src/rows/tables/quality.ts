import type { QualityRow } from '../../core/contract/sink.ts'
import { columnsFrom, type TableOf } from './table.ts'

/**
 * What is doubted of a point or a boundary: the flags, and both amounts in the unit of the message. An alias, not an
 * interface, so that declarations can spell it out.
 */
export type Doubt = {
  readonly flags: QualityRow['flags']
  readonly value: number
  readonly expected: number
  readonly message: string
}

const { float, string } = columnsFrom<Doubt>()

/** Meters and boundaries in doubt, one row for each interval in which something is wrong. */
export const QUALITY = {
  tags: ['site', 'kind', 'source'],
  fields: {
    flags: string((doubt) => doubt.flags.join(',')),
    value: float((doubt) => doubt.value),
    expected: float((doubt) => doubt.expected),
    message: string((doubt) => doubt.message),
  },
} as const satisfies TableOf<Doubt>
