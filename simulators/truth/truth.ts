import { leavesOf, type Site } from '../../src/site/site.ts'
import { energyMj, publishedGauge, shownStepJ } from '../devices/counts.ts'
import { createDevices, type Device, type PayloadMember } from '../devices/devices.ts'
import { createSending, type Sending } from '../devices/sending.ts'
import type { Met } from '../faults/faults.ts'
import { FAULT_OUTCOMES } from '../faults/outcomes.ts'
import { createPlant, type Plant } from '../plant/plant.ts'
import { isSilent } from '../scenarios/scenario.ts'
import type { Run } from '../scenarios/life.ts'
import { returnsOf, type ReturnTruth } from './returns.ts'
import { createArrivals, silencesOf, type SilenceTruth } from './silences.ts'
import { airTruthOf, createAirGauge, gaugeAir, type AirGauge, type AirTruth } from './air.ts'

/** What really happened in a run; planted faults do not change it. Energies in J, by interval (`endsMs`) and in all. */
export interface Truth {
  site: string
  seed: number
  scenario: string
  fromMs: number
  toMs: number
  endsMs: number[]
  points: Record<string, MeterTruth>
  boundaries: Record<string, BoundaryTruth>
  /** The alarms that inlets raise and clear within the run, by the delays of the rules, in order of time. */
  alarms: AlarmTruth[]
  /** The alarms of points that say nothing, likewise; of a run whose packets are known. */
  silences: SilenceTruth[]
  /** The air at each inlet whose dry bulb and humidity come in one packet. */
  inlets: Record<string, AirTruth>
  /** By hall and whole hour: its return temperature index, by flow, by power, and with every rack weighing the same. */
  halls: Record<string, ReturnTruth[]>
  /** What was planted on the way, what of it was met, and what its readings come to. */
  faults: FaultTruth[]
  /** Packets by topic, faults included. */
  packets: Record<string, number>
}

interface FaultTruth extends Met {
  fault: string
  fromMs: number
  toMs: number
  /** One of these outcomes has to be seen; empty: it is told by alarms and energies alone. */
  surely: readonly string[]
  perhaps: readonly string[]
}

/** What went through a meter, and what of it the meter cannot tell, besides the error of its class. */
interface MeterTruth {
  energyJ: number
  intervalsJ: number[]
  /** What its display hides of an interval, J. */
  hiddenJ: number
  /** How much it moves before it is told, as a share of what was told last. */
  bandShare: number
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

/** The truth of a run of bounded length; `arrivals`: what came of it, `met`: what each of its faults met. */
export function measureTruth(run: Run, arrivals = createArrivals(), met: readonly Met[] = []): Truth {
  const { site, seed, fromMs, toMs, scenario } = run
  if (!(toMs - fromMs <= 400 * 86_400_000)) throw new Error('the truth of more than 400 days is not kept')
  const plant = createPlant(run)
  const devices = createDevices(plant, seed)
  const endsMs = endsOf(site.plan.lengthMs, fromMs, toMs)
  const members = devices.flatMap((device) => device.members.map((member) => ({ device, member })))
  const energies = new Map<number, number[]>()
  for (const { member } of members) if (member.signal !== undefined) energies.set(member.point, [])
  // Interval by interval for all meters: the plant keeps only its last hours at hand.
  for (const endMs of endsMs) {
    const [startMs, untilMs] = [Math.max(fromMs, endMs - site.plan.lengthMs), Math.min(toMs, endMs)]
    for (const { member } of members) {
      if (member.signal === undefined) continue
      energies.get(member.point)?.push(Math.round(energyMj(plant, member.signal, startMs, untilMs)) / 1000)
    }
  }
  return {
    site: site.config.site.id,
    seed,
    scenario: scenario.name,
    fromMs,
    toMs,
    endsMs,
    points: Object.fromEntries(
      members.flatMap(({ device, member }) => {
        const intervalsJ = energies.get(member.point)
        if (intervalsJ === undefined) return []
        const shown = { hiddenJ: hiddenJ(site, member), bandShare: bandShareOf(device, member) }
        return [[site.points[member.point] ?? '', { energyJ: sum(intervalsJ), intervalsJ, ...shown }]]
      }),
    ),
    boundaries: Object.fromEntries(site.boundaries.map((name, index) => [name, boundaryOf(site, index, energies)])),
    ...airOf(run, plant, members),
    halls: returnsOf(run, plant),
    faults: faultsOf(run, met),
    silences: silencesOf(run, arrivals),
    packets: Object.fromEntries(arrivals.counts),
  }
}

function faultsOf({ scenario, fromMs }: Run, met: readonly Met[]): FaultTruth[] {
  const planted = scenario.events.filter((event) => event.what === 'fault')
  return planted.map(({ fault, fromS, toS }, at) => ({
    fault,
    fromMs: fromMs + fromS * 1000,
    toMs: fromMs + toS * 1000,
    ...(met[at] ?? { taken: NaN, put: NaN }),
    surely: FAULT_OUTCOMES[fault].surely ?? [],
    perhaps: FAULT_OUTCOMES[fault].perhaps ?? [],
  }))
}

/** A register shows whole steps; of a power each sample is rounded, at most by half a step. */
function hiddenJ({ plan }: Site, member: PayloadMember): number {
  const stepJ = shownStepJ(member)
  if (member.shown === 'energy') return stepJ ?? WH_J
  return ((stepJ ?? 0) * plan.lengthMs) / 2000
}

const WH_J = 3600

function bandShareOf({ dialect, everyMs, heartbeatMs }: Device, { shown }: PayloadMember): number {
  return shown === 'power' && everyMs < heartbeatMs ? (dialect.onChange?.power ?? 0) : 0
}

function endsOf(lengthMs: number, fromMs: number, toMs: number): number[] {
  const endsMs: number[] = []
  for (let endMs = (Math.floor(fromMs / lengthMs) + 1) * lengthMs; endMs - lengthMs < toMs; endMs += lengthMs) {
    endsMs.push(endMs)
  }
  return endsMs
}

function boundaryOf(site: Site, index: number, energies: ReadonlyMap<number, readonly number[]>): BoundaryTruth {
  const plan = site.plan.boundaries[index]
  if (plan === undefined) throw new Error(`no boundary ${index}`)
  const total = (terms: typeof plan.sums.it, at: number) => {
    const constantW = sum(terms.map(({ alternatives: [first] }) => first?.constantW ?? 0))
    return leavesOf(terms).reduce(
      (before, { points, factor }) => before + factor * (energies.get(points[0] ?? -1)?.[at] ?? NaN),
      (constantW * site.plan.lengthMs) / 1000,
    )
  }
  const count = energies.values().next().value?.length ?? 0
  const intervals = Array.from({ length: count }, (_, at) => {
    const facilityJ = total(plan.sums.facility, at)
    const itJ = total(plan.sums.it, at)
    return { facilityJ, itJ, pue: facilityJ / itJ }
  })
  const facilityJ = sum(intervals.map((interval) => interval.facilityJ))
  const itJ = sum(intervals.map((interval) => interval.itJ))
  return { facilityJ, itJ, pue: facilityJ / itJ, intervals }
}

const HOUR_MS = 3_600_000

/** Alarms and bands, hour by hour for all inlets, as the energies. */
function airOf(
  run: Run,
  plant: Plant,
  members: readonly { device: Device; member: PayloadMember }[],
): Pick<Truth, 'alarms' | 'inlets'> {
  const watches = watchesOf(run, plant, members)
  for (let endMs = run.fromMs; endMs < run.toMs;) {
    endMs = Math.min(run.toMs, endMs + HOUR_MS)
    for (const { device, sending, member, rules, moisture } of watches) {
      for (const { tMs } of sending.until(endMs)) {
        if (isSilent(plant.drive, device.topic, tMs)) continue
        const sample = { tMs, dryBulbC: publishedGauge(plant, member, tMs) }
        for (const rule of rules) watchSample(rule, sample)
        if (moisture === undefined) continue
        gaugeAir(moisture.gauge, { ...sample, rhPct: publishedGauge(plant, moisture.member, tMs) })
      }
    }
  }
  const gauges = watches.flatMap(({ moisture }) => (moisture === undefined ? [] : [moisture.gauge]))
  return {
    alarms: movesOf(
      watches.flatMap(({ rules }) => rules),
      run.toMs,
    ),
    inlets: Object.fromEntries(gauges.map((gauge) => [gauge.inlet, airTruthOf(gauge)])),
  }
}

function movesOf(rules: readonly Watched[], toMs: number): AlarmTruth[] {
  const moves = rules.flatMap((rule) => {
    judgeUntil(rule, toMs)
    const { inlet, alarm } = rule
    return rule.moves.map(({ timeMs, state }): AlarmTruth => ({ timeMs, inlet, alarm, state }))
  })
  return moves.sort((a, b) => a.timeMs - b.timeMs)
}

/** An inlet with the device that sends its dry bulb. */
interface Watch {
  readonly device: Device
  readonly sending: Sending
  readonly member: PayloadMember
  readonly rules: readonly Watched[]
  /** Absent: its humidity comes in another packet, or not at all. */
  readonly moisture: { readonly member: PayloadMember; readonly gauge: AirGauge } | undefined
}

function watchesOf(run: Run, plant: Plant, members: readonly { device: Device; member: PayloadMember }[]): Watch[] {
  const { config, plan, inlets } = run.site
  return plan.inlets.flatMap(({ dryBulb, humidity, envelope }, index): Watch[] => {
    const found = members.find(({ member }) => member.point === dryBulb)
    const inlet = inlets[index]
    if (found === undefined || inlet === undefined) return []
    const holdMs = plan.points[dryBulb]?.maxGapMs ?? 0
    const bridgeMs = Math.max(holdMs, Math.min(plan.alarms.staleAfterMs[dryBulb] ?? 0, BRIDGE_MS))
    const rules = (['inlet_recommended', 'inlet_allowable'] as const).flatMap((alarm): Watched[] => {
      const range = alarm === 'inlet_allowable' ? envelope.allowable : envelope.recommended
      const rule = config.alarms[alarm]
      if (!rule.enabled) return []
      return [{ inlet, alarm, holdMs, bridgeMs, range, rule, active: false, sinceMs: NaN, last: undefined, moves: [] }]
    })
    const moist = found.device.members.find(({ point }) => point === humidity)
    const moisture = moist && { member: moist, gauge: createAirGauge(run.site, { inlet, holdMs, envelope }, run) }
    return [{ ...found, sending: createSending(plant, found.device, run.fromMs), rules, moisture }]
  })
}

interface Sample {
  tMs: number
  dryBulbC: number
}

/** One rule at one inlet, sample by sample. */
interface Watched {
  readonly inlet: string
  readonly alarm: AlarmTruth['alarm']
  /** How long a sample holds, and the longest time between two over which a breach goes on. */
  readonly holdMs: number
  readonly bridgeMs: number
  readonly range: { dryBulbMinC: number; dryBulbMaxC: number }
  readonly rule: { onDelayS: number; offDelayS: number; deadbandK: number }
  active: boolean
  sinceMs: number
  /** The newest sample: it is judged when the next one says how long it holds. */
  last: Sample | undefined
  readonly moves: { timeMs: number; state: 'raised' | 'cleared' }[]
}

/** The longest time between two samples over which a breach goes on. */
const BRIDGE_MS = 300_000

function watchSample(watched: Watched, sample: Sample): void {
  judgeUntil(watched, sample.tMs)
  watched.last = sample
}

/** A breach without a gap for the on-delay raises, a return for the off-delay clears. */
function judgeUntil(watched: Watched, nextMs: number): void {
  const { last, holdMs, bridgeMs, range, rule } = watched
  if (last === undefined) return
  const { tMs, dryBulbC } = last
  const breached = dryBulbC > range.dryBulbMaxC || dryBulbC < range.dryBulbMinC
  const back = dryBulbC < range.dryBulbMaxC - rule.deadbandK && dryBulbC > range.dryBulbMinC + rule.deadbandK
  const leaving = watched.active ? back : breached
  if (!leaving) watched.sinceMs = NaN
  else if (Number.isNaN(watched.sinceMs)) watched.sinceMs = tMs
  const knownMs = Math.min(nextMs - 1, tMs + holdMs)
  const dueMs = watched.sinceMs + (watched.active ? rule.offDelayS : rule.onDelayS) * 1000
  if (dueMs <= knownMs) {
    watched.active = !watched.active
    watched.moves.push({ timeMs: dueMs, state: watched.active ? 'raised' : 'cleared' })
    watched.sinceMs = NaN
  } else if (nextMs > tMs + (watched.active ? holdMs : bridgeMs)) watched.sinceMs = NaN
}

function sum(list: readonly number[]): number {
  return list.reduce((before, one) => before + one, 0)
}
