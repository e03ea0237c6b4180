/** What changed, and who did it: numbers that had settled, alarms and accounts on the live page. */
import { TableCellHeight } from '@grafana/grafana-foundation-sdk/common'
import { SITE } from './alarms.ts'
import { asLines, asTable, firstBy, lines, ordered, table, type AnyPanel } from './panel.ts'
import { ask } from '../query.ts'

export function restatements(): AnyPanel {
  const columns = {
    of: 'of',
    name: 'name',
    window: 'window',
    reason: 'reason',
    rows: 'count',
    before: 'old',
    after: 'new',
  } as const
  return table(
    'Settled numbers that changed',
    'Why numbers changed after they had settled: one row for each series, window and day, at the end that changed most, with its number before and after. Energies in J, PUE, of compliance the share out in percent.',
  )
    .span(24)
    .cellHeight(TableCellHeight.Sm)
    .noValue('none in this time')
    .withTarget(asTable('A', ask('restatement', { columns, where: SITE, newest: 100 })))
    .transformations(ordered(['Time', ...Object.keys(columns)]))
}

export function lostMessages(): AnyPanel {
  const columns = {
    lost: ['rise', 'messages_lost'],
    'without a number': ['rise', 'messages_unnumbered'],
    'counts begun anew': ['rise', 'numbers_anew'],
  } as const
  return lines(
    'Messages lost on the way',
    'Of topics and gateways whose messages are numbered (`seq`): those that never came, those without a readable number, and counts that went on from a lower number. The alarm says of whom.',
  )
    .span(24)
    .height(6)
    .decimals(0)
    .min(0)
    .noValue('nothing is numbered')
    .withTarget(asLines('A', ask('health', { columns, where: SITE, every: '$__interval', fill: 'null' }), '$col'))
}

export function skews(): AnyPanel {
  const columns = { behind: ['last', 'skew_s'] } as const
  return table(
    'Clocks of devices',
    'How far the clock that stamps readings is behind ours, below 0 ahead, by gateway, or by topic where there is none: the smallest arrival − stamp of the last whole hour, so a backlog does not count. The farthest behind first.',
  )
    .span(24)
    .height(6)
    .cellHeight(TableCellHeight.Sm)
    .unit('s')
    .decimals(1)
    .noValue('no stamps in this time')
    .withTarget(asTable('A', ask('skew', { columns, where: SITE, by: ['source'] })))
    .transformations([...firstBy('behind', 'most', 50), ...ordered(['source', ...Object.keys(columns)])])
}

export function audit(): AnyPanel {
  const columns = {
    action: 'action',
    who: 'who',
    what: 'what',
    from: 'from',
    outcome: 'outcome',
    reason: 'reason',
  } as const
  return table(
    'Who did what',
    'Log-ins on the live page, orders (there, by MQTT and by the command line; refused ones with the reason) and changes of accounts, newest first.',
  )
    .span(24)
    .cellHeight(TableCellHeight.Sm)
    .noValue('nothing in this time')
    .withTarget(asTable('A', ask('audit', { columns, where: SITE, newest: 100 })))
    .transformations(ordered(['Time', ...Object.keys(columns)]))
}
