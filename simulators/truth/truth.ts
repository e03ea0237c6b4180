import { leavesOf, type Site } from '../../src/site/site.ts'
import {
  createDevices,
  energyMj,
  firstStampMs,
  publishedGauge,
  type Device,
  type PayloadMember,
  type Signal,
} from '../devices/devices.ts'
import { createPlant, type Plant } from '../plant/plant.ts'
import { isSilent, type Scenario } from '../scenarios/scenario.ts'

/** A stretch of a site's simulated life: event times from `fromMs` up to but not including `toMs` (may be Infinity). */
export interface Run {
  readonly site: Site
  readonly seed: number
  readonly fromMs: number
  readonly toMs: number
  readonly scenario: Scenario
}

/** What really happened in a run; planted faults do not change it. Energies in J, by interval (`endsMs`) and in all. */
export interface Truth {
  site: string
  seed: number
  scenario: string
  fromMs: number
  toMs: number
  endsMs: number[]
  points: Record<string, { energyJ: number; intervalsJ: number[] }>
  boundaries: Record<string, BoundaryTruth>
  /** The alarms that inlets raise and clear within the run, by the delays of the rules, in order of time. */
  alarms: AlarmTruth[]
  /** Packets by topic, faults included. */
  packets: Record<string, number>
}

interface BoundaryTruth {
  facilityJ: number
  itJ: number
  pue: number
  intervals: { facilityJ: number; itJ: number; pue: number }[]
}

interface AlarmTruth {
  timeMs: number
  inlet: string
  alarm: 'inlet_recommended' | 'inlet_allowable'
  state: 'raised' | 'cleared'
}

/** The truth of a run of bounded length; `packets` counts what was sent. */
export function measureTruth(run: Run, packets: ReadonlyMap<string, number>): Truth {
  const { site, seed, fromMs, toMs, scenario } = run
  if (!(toMs - fromMs <= 400 * 86_400_000)) throw new Error('the truth of more than 400 days is not kept')
  const plant = createPlant(site, seed, scenario, fromMs)
  const devices = createDevices(plant, seed)
  const endsMs = endsOf(site.plan.lengthMs, fromMs, toMs)
  const members = devices.flatMap((device) => device.members.map((member) => ({ device, member })))
  const energies = new Map<number, number[]>()
  for (const { member } of members) {
    if (member.signal === undefined) continue
    energies.set(member.point, energiesOf(plant, member.signal, endsMs, fromMs, toMs))
  }
  return {
    site: site.config.site.id,
    seed,
    scenario: scenario.name,
    fromMs,
    toMs,
    endsMs,
    points: Object.fromEntries(
      [...energies].map(([point, intervalsJ]) => [site.points[point] ?? '', { energyJ: sum(intervalsJ), intervalsJ }]),
    ),
    boundaries: Object.fromEntries(site.boundaries.map((name, index) => [name, boundaryOf(site, index, energies)])),
    alarms: alarmsOf(run, plant, members),
    packets: Object.fromEntries(packets),
  }
}

function endsOf(lengthMs: number, fromMs: number, toMs: number): number[] {
  const endsMs: number[] = []
  for (let endMs = (Math.floor(fromMs / lengthMs) + 1) * lengthMs; endMs - lengthMs < toMs; endMs += lengthMs) {
    endsMs.push(endMs)
  }
  return endsMs
}

function energiesOf(plant: Plant, signal: Signal, endsMs: readonly number[], fromMs: number, toMs: number): number[] {
  const { lengthMs } = plant.site.plan
  return endsMs.map((endMs) => {
    const mj = energyMj(plant, signal, Math.max(fromMs, endMs - lengthMs), Math.min(toMs, endMs))
    return Math.round(mj) / 1000
  })
}

function boundaryOf(site: Site, index: number, energies: ReadonlyMap<number, readonly number[]>): BoundaryTruth {
  const plan = site.plan.boundaries[index]
  if (plan === undefined) throw new Error(`no boundary ${index}`)
  const total = (terms: typeof plan.it, at: number) => {
    const constantW = sum(terms.map(({ alternatives: [first] }) => first?.constantW ?? 0))
    return leavesOf(terms).reduce(
      (before, { points, factor }) => before + factor * (energies.get(points[0] ?? -1)?.[at] ?? NaN),
      (constantW * site.plan.lengthMs) / 1000,
    )
  }
  const count = energies.values().next().value?.length ?? 0
  const intervals = Array.from({ length: count }, (_, at) => {
    const facilityJ = total(plan.facility, at)
    const itJ = total(plan.it, at)
    return { facilityJ, itJ, pue: facilityJ / itJ }
  })
  const facilityJ = sum(intervals.map((interval) => interval.facilityJ))
  const itJ = sum(intervals.map((interval) => interval.itJ))
  return { facilityJ, itJ, pue: facilityJ / itJ, intervals }
}

function alarmsOf(run: Run, plant: Plant, members: readonly { device: Device; member: PayloadMember }[]): AlarmTruth[] {
  const { config, plan, inlets } = run.site
  const rules = config.alarms
  const rows = plan.inlets.flatMap(({ dryBulb, envelope }, index) => {
    const found = members.find(({ member }) => member.point === dryBulb)
    const inlet = inlets[index]
    if (found === undefined || inlet === undefined) return []
    const samples = samplesOf(run, plant, found.device, found.member)
    const holdMs = plan.points[dryBulb]?.maxGapMs ?? 0
    const bridgeMs = Math.max(holdMs, Math.min(plan.alarms.staleAfterMs[dryBulb] ?? 0, BRIDGE_MS))
    return (['inlet_recommended', 'inlet_allowable'] as const).flatMap((alarm) => {
      const range = alarm === 'inlet_allowable' ? envelope.allowable : envelope.recommended
      const moves = rules[alarm].enabled
        ? transitions(samples, { holdMs, bridgeMs }, run.toMs, range, rules[alarm])
        : []
      return moves.map(({ timeMs, state }): AlarmTruth => ({ timeMs, inlet, alarm, state }))
    })
  })
  return rows.sort((a, b) => a.timeMs - b.timeMs)
}

interface Sample {
  tMs: number
  dryBulbC: number
}

function samplesOf({ fromMs, toMs }: Run, plant: Plant, device: Device, member: PayloadMember): Sample[] {
  const samples: Sample[] = []
  for (let tMs = firstStampMs(device, fromMs); tMs < toMs; tMs += device.everyMs) {
    if (isSilent(plant.drive, device.topic, tMs)) continue
    samples.push({ tMs, dryBulbC: publishedGauge(plant, member, tMs) })
  }
  return samples
}

/** The longest time between two samples over which a breach goes on. */
const BRIDGE_MS = 300_000

/** The moves of one rule: a breach without a gap for the on-delay raises, a return for the off-delay clears. */
function transitions(
  samples: readonly Sample[],
  { holdMs, bridgeMs }: { holdMs: number; bridgeMs: number },
  toMs: number,
  { dryBulbMinC, dryBulbMaxC }: { dryBulbMinC: number; dryBulbMaxC: number },
  { onDelayS, offDelayS, deadbandK }: { onDelayS: number; offDelayS: number; deadbandK: number },
): { timeMs: number; state: 'raised' | 'cleared' }[] {
  const moves: { timeMs: number; state: 'raised' | 'cleared' }[] = []
  let active = false
  let sinceMs = NaN
  for (const [at, { tMs, dryBulbC }] of samples.entries()) {
    const breached = dryBulbC > dryBulbMaxC || dryBulbC < dryBulbMinC
    const back = dryBulbC < dryBulbMaxC - deadbandK && dryBulbC > dryBulbMinC + deadbandK
    const leaving = active ? back : breached
    if (!leaving) sinceMs = NaN
    else if (Number.isNaN(sinceMs)) sinceMs = tMs
    // A sample holds until the next one, at most for `holdMs`.
    const nextMs = samples[at + 1]?.tMs ?? toMs
    const knownMs = Math.min(nextMs - 1, tMs + holdMs)
    const dueMs = sinceMs + (active ? offDelayS : onDelayS) * 1000
    if (dueMs <= knownMs) {
      active = !active
      moves.push({ timeMs: dueMs, state: active ? 'raised' : 'cleared' })
      sinceMs = NaN
    } else if (nextMs > tMs + (active ? holdMs : bridgeMs)) sinceMs = NaN
  }
  return moves
}

function sum(list: readonly number[]): number {
  return list.reduce((before, one) => before + one, 0)
}
