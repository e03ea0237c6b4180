import type { Site } from '../../src/site/site.ts'

export type Place =
  | { readonly inlet: number; readonly as: 'dryBulb' | 'humidity' | 'dewPoint' | 'outlet' }
  /** Where the hall's air comes from the coolers, or goes back to them. */
  | { readonly hall: number; readonly as: 'supplyC' | 'returnC' }

/** By point: the inlet or hall that it measures, and what of its air; undefined for points of neither. */
export function placesOf({ config, points }: Site): (Place | undefined)[] {
  const places: (Place | undefined)[] = points.map(() => undefined)
  const uses = ['dryBulb', 'humidity', 'dewPoint', 'outlet'] as const
  for (const [inlet, entry] of Object.values(config.inlets).entries()) {
    for (const as of uses) {
      const point = points.indexOf(entry[as] ?? '')
      if (point >= 0) places[point] ??= { inlet, as }
    }
  }
  const halls = [...new Set(Object.values(config.inlets).map(({ hall }) => hall))]
  for (const [name, { supply, return: back }] of Object.entries(config.halls)) {
    const hall = halls.indexOf(name)
    if (hall < 0) continue
    places[points.indexOf(supply)] ??= { hall, as: 'supplyC' }
    places[points.indexOf(back)] ??= { hall, as: 'returnC' }
  }
  return places
}
