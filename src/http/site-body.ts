import type { Site } from '../site/site.ts'

/** What is measured, by name: names, roles and places; nothing of topics, accounts or files. */
export function siteBody({ config }: Site): object {
  const { site, core, points, boundaries, inlets, http } = config
  return {
    site: site.id,
    timezone: site.timezone,
    edition: site.edition,
    intervalS: core.intervalS,
    grafanaUrl: http.grafanaUrl,
    windows: core.windows,
    points: Object.entries(points).map(([point, { role, unit, kind, gateway, meter, everyS }]) => ({
      point,
      role,
      unit,
      kind,
      gateway,
      meter,
      everyS,
    })),
    boundaries: Object.entries(boundaries).map(([boundary, { category, targetPue, targets, part, facility, it }]) => ({
      boundary,
      category,
      targetPue,
      targets,
      part,
      facility,
      it,
    })),
    inlets: Object.entries(inlets).map(([inlet, { hall, rack, class: airClass, dryBulb, humidity, dewPoint }]) => ({
      inlet,
      hall,
      rack,
      class: airClass,
      points: [dryBulb, humidity, dewPoint].filter((point) => typeof point === 'string'),
    })),
  }
}
