/** Alarms: the last state of each, and every transition. */
import { TableCellHeight } from '@grafana/grafana-foundation-sdk/common'
import { AnnotationQueryBuilder } from '@grafana/grafana-foundation-sdk/dashboard'
import { asTable, coloured, column, GREY, ordered, SOURCE, table, type AnyPanel } from './panel.ts'
import { ask, type Question } from '../query.ts'

export const SITE = { site: { chosen: 'site' } } as const

/** The colour of each state. */
export const ALARM_STATES = coloursOf({
  red: ['raised', 'chattering'],
  orange: ['stale', 'returned', 'latched'],
  yellow: ['acked'],
  blue: ['shelved', 'suppressed', 'out_of_service'],
  green: ['cleared', 'normal'],
  [GREY]: ['late', 'unshelved', 'retired', 'reclassified'],
})
export const SEVERITY_COLOURS: Record<string, [string, string]> = {
  critical: ['critical', 'red'],
  high: ['high', 'red'],
  warning: ['warning', 'orange'],
  low: ['low', 'yellow'],
}

export function alarmPanels(): AnyPanel[] {
  return [lastStates(), transitions()]
}

export function lastStates(): AnyPanel {
  const columns = {
    severity: 'severity',
    alarm: 'alarm',
    source: 'source',
    state: 'state',
    message: 'message',
  } as const
  const first = { operation: 'aggregate', aggregations: ['first'] }
  const key = { operation: 'groupby', aggregations: [] }
  const fields = { severity: first, alarm: key, source: key, state: first, message: first, Time: first }
  const shown = ['severity (first)', 'alarm', 'source', 'state (first)', 'Time (first)', 'message (first)']
  const names = {
    'severity (first)': 'severity',
    'state (first)': 'state',
    'Time (first)': 'since',
    'message (first)': 'message',
  }
  return table(
    'Alarms: last state of each',
    'The last transition of each alarm and source in 7 days, raised ones first. An empty table is no "all clear": ' +
      'whether readings come at all is told by the data delay, and a silent sensor raises its own alarm (stale).',
  )
    .span(12)
    .timeFrom('7d')
    .cellHeight(TableCellHeight.Sm)
    .noValue('no transition in 7 days')
    .withTarget(asTable('A', alarmRows({ columns, newest: 1000 })))
    .transformations([
      { id: 'groupBy', options: { fields } },
      { id: 'sortBy', options: { sort: [{ field: 'state (first)', desc: true }] } },
      ...ordered(shown, names),
    ])
    .overrideByName('state', coloured(ALARM_STATES))
    .overrideByName('severity', coloured(SEVERITY_COLOURS))
    .overrideByName('since', column('dateTimeFromNow'))
}

export function transitions(): AnyPanel {
  const columns = {
    state: 'state',
    severity: 'severity',
    alarm: 'alarm',
    source: 'source',
    reached: 'value',
    limit: 'limit',
    message: 'message',
  } as const
  return table(
    'Alarms: last transitions',
    "Newest first, in the shown time. A row's time is the start of the breach and the on-delay. Late: told too late to be sent, kept for the record.",
  )
    .span(12)
    .cellHeight(TableCellHeight.Sm)
    .noValue('no transition in this time')
    .withTarget(asTable('A', alarmRows({ columns, newest: 100 })))
    .transformations(ordered(['Time', ...Object.keys(columns)]))
    .overrideByName('state', coloured(ALARM_STATES))
    .overrideByName('severity', coloured(SEVERITY_COLOURS))
}

/** Raised alarms as marks on every drawing. */
export function raisedAlarms(): AnnotationQueryBuilder {
  const columns = { text: 'message', state: 'state', alarm: 'alarm', severity: 'severity' } as const
  return marks('Alarms', 'red', alarmRows({ columns, newest: 200 }), 'state,alarm,severity')
}

/** Days whose numbers changed after they had settled, and why. */
export function restatedDays(): AnnotationQueryBuilder {
  const columns = { text: 'reason', of: 'of', name: 'name', window: 'window' } as const
  return marks('Restatements', 'purple', ask('restatement', { columns, where: SITE, newest: 200 }), 'of,name,window')
}

function marks(name: string, color: string, query: string, tagsColumn: string): AnnotationQueryBuilder {
  const target = {
    refId: 'Anno',
    query,
    rawQuery: true,
    queryType: 'tags',
    fromAnnotations: true,
    textEditor: true,
    textColumn: 'text',
    tagsColumn,
    titleColumn: '',
    timeEndColumn: '',
    _implementsDataqueryVariant() {}, // of the type only: JSON leaves it out
  }
  return new AnnotationQueryBuilder()
    .name(name)
    .datasource(SOURCE)
    .enable(true)
    .iconColor(color)
    .target({ build: () => target })
}

export function alarmRows(question: Omit<Question<'alarm'>, 'where'>): string {
  return ask('alarm', { ...question, where: SITE })
}

function coloursOf(statesOf: Record<string, string[]>): Record<string, [text: string, color: string]> {
  const pairs = Object.entries(statesOf).flatMap(([color, states]) => states.map((state) => [state, color] as const))
  return Object.fromEntries(pairs.map(([state, color]) => [state, [state.replaceAll('_', ' '), color]]))
}
