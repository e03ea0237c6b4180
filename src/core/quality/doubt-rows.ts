import { QUALITY_FLAGS, QUALITY_NOTES } from '../contract/flags.ts'
import type { Sink } from '../contract/sink.ts'
import { COST, type Work } from '../contract/work.ts'
import type { Quality } from './quality.ts'

/** Emits what holds or was seen in the interval that ends at `endMs`; a sound source has no row. */
export function* closeQuality(quality: Quality, endMs: number, sink: Sink): Work {
  const { plan, held, seen, note, atMs, value, expected } = quality
  const points = plan.points.length
  for (let source = 0; source < held.length; source++) {
    const flags = held[source]! | seen[source]!
    if (flags === 0) continue
    yield COST.pointRow
    seen[source] = 0
    sink.quality(source < points ? source : -1, source - points, {
      endMs,
      flags: QUALITY_FLAGS.filter((_, flag) => (flags & (1 << flag)) !== 0),
      note: QUALITY_NOTES[note[source]!]!,
      atMs: atMs[source]!,
      value: value[source]!,
      expected: expected[source]!,
    })
  }
}
