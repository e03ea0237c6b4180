import { limitsTable, type LimitsEntry } from '../core/air/envelope.ts'
import type { Site } from './site.ts'

/** Limits that a site's inlets are judged by, of each class that they have. */
interface ClassLimits extends LimitsEntry {
  class: string
  edition: string
  altitudeM: number
  corrosion: string
  dewPointPhase: string
}

/** Both envelopes of every class of the site, as they are at its altitude, with where they come from. */
export function limitsOf({ plan, config }: Site): ClassLimits[] {
  const { edition, altitudeM, corrosion, dewPointPhase } = config.site
  const envelopes = new Map(plan.inlets.map(({ envelope }) => [envelope.class, envelope]))
  return [...envelopes.values()]
    .toSorted((a, b) => a.class.localeCompare(b.class))
    .flatMap((envelope) =>
      limitsTable(envelope, corrosion).map((entry) => ({
        class: envelope.class,
        edition,
        altitudeM,
        corrosion,
        dewPointPhase,
        ...entry,
      })),
    )
}

/** The same as lines for people, without an end of line; none for a site without inlets. */
export function limitsText(site: Site): string[] {
  const limits = limitsOf(site)
  const [first] = limits
  if (first === undefined) return []
  const { edition, altitudeM, corrosion, dewPointPhase } = first
  return [
    `${edition}, ${altitudeM} m, corrosion ${corrosion}, dew points below 0 °C over ${dewPointPhase}`,
    ...limits.map((it) => {
      const dry = range(it.dryBulbMinC, it.dryBulbMaxC, '°C')
      const dew = range(it.dewPointMinC, it.dewPointMaxC, '°C')
      const rh = range(it.rhMinPct, it.rhMaxPct, '%')
      const envelope = `${it.class} ${it.part}`.padEnd(14)
      return `${envelope}  ${dry.padEnd(14)}  dew point ${dew.padEnd(12)}  RH ${rh.padEnd(9)}  ${it.source} (${it.confidence})`
    }),
  ]
}

function range(from: number | null, to: number | null, unit: string): string {
  const [low, high] = [from, to].map((limit) => (limit === null ? '' : String(Math.round(limit * 100) / 100)))
  return low === '' ? `to ${high} ${unit}` : `${low} to ${high} ${unit}`
}
