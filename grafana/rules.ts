/**
 * Alert rules of Grafana, in the form of its file provisioning. They check the rows once more: the collector raises its
 * own alarms on envelope breaches, and sooner. A rule without rows is raised: no rows is never "all is well".
 */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { DELAY_LIMIT_S } from './panels/collector.ts'
import { TARGET_PUE } from './overview.ts'
import { SOURCE_UID } from './panels/panel.ts'
import { ask } from './query.ts'

interface Rule {
  uid: string
  title: string
  query: string
  /** How far back the query looks, s. */
  lookS: number
  /** Raised while the last number of a series lies so. */
  when: { type: 'gt' | 'lt'; limit: number }
  /** And has done so for this long. */
  for: string
  severity: 'warning' | 'critical'
  summary: string
  description: string
  /** Title of the panel that shows it. */
  panel: string
}

/** The provisioning file: one group, evaluated once a minute. `dashboard` is what the rules point at. */
export function provisionedRules(dashboard: Dashboard): object {
  const rules = RULES.map((rule) => provisioned(rule, dashboard))
  return { apiVersion: 1, groups: [{ orgId: 1, name: 'coldaisle', folder: 'coldaisle', interval: '1m', rules }] }
}

const RULES: Rule[] = [
  {
    uid: 'coldaisle-collector-stale',
    title: 'coldaisle: collector stale or not ready',
    // Empty buckets are 0, so a site that falls silent beside others is seen; `for` forgives the bucket just begun.
    query: ask('health', { columns: { ready: ['sum', 'ready'] }, by: ['site'], every: '2m', fill: 0 }),
    lookS: 21_600,
    when: { type: 'lt', limit: 0.5 },
    for: '4m',
    severity: 'critical',
    summary: 'The collector of {{ .Labels.site }} has not been ready for minutes',
    description:
      'It told nothing, or that readings do not get through. What follows from silence is unknown, not well.',
    panel: 'Connected and ready',
  },
  {
    uid: 'coldaisle-data-delay',
    title: 'coldaisle: data delay',
    query: ask('health', { columns: { delay: ['last', 'lag_s'] }, by: ['site'] }),
    lookS: 600,
    when: { type: 'gt', limit: DELAY_LIMIT_S },
    for: '2m',
    severity: 'warning',
    summary: 'Readings of {{ .Labels.site }} are more than 5 minutes behind',
    description:
      'The newest accepted event time lies more than 5 minutes behind the clock: broker, gateway or network.',
    panel: 'Data delay over time',
  },
  {
    uid: 'coldaisle-coverage',
    title: 'coldaisle: coverage of the last hour',
    query: ask('pue', {
      columns: { coverage: ['last', 'coverage'] },
      where: { window: { is: '1h' } },
      by: ['site', 'boundary'],
    }),
    lookS: 1800,
    when: { type: 'lt', limit: 0.9 },
    for: '15m',
    severity: 'warning',
    summary: 'PUE of {{ .Labels.boundary }} knows less than 90 % of the last hour',
    description: 'A meter of the facility or of IT is silent or refused. See the points least known.',
    panel: 'Coverage, last hour',
  },
  {
    uid: 'coldaisle-pue-target',
    title: 'coldaisle: PUE above target',
    query: ask('pue', {
      columns: { PUE: ['last', 'pue'] },
      where: { window: { is: '24h' } },
      by: ['site', 'boundary'],
    }),
    lookS: 1800,
    when: { type: 'gt', limit: TARGET_PUE },
    for: '1h',
    severity: 'warning',
    summary: `PUE of {{ .Labels.boundary }} over 24 h has been above ${TARGET_PUE} for an hour, or is not known`,
    description: 'Not known: less than half of the 24 hours is covered, as on the first day.',
    panel: 'PUE 24 h, over target',
  },
  {
    uid: 'coldaisle-inlet-out',
    title: 'coldaisle: inlet out of the allowable range',
    // The last band that was known: silence does not clear it.
    query: ask('climate', {
      columns: { band: ['last', 'worst_band'] },
      below: ['worst_band', 3],
      by: ['site', 'hall', 'rack', 'inlet'],
    }),
    lookS: 21_600,
    when: { type: 'gt', limit: 1.5 },
    for: '2m',
    severity: 'critical',
    summary: 'Inlet {{ .Labels.inlet }} ({{ .Labels.hall }}) is out of the allowable range',
    description: 'The worst band of its last known interval is 2 (out), or no inlet has been known for 6 hours.',
    panel: 'Worst inlets now',
  },
]

function provisioned(rule: Rule, dashboard: Dashboard): object {
  const panel = dashboard.panels?.find(({ title }) => title === rule.panel)
  if (panel?.id === undefined) throw new Error(`${rule.uid} points at a panel that is not there: ${rule.panel}`)
  return {
    uid: rule.uid,
    title: rule.title,
    condition: 'C',
    data: [
      queried(rule),
      computed('B', { type: 'reduce', reducer: 'last', expression: 'A' }),
      computed('C', { type: 'threshold', expression: 'B', conditions: [thresholdOf(rule)] }),
    ],
    dashboardUid: dashboard.uid,
    panelId: panel.id,
    noDataState: 'Alerting',
    execErrState: 'Alerting',
    for: rule.for,
    // A series that stops beside others would else end its alert after two minutes. Known to newer Grafana only.
    missing_series_evals_to_resolve: 240,
    labels: { severity: rule.severity, product: 'coldaisle' },
    annotations: { summary: rule.summary, description: rule.description },
    isPaused: false,
  }
}

function queried({ query, lookS }: Rule): object {
  const model = {
    refId: 'A',
    query,
    rawQuery: true,
    resultFormat: 'time_series',
    intervalMs: 60_000,
    maxDataPoints: 1000,
  }
  return {
    refId: 'A',
    datasourceUid: SOURCE_UID,
    relativeTimeRange: { from: lookS, to: 0 },
    model: { ...model, datasource: { type: 'influxdb', uid: SOURCE_UID } },
  }
}

function computed(refId: string, model: object): object {
  const datasource = { type: '__expr__', uid: '__expr__' }
  return {
    refId,
    datasourceUid: '__expr__',
    relativeTimeRange: { from: 0, to: 0 },
    model: { refId, ...model, datasource },
  }
}

function thresholdOf({ when }: Rule): object {
  return { type: 'query', evaluator: { type: when.type, params: [when.limit] } }
}
