/**
 * Planned work, as far as rows hang on it. When it is due, others find out of the configuration and of commands; they
 * begin each stretch at the first entry that arrives behind its begin. What has begun stays, whatever a later
 * configuration says: compliance of a year has it, too.
 */
export interface Planned {
  /** Work that was planned by command, by its name: as JSON. */
  readonly commanded: Map<string, string>
  /** Of each work, by its name: the end of the stretch that began last. */
  readonly begunMs: Map<string, number>
  /** Stretches that mark compliance, in the order of their begin. */
  stretches: PlannedStretch[]
}

interface PlannedStretch {
  readonly name: string
  readonly fromMs: number
  untilMs: number
  readonly inlets: ReadonlySet<number>
}

/** No window looks farther back. */
const KEPT_MS = 400 * 86_400_000
/** Beyond it the oldest are forgotten. */
const MOST_STRETCHES = 10_000

export function createPlanned(): Planned {
  return { commanded: new Map(), begunMs: new Map(), stretches: [] }
}

/** Notes that work has begun. */
export function beginStretch(planned: Planned, stretch: PlannedStretch): void {
  const kept = planned.stretches.filter(({ untilMs }) => untilMs > stretch.fromMs - KEPT_MS)
  planned.stretches = [...kept, stretch].slice(-MOST_STRETCHES)
}

/** Ends what goes on of a work: it was called off. */
export function endStretch({ stretches }: Planned, name: string, nowMs: number): void {
  for (const stretch of stretches) if (stretch.name === name) stretch.untilMs = Math.min(stretch.untilMs, nowMs)
}

/** Milliseconds of planned work at inlets within [fromMs, untilMs), added up over them. Stretches may overlap. */
export function plannedMs({ stretches }: Planned, inlets: readonly number[], fromMs: number, untilMs: number): number {
  if (stretches.length === 0) return 0
  const within = stretches.filter((it) => it.fromMs < untilMs && it.untilMs > fromMs)
  const edges = new Set<number>()
  for (const it of within) edges.add(Math.max(it.fromMs, fromMs)).add(Math.min(it.untilMs, untilMs))
  const inOrder = [...edges].sort((a, b) => a - b)
  let sumMs = 0
  for (let n = 1; n < inOrder.length; n++) {
    const [beginMs, endMs] = [inOrder[n - 1]!, inOrder[n]!]
    const meanwhile = within.filter((it) => it.fromMs <= beginMs && it.untilMs >= endMs)
    if (meanwhile.length === 0) continue
    let count = 0
    for (const inlet of inlets) if (meanwhile.some((it) => it.inlets.has(inlet))) count++
    sumMs += count * (endMs - beginMs)
  }
  return sumMs
}
