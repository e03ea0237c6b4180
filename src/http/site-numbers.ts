import { SEVERITIES } from '../core/contract/alarm-kinds.ts'
import { INLET_BANDS, type Figures, type HallFigure, type PueFigure } from '../rows/figures/figures.ts'

type Sample = readonly [labels: readonly string[], number: number]

/** A gauge of the site: `coldaisle_<metric>`, its unit the last word. What is NaN has no sample. */
interface SiteNumber {
  readonly metric: string
  readonly labels: readonly string[]
  readonly help: string
  readonly read: (figures: Figures) => readonly Sample[]
}

/** Labels are names of the configuration, so there are as many series as it has names. */
export const SITE_NUMBERS: readonly SiteNumber[] = [
  pue('pue', 'PUE of a boundary over a window that ends now; none below 50 % coverage', (it) => it.pue),
  pue('pue_coverage_ratio', 'Share of the window in which facility and IT are known', (it) => it.coverage),
  pue('pue_uncertainty', 'The true PUE lies within plus or minus this (k = 2)', (it) => it.uncertainty),
  pue('pue_suspect', '1 where the PUE is not to be believed', (it) => Number(it.suspect)),
  pue('pue_window_end_timestamp_seconds', 'When the window of the PUE ended', (it) => it.timeMs / 1000),
  {
    metric: 'power_watts',
    labels: ['role'],
    help: 'Mean power of all meters of a role in their newest interval; none while one of them is not known',
    read: ({ powers }) => powers.map(({ role, powerW }) => [[role], powerW]),
  },
  {
    metric: 'power_meters',
    labels: ['role', 'state'],
    help: 'Meters of a role whose power is known now, and the others',
    read: ({ powers }) =>
      powers.flatMap(({ role, meters, known }): Sample[] => [
        [[role, 'known'], known],
        [[role, 'unknown'], meters - known],
      ]),
  },
  {
    metric: 'inlets',
    labels: ['hall', 'band'],
    help: 'Inlets of a hall by where their air lies in the envelope',
    read: ({ halls }) =>
      halls.flatMap(({ hall, inlets }) => INLET_BANDS.map((band): Sample => [[hall, band], inlets[band]])),
  },
  worst(
    'headroom_kelvin',
    'From the dry bulb of the worst inlet of a hall to its nearest recommended limit; negative beyond',
    (it) => it.headroomK,
  ),
  worst('dry_bulb_celsius', 'Dry bulb of the worst inlet of a hall', (it) => it.dryBulbC),
  {
    metric: 'alarms',
    labels: ['alarm', 'severity'],
    help: 'Alarms that stand',
    read: ({ alarms }) =>
      [...(alarms ?? [])].flatMap(([alarm, counts]) =>
        SEVERITIES.map((severity, place): Sample => [[alarm, severity], counts[place] ?? NaN]),
      ),
  },
]

function pue(metric: string, help: string, of: (figure: PueFigure) => number): SiteNumber {
  return {
    metric,
    labels: ['boundary', 'window', 'category'],
    help,
    read: ({ pues }) =>
      [...pues.values()].map((figure) => [[figure.boundary, figure.window, figure.category], of(figure)]),
  }
}

function worst(unit: string, help: string, of: (inlet: NonNullable<HallFigure['worst']>) => number): SiteNumber {
  return {
    metric: `worst_inlet_${unit}`,
    labels: ['hall', 'rack', 'inlet'],
    help,
    read: ({ halls }) =>
      halls.flatMap((it): Sample[] =>
        it.worst === undefined ? [] : [[[it.hall, it.worst.rack, it.worst.inlet], of(it.worst)]],
      ),
  }
}
