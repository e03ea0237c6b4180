import { Counter, Gauge, Registry } from '@prometheus-io/client'
import type { Health } from '../health/health.ts'
import { LABELLED_NUMBERS, type LabelledNumber } from '../health/labelled.ts'
import type { HealthNumber } from '../health/number-type.ts'
import { HEALTH_NUMBERS } from '../health/numbers.ts'
import type { Figures } from '../rows/figures/figures.ts'
import { SITE_NUMBERS } from './site-numbers.ts'

/** What Prometheus reads. */
interface Metrics {
  readonly contentType: string
  /** The text of all metrics, from the numbers as they are now. */
  text(): Promise<string>
}

/** Samples of a metric of the site: of a site with more series the first ones are given. */
const MOST_SAMPLES = 2_000

type Samples = ReturnType<LabelledNumber['read']>

/**
 * Publishes the health's plain numbers when asked: counting a reading costs no label look-up. With them what the site
 * is, of which `figures` is asked once for all of its metrics.
 */
export function createMetrics(health: Health, clock: () => number, figures?: () => Figures): Metrics {
  const registry = new Registry()
  const asked: { figures?: Figures | undefined } = {}
  for (const number of LABELLED_NUMBERS) addMetric(registry, number, () => number.read(health))
  for (const number of HEALTH_NUMBERS) {
    if ('metric' in number) addMetric(registry, { ...number, labels: [] }, () => plainSample(number, health, clock()))
  }
  if (figures !== undefined) {
    for (const number of SITE_NUMBERS) {
      const read = () => (asked.figures === undefined ? [] : [...number.read(asked.figures)].slice(0, MOST_SAMPLES))
      addMetric(registry, { ...number, kind: 'gauge' }, read)
    }
  }
  const text = () => {
    health.refresh()
    asked.figures = figures?.()
    return registry.metrics()
  }
  return { contentType: registry.contentType, text }
}

function addMetric(
  registry: Registry,
  { kind, metric, labels, help }: Omit<LabelledNumber, 'read'>,
  read: () => Samples,
): void {
  const samples = () =>
    [...read()].flatMap(([words, number]) =>
      Number.isFinite(number)
        ? [[Object.fromEntries(labels.map((label, n) => [label, words[n] ?? ''])), number] as const]
        : [],
    )
  // Resetting what has no labels leaves a zero, which Prometheus would read as a sample: so it is removed.
  const shared = { help, labelNames: labels, registers: [registry] }
  if (kind === 'counter') {
    new Counter({
      ...shared,
      name: `coldaisle_${metric}_total`,
      collect() {
        this.reset()
        if (labels.length === 0) this.remove()
        for (const [words, number] of samples()) this.inc(words, number)
      },
    })
    return
  }
  new Gauge({
    ...shared,
    name: `coldaisle_${metric}`,
    collect() {
      this.reset()
      if (labels.length === 0) this.remove()
      for (const [words, number] of samples()) this.set(words, number)
    },
  })
}

/** What is unknown is left out: no sample, not a zero. */
function plainSample({ unit, read }: HealthNumber, health: Health, nowMs: number): Samples {
  const number = read(health, nowMs)
  return Number.isFinite(number) ? [[[], unit === 'ms' ? number / 1000 : number]] : []
}
