/** What is divided by IT energy beside the facility's, and the meters of it. */
import { asLines, coverageBand, lines, type AnyPanel } from './panel.ts'
import { ask } from '../query.ts'

const EVERY = '$__interval'

export function indicatorPanels(): AnyPanel[] {
  return [indicators(), waterPerHour(), intensity(), outdoor()]
}

function indicators(): AnyPanel {
  const columns = { value: ['last', 'value'] } as const
  const where = {
    site: { chosen: 'site' },
    boundary: { chosen: 'boundary' },
    window: { is: '24h' },
  } as const
  const coverage = { coverage: ['min', 'coverage'] } as const
  return lines(
    'Indicators, 24 h',
    'Water usage effectiveness (WUE, L/kWh of IT energy): each point is over the 24 h behind it, told every 5 min. `wue` counts all water that comes in, `wue_fresh` the freshwater of it, ' +
      '`wue_potable` the potable. `cue` and `cue_market` are kg of CO₂ equivalent per kWh of IT energy. `erf` is the share of the energy that is used again as heat outside, `ere` the facility less that heat over IT; `clf` is cooling over IT, `plf` what UPS and distribution lose over IT; `cer` is heat removed over the energy of cooling. `ref`, `mlc` and `elc` need a month. The grey band is the share of the day in which both sums are known (right axis); below half there is no value.',
  )
    .span(12)
    .decimals(3)
    .withTarget(
      asLines(
        'A',
        ask('indicator', { columns, where, by: ['indicator'], every: EVERY, fill: 'null' }),
        '$tag_indicator',
      ),
    )
    .withTarget(asLines('B', ask('indicator', { columns: coverage, where, every: EVERY, fill: 'null' }), '$col'))
    .overrideByName('coverage', coverageBand())
}

/** A line for each meter of the chosen sites. */
const BY_METER = { where: { site: { chosen: 'site' } }, by: ['point'], every: EVERY, fill: 'null' } as const

function waterPerHour(): AnyPanel {
  const flows = ask('water', { columns: { flow: ['mean', 'mean_l_h'] }, ...BY_METER })
  return metersOf(
    flows,
    'Water by meter',
    'Mean flow of each water meter, L/h, by its count or its flow. A line that breaks is missing readings, not saved water.',
  ).unit('lph')
}

function intensity(): AnyPanel {
  const told = ask('intensity', { columns: { g: ['mean', 'g_per_kwh'] }, ...BY_METER })
  return metersOf(
    told,
    'Carbon of a kWh',
    'What each point of an intensity told, g of CO₂ equivalent per kWh; constants and tables of months are not drawn. Where the line breaks it was not known, and no CUE counts that time.',
  )
}

function metersOf(query: string, title: string, description: string) {
  return lines(title, description)
    .span(12)
    .withTarget(asLines('A', query, '$tag_point'))
}

function outdoor(): AnyPanel {
  const where = { site: { chosen: 'site' } } as const
  const columns = {
    'dry bulb': ['mean', 'dry_bulb_c'],
    'wet bulb': ['mean', 'wet_bulb_c'],
    'dew point': ['mean', 'dew_point_c'],
  } as const
  return lines(
    'Air outside',
    'Dry bulb, wet bulb and dew point by place, °C, at the pressure of the altitude. Towers and wetted coolers come near the wet bulb, never below it. A line that breaks is missing readings.',
  )
    .span(12)
    .unit('celsius')
    .decimals(1)
    .withTarget(
      asLines('A', ask('outdoor', { columns, where, by: ['place'], every: EVERY, fill: 'null' }), '$tag_place $col'),
    )
}
