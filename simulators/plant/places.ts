import type { Site } from '../../src/site/site.ts'

export interface Place {
  readonly inlet: number
  readonly as: 'dryBulb' | 'humidity' | 'dewPoint' | 'outlet'
}

/** By point: the inlet that it measures, and what of its air; undefined for points of no inlet. */
export function placesOf({ config, points }: Site): (Place | undefined)[] {
  const places: (Place | undefined)[] = points.map(() => undefined)
  const uses = ['dryBulb', 'humidity', 'dewPoint', 'outlet'] as const
  for (const [inlet, entry] of Object.values(config.inlets).entries()) {
    for (const as of uses) {
      const point = points.indexOf(entry[as] ?? '')
      if (point >= 0) places[point] ??= { inlet, as }
    }
  }
  return places
}
