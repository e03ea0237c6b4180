/** Prometheus' own vectors for `for:` (promtool test rules), replayed through the alarm machine. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { createAlarms } from '../../../src/core/alarms/alarms.ts'
import { judgeCondition } from '../../../src/core/alarms/judged/judge.ts'
import { runTimers } from '../../../src/core/alarms/timers.ts'
import type { AlarmRow } from '../../../src/core/contract/sink.ts'
import { NOWHERE } from '../../../src/core/contract/sink.ts'
import { createSite } from '../../../src/site/site.ts'
import { configOf } from '../site-text.ts'

const FOLDER = fileURLToPath(new URL('../../../../shared/data/oracles', import.meta.url))
const absent = existsSync(FOLDER) ? '' : ' (skipped: ../shared/data is absent)'

interface Vectors {
  interval: string
  input_series: { series: string; values: string }[]
  promql_expr_test: { eval_time: string; exp_samples: { labels: string; value: number }[] }[]
  alert_rule_test: { eval_time: string | number; alertname: string; exp_alerts: object[] }[]
}

interface Rule {
  alert?: string
  for?: string
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

function secondsOf(text: string | number): number {
  const [, number = '0', unit = 's'] = /^(\d+)([smhd])$/.exec(String(text)) ?? []
  return Number(number) * (SECONDS[unit] ?? NaN)
}

/** `a+bxn`: a and n more, each b further. */
function seriesOf(written: string): number[] {
  const [, first = '', step = '', more = ''] = /^(\d+)\+(\d+)x(\d+)$/.exec(written) ?? []
  return Array.from({ length: Number(more) + 1 }, (_, n) => Number(first) + n * Number(step))
}

function read<T>(file: string): T {
  return parse(readFileSync(join(FOLDER, file), 'utf8')) as T
}

/** What stands at a time (seconds) when `up` is judged at every interval: nothing, `pending` or `firing`. */
function stateAt(atS: number, up: readonly number[], intervalS: number, forS: number): string {
  const site = createSite(
    configOf(`
site: { id: s, timezone: UTC }
points: { up: { topic: up, unit: "%" } }
alarms: { drift: { onDelayS: ${forS} }, stale: { enabled: false } }`),
  )
  const alarms = createAlarms(site.plan)
  const rows: AlarmRow[] = []
  const sink = { ...NOWHERE, alarm: (row: AlarmRow) => void rows.push(row) }
  for (const [n, value] of up.entries()) {
    const tMs = n * intervalS * 1000
    if (tMs > atS * 1000) break
    runTimers(alarms, tMs, sink)
    const verdict = value === 0 ? 'breached' : 'inside'
    judgeCondition(alarms, 'drift', 0, { verdict, tMs, value, limit: 1 }, tMs, sink)
  }
  if (rows.at(-1)?.state === 'raised') return 'firing'
  return alarms.byKind.get('drift')?.get(0)?.phase === 'rising' ? 'pending' : 'nothing'
}

test.skipIf(absent !== '')(`InstanceDown and AlwaysFiring stand when promtool says so${absent}`, () => {
  const { groups } = read<{ groups: { rules: Rule[] }[] }>('promtool-rules.yml')
  const rules = new Map(groups.flatMap(({ rules: all }) => all).map((rule) => [rule.alert, secondsOf(rule.for ?? 0)]))
  const { tests } = read<{ tests: Partial<Vectors>[] }>('promtool-unittest.yml')
  const told = tests.filter((it): it is Vectors => it.alert_rule_test !== undefined)
  let compared = 0
  for (const { interval, input_series: series, promql_expr_test: counts, alert_rule_test: alerts } of told) {
    const up = seriesOf(series[0]?.values ?? '')
    const state = (alert: string, at: string | number) =>
      stateAt(
        secondsOf(at),
        alert === 'AlwaysFiring' ? up.map(() => 0) : up,
        secondsOf(interval),
        rules.get(alert) ?? NaN,
      )
    for (const { eval_time: at, alertname, exp_alerts: expected } of alerts) {
      expect([alertname, at, state(alertname, at) === 'firing']).toEqual([alertname, at, expected.length > 0])
      compared++
    }
    for (const { eval_time: at, exp_samples: samples } of counts) {
      for (const { labels } of samples) {
        const [, alert = '', expected = ''] = /alertname="(\w+)",alertstate="(\w+)"/.exec(labels) ?? []
        expect([alert, at, state(alert, at)]).toEqual([alert, at, expected])
        compared++
      }
    }
  }
  expect(compared).toBe(6)
  // The minute in which it turns
  expect(['4m', '5m'].map((at) => stateAt(secondsOf(at), seriesOf('0+0x1440'), 60, 300))).toEqual(['pending', 'firing'])
})
