/** Planned work: its share of the time, and who planned or called off what. */
import { TableCellHeight } from '@grafana/grafana-foundation-sdk/common'
import { SITE } from './alarms.ts'
import { asLines, asTable, lines, ordered, table, type AnyPanel } from './panel.ts'
import { ask } from '../query.ts'

export function plannedPanels(): AnyPanel[] {
  return [plannedShare(), plannedOrders()]
}

function plannedShare(): AnyPanel {
  const columns = { planned: ['last', 'planned_pct'] } as const
  const of = (scope: string) => ({ ...SITE, scope: { is: scope }, window: { is: '24h' } })
  const question = { columns, by: ['name'], every: '$__interval', fill: 'none' } as const
  return lines(
    'Planned share of the last 24 h',
    'Time of inlets in which work was planned, of the site and its halls. Alarms of the place are shelved meanwhile; all other numbers of compliance count this time as ever.',
  )
    .span(12)
    .interval('5m')
    .unit('percent')
    .min(0)
    .noValue('no work was planned')
    .withTarget(asLines('A', ask('compliance', { ...question, where: of('site') }), 'site $tag_name'))
    .withTarget(asLines('B', ask('compliance', { ...question, where: of('hall') }), '$tag_name'))
}

function plannedOrders(): AnyPanel {
  const columns = { who: 'who', what: 'what', outcome: 'outcome', reason: 'reason' } as const
  const isPlan = { id: 'regex', options: { value: '^(plan|unplan) ' } }
  return table(
    'Work planned and called off by command',
    'Newest first. Work of the configuration is listed by `coldaisle alarms planned` and on the live page.',
  )
    .span(12)
    .cellHeight(TableCellHeight.Sm)
    .noValue('none in this time')
    .withTarget(asTable('A', ask('audit', { columns, where: SITE, newest: 1000 })))
    .transformations([
      {
        id: 'filterByValue',
        options: { type: 'include', match: 'any', filters: [{ fieldName: 'what', config: isPlan }] },
      },
      ...ordered(['Time', ...Object.keys(columns)]),
    ])
}
