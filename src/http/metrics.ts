import { Counter, Gauge, Registry } from '@prometheus-io/client'
import type { Health } from '../health/health.ts'
import { HEALTH_NUMBERS, LABELLED_NUMBERS, type HealthNumber, type LabelledNumber } from '../health/numbers.ts'

/** What Prometheus reads. */
interface Metrics {
  readonly contentType: string
  /** The text of all metrics, from the numbers as they are now. */
  text(): Promise<string>
}

/** Publishes the health's plain numbers when asked: counting a reading costs no label look-up. */
export function createMetrics(health: Health, clock: () => number): Metrics {
  const registry = new Registry()
  for (const number of LABELLED_NUMBERS) addLabelled(registry, number, health)
  for (const number of HEALTH_NUMBERS) if ('metric' in number) addPlain(registry, number, health, clock)
  return { contentType: registry.contentType, text: () => registry.metrics() }
}

function addLabelled(registry: Registry, { kind, metric, labels, help, read }: LabelledNumber, health: Health): void {
  const samples = () =>
    [...read(health)].map(
      ([words, number]) => [Object.fromEntries(labels.map((label, n) => [label, words[n] ?? ''])), number] as const,
    )
  const shared = { help, labelNames: labels, registers: [registry] }
  if (kind === 'counter') {
    new Counter({
      ...shared,
      name: `coldaisle_${metric}_total`,
      collect() {
        this.reset()
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
      for (const [words, number] of samples()) this.set(words, number)
    },
  })
}

function addPlain(
  registry: Registry,
  { kind, metric, unit, help, read }: HealthNumber,
  health: Health,
  clock: () => number,
): void {
  const now = () => (unit === 'ms' ? read(health, clock()) / 1000 : read(health, clock()))
  const shared = { help, registers: [registry] }
  if (kind === 'counter') {
    new Counter({
      ...shared,
      name: `coldaisle_${metric}_total`,
      collect() {
        this.reset()
        this.inc(now())
      },
    })
    return
  }
  new Gauge({
    ...shared,
    name: `coldaisle_${metric}`,
    /** What is unknown is left out: a gauge without a sample, not a zero. */
    collect() {
      const number = now()
      if (Number.isFinite(number)) this.set(number)
      else this.remove()
    },
  })
}
