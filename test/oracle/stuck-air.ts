// What a dry bulb says over an hour, the slow way: by the words of the contract, and none of the code that it judges.

export interface HeardReading {
  readonly tMs: number
  readonly valueC: number
}

/** How a sensor is judged: how long a reading holds, and how long it may repeat a value; Infinity: for ever. */
export interface SensorRule {
  readonly holdsMs: number
  readonly stuckAfterMs: number
}

/** A reading, until when it holds, and whether its sensor was stuck by then. */
export interface Stay {
  readonly fromMs: number
  readonly toMs: number
  readonly valueC: number
  readonly isStuck: boolean
}

/** Fewer equal readings than this say nothing: a device may report on change only. */
const LEAST_EQUAL = 20

/** The stays of readings, in whatever order they came. */
export function staysOf(heard: readonly HeardReading[], { holdsMs, stuckAfterMs }: SensorRule): Stay[] {
  const readings = heard.toSorted((a, b) => a.tMs - b.tMs)
  return readings.map(({ tMs, valueC }, n) => {
    let first = n
    while (first > 0 && readings[first - 1]?.valueC === valueC) first -= 1
    const lastedMs = tMs - (readings[first]?.tMs ?? tMs)
    const equal = n - first + 1
    const isStuck = lastedMs >= stuckAfterMs && equal >= LEAST_EQUAL && equal * holdsMs >= lastedMs
    return { fromMs: tMs, toMs: Math.min(readings[n + 1]?.tMs ?? Infinity, tMs + holdsMs), valueC, isStuck }
  })
}

/** What holds just before a moment; undefined: nothing does. */
export function stayBefore(stays: readonly Stay[], atMs: number): Stay | undefined {
  return stays.find(({ fromMs, toMs }) => fromMs < atMs && atMs <= toMs)
}

/** Shares of the hour before a moment: of class A2 (18 to 27 °C, 10 to 35 °C), in percent of the time that is known. */
export function sharesBefore(stays: readonly Stay[], endMs: number) {
  const fromMs = endMs - 3_600_000
  let [known, recommended, out] = [0, 0, 0]
  for (const stay of stays) {
    const ms = Math.min(stay.toMs, endMs) - Math.max(stay.fromMs, fromMs)
    if (ms <= 0 || stay.isStuck) continue
    known += ms
    if (stay.valueC >= 18 && stay.valueC <= 27) recommended += ms
    if (stay.valueC < 10 || stay.valueC > 35) out += ms
  }
  const coverage = known / 3_600_000
  if (coverage < 0.5) return { coverage }
  const share = (ms: number) => (100 * ms) / known
  const allowable = share(known - recommended - out)
  return { coverage, recommended_pct: share(recommended), allowable_pct: allowable, out_pct: share(out) }
}
