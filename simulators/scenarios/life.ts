import type { Site } from '../../src/site/site.ts'
import type { PlantKind } from '../plant/kinds.ts'
import type { Weather } from '../weather/weather.ts'
import type { Scenario } from './scenario.ts'

/** A stretch of a site's simulated life: event times from `fromMs` up to but not including `toMs` (may be Infinity). */
export interface Run {
  readonly site: Site
  readonly seed: number
  readonly fromMs: number
  readonly toMs: number
  readonly scenario: Scenario
  /** Absent: a free-cooled one, set to what the site's inlets are recommended. */
  readonly kind?: PlantKind
  /** Absent: the climate of the site's time zone. */
  readonly weather?: Weather['source']
}
