/** Compares what a scenario came to with what its file expects, and with what really happened at the plant. */
import { REWRITING_FAULTS } from '../../../simulators/scenarios/event-kinds.ts'
import { beginMs } from '../../../simulators/scenarios/event-text.ts'
import type { FaultName } from '../../../simulators/faults/named.ts'
import type { Expectation } from '../../../simulators/scenarios/scenario-file.ts'
import { isSparkplug } from '../../ingest/sparkplug/topics.ts'
import { measureTruth, type Truth } from '../../../simulators/truth/truth.ts'
import { alarmText, rowKey, likenessOf, manyText, offsetText, type Observed } from './observed.ts'

/** An energy of 1 Wh: a register shows no less. */
const REGISTER_J = 3600
const USUAL_ACCURACY_PCT = 1

/** What is not as expected, a line each; empty: all is. */
export function unexpected(observed: Observed, expect: Expectation): string[] {
  const truth = measureTruth(observed.run, observed.arrivals)
  return [
    ...expect.pue.flatMap((one) => pueFault(observed, one)),
    ...alarmFaults(observed, expect.alarms),
    ...Object.entries(expect.bands).flatMap(([inlet, bands]) => bandFaults(observed, inlet, bands)),
    ...Object.entries(expect.coverage).flatMap(([point, range]) => {
      const coverage = coverageOf(observed, point)
      return isWithin(coverage, range)
        ? []
        : [`coverage of ${point}: ${coverage.toFixed(4)}, expected ${textOf(range)}`]
    }),
    ...Object.entries(expect.outcomes).flatMap(([outcome, count]) => {
      const seen = (observed.outcomes as Readonly<Record<string, number>>)[outcome]
      return seen === count ? [] : [`outcome ${outcome}: ${seen ?? 'there is none of this name'}, expected ${count}`]
    }),
    ...untrueEnergies(observed, truth),
    ...untrueAlarms(observed, truth),
    ...untrueSilences(observed, truth),
    ...untrueBands(observed, truth),
    ...untrueReturns(observed, truth),
    ...unexplainedOutcomes(observed, truth),
  ]
}

/** Mean coverage of a point's energy over the run's whole intervals. */
function coverageOf({ run, energies }: Observed, point: string): number {
  const ends = wholeIntervals(run.fromMs, run.toMs, run.site.plan.lengthMs)
  return ends.reduce((sum, endMs) => sum + (energies.get(rowKey(point, endMs))?.coverage ?? 0), 0) / ends.length
}

function pueFault({ run, quotients }: Observed, one: Expectation['pue'][number]): string[] {
  const { boundary, window, at, within, coverage } = one
  const atMs = beginMs(at, run)
  const name = `PUE of ${boundary}, ${window} at ${at}`
  if (Number.isNaN(atMs)) return [`${name}: this is no time, write +2h, 10:00 or an instant`]
  const row = quotients.get(rowKey(boundary, window, atMs))
  if (row === undefined) return [`${name}: there is no such row`]
  const faults: string[] = []
  if (!isWithin(row.coverage, coverage)) faults.push(`${name}: coverage ${row.coverage}, expected ${textOf(coverage)}`)
  if (!isWithin(row.pue, within)) faults.push(`${name}: ${row.pue.toFixed(4)}, expected ${textOf(within)}`)
  return faults
}

function alarmFaults({ run, alarms }: Observed, expect: Expectation['alarms']): string[] {
  if (expect === undefined) return []
  const { kinds, rows, many } = expect
  const seen = alarms.filter(({ kind }) => kinds?.includes(kind) ?? true)
  const lone = seen.filter((alarm) => !(likenessOf(alarm) in many)).map((alarm) => alarmText(alarm, run.fromMs))
  const wanted = rows.map((row) => row.trim().split(/\s+/).join(' '))
  return [
    ...without(wanted, lone).map((row) => `no alarm ${row}`),
    ...without(lone, wanted).map((row) => `alarm ${row} was not expected`),
    ...Object.entries(many).flatMap(([likeness, told]) => {
      const alike = seen.filter((alarm) => likenessOf(alarm) === likeness)
      const found = manyText(alike, run.fromMs)
      return found === told.join(', ') ? [] : [`alarms ${likeness}: ${found}, expected ${told.join(', ')}`]
    }),
  ]
}

function bandFaults({ bands }: Observed, inlet: string, expected: Readonly<Record<string, number>>): string[] {
  const seen = bands.get(inlet)
  if (seen === undefined) return [`bands of ${inlet}: it has no row`]
  return Object.entries(expected).flatMap(([band, minutes]) =>
    (seen.get(band) ?? 0) === minutes ? [] : [`${inlet}: ${seen.get(band) ?? 0} min ${band}, expected ${minutes}`],
  )
}

/** Whether a fault changes what a payload says; the others lose, delay, repeat it, or add one that contradicts. */
function isLying(fault: FaultName): boolean {
  return REWRITING_FAULTS.has(fault) && fault !== 'conflict'
}

/** What is no fault on the way, and needs no explanation. */
const USUAL: ReadonlySet<string> = new Set(['accepted', 'ignored', 'unselected', 'command'])

/** Each outcome but the usual ones must be that of a planted fault, and each fault must come to its own. */
function unexplainedOutcomes({ outcomes }: Observed, { faults }: Truth): string[] {
  const seen = new Set(Object.entries(outcomes).flatMap(([outcome, count]) => (count > 0 ? [outcome] : [])))
  const explained = new Set(faults.flatMap(({ surely, perhaps }) => [...surely, ...perhaps]))
  return [
    ...[...seen.difference(explained)]
      .filter((outcome) => !USUAL.has(outcome))
      .map((outcome) => {
        return `outcome ${outcome}: no planted fault explains it`
      }),
    ...faults
      .filter(({ surely }) => surely.length > 0 && !surely.some((outcome) => seen.has(outcome)))
      .map(({ fault, surely }) => `the fault ${fault} came to none of ${surely.join(', ')}`),
  ]
}

/** Energies that are known whole must be those of the plant, within the meter's class and what it can show. */
function untrueEnergies(observed: Observed, truth: Truth): string[] {
  const { run, energies } = observed
  const { config, plan, points } = run.site
  const lying = topicsOf(observed, isLying)
  const ends = new Set(wholeIntervals(run.fromMs, run.toMs, plan.lengthMs))
  return Object.entries(truth.points).flatMap(([point, { intervalsJ, hiddenJ, bandShare }]) => {
    const { topic = '', accuracyPct = USUAL_ACCURACY_PCT } = config.points[point] ?? {}
    if (lying === 'all' || lying.has(topic)) return []
    const { kind, everyMs = 0 } = plan.points[points.indexOf(point)] ?? {}
    const off = truth.endsMs.flatMap((endMs, at) => {
      const row = energies.get(rowKey(point, endMs))
      if (row === undefined || !ends.has(endMs) || row.coverage !== 1 || row.estimated > 0) return []
      const trueJ = intervalsJ[at] ?? NaN
      const around = intervalsJ.slice(Math.max(0, at - 1), at + 2)
      // A register's step is spread evenly, also where the power fell to nothing within it
      const spreadJ = kind === 'register' ? ((Math.max(...around) - Math.min(...around)) * everyMs) / plan.lengthMs : 0
      const offJ = Math.max(REGISTER_J, hiddenJ) + spreadJ + (accuracyPct / 100 + bandShare) * trueJ
      const isTrue = Math.abs(row.energyJ - trueJ) <= offJ
      return isTrue ? [] : [`${offsetText(endMs - run.fromMs)}: ${row.energyJ} J, and really ${trueJ} J`]
    })
    return off.length === 0 ? [] : [`energy of ${point}, ${off.length} intervals, first ${off[0]}`]
  })
}

/** The dry bulb alarms of inlets whose sensors are sound must be those of the plant's air. */
function untrueAlarms(observed: Observed, truth: Truth): string[] {
  const isSound = soundInlets(observed)
  const real = truth.alarms
    .filter(({ inlet }) => isSound(inlet))
    .map(({ timeMs, state, alarm, inlet }) => ({ timeMs, state, kind: alarm, source: inlet }))
  return untrueMoves(observed, real, {
    by: "the plant's own air",
    isMeant: ({ kind, source }) => (kind === 'inlet_recommended' || kind === 'inlet_allowable') && isSound(source),
  })
}

/** The alarms of silence must be those of the packets that came; a payload that cannot be read is silence, too. */
function untrueSilences(observed: Observed, truth: Truth): string[] {
  if (observed.arrivals === undefined) return []
  const { points } = observed.run.site.config
  const lying = topicsOf(observed, (fault) => isLying(fault) || fault === 'badPayloads')
  const isMeant = (point: string): boolean => {
    const { topic = '' } = points[point] ?? {}
    return lying !== 'all' && !lying.has(topic) && !isSparkplug(topic)
  }
  const real = truth.silences
    .filter(({ point }) => isMeant(point))
    .map(({ timeMs, point, state }) => ({ timeMs, state, kind: 'stale', source: point }))
  return untrueMoves(observed, real, {
    by: 'the packets that came',
    isMeant: ({ kind, source }) => kind === 'stale' && isMeant(source),
  })
}

type Alarm = Observed['alarms'][number]

/** Compares when alarms began and ended with when they really did. */
function untrueMoves(
  { run, alarms }: Observed,
  real: readonly Alarm[],
  { by, isMeant }: { by: string; isMeant: (alarm: Alarm) => boolean },
): string[] {
  const active = new Set<string>()
  const seen = alarms.flatMap((alarm) => {
    const { state, kind, source } = alarm
    const move = MOVES[state]
    // Raised again is one that comes back from behind the greater, or gets another severity
    if (move === undefined || !isMeant(alarm) || active.has(rowKey(kind, source)) === (move === 'raised')) return []
    if (move === 'raised') active.add(rowKey(kind, source))
    else active.delete(rowKey(kind, source))
    return [alarmText({ ...alarm, state: move }, run.fromMs)]
  })
  const wanted = real.map((alarm) => alarmText(alarm, run.fromMs))
  return [
    ...without(wanted, seen).map((row) => `missed, by ${by}: ${row}`),
    ...without(seen, wanted).map((row) => `false, by ${by}: ${row}`),
  ]
}

/** The bands of inlets whose sensors are sound must be those of the plant's air, in every whole interval. */
function untrueBands(observed: Observed, truth: Truth): string[] {
  const { run, worst } = observed
  const isSound = soundInlets(observed)
  const ends = new Set(wholeIntervals(run.fromMs, run.toMs, run.site.plan.lengthMs))
  return Object.entries(truth.inlets).flatMap(([inlet, air]) => {
    if (!isSound(inlet)) return []
    const off = truth.endsMs.flatMap((endMs, at) => {
      const seen = worst.get(rowKey(inlet, endMs)) ?? 'unknown'
      const real = air.worst[at] ?? ''
      const isTrue = !ends.has(endMs) || seen.startsWith(real)
      return isTrue ? [] : [`${offsetText(endMs - run.fromMs)}: ${seen}, and really ${real}`]
    })
    return off.length === 0 ? [] : [`bands of ${inlet}, ${off.length} intervals, first ${off[0]}`]
  })
}

/** How far an index of an hour may be from that of the plant with every rack weighing the same, in points. */
const RETURN_POINTS = 1

/** Of halls whose sensors are sound: they show temperatures alone, so flows weigh nothing (D35). */
function untrueReturns(observed: Observed, truth: Truth): string[] {
  const { run, returns } = observed
  const isSound = soundInlets(observed)
  const isOdd = run.scenario.events.some(({ what }) => what === 'inlet')
  return Object.entries(truth.halls).flatMap(([hall, hours]) => {
    const inlets = Object.entries(run.site.config.inlets).filter(([, inlet]) => inlet.hall === hall)
    if (isOdd || !inlets.every(([inlet]) => isSound(inlet))) return []
    return hours.flatMap(({ endMs, rtiByRackPct }) => {
      const seen = returns.get(rowKey(hall, endMs)) ?? rtiByRackPct
      const at = `return index of ${hall} at ${offsetText(endMs - run.fromMs)}`
      return Math.abs(seen - rtiByRackPct) <= RETURN_POINTS
        ? []
        : [`${at}: ${seen.toFixed(1)} %, and really ${rtiByRackPct.toFixed(1)} %`]
    })
  })
}

/** Whether an inlet's sensor measures what its air is, and no fault meets its packets. */
function soundInlets(observed: Observed): (inlet: string) => boolean {
  const { inlets, points } = observed.run.site.config
  const lying = topicsOf(observed, () => true)
  const wrongSensors = new Set(
    observed.run.scenario.events.flatMap((event) => (event.what === 'sensor' ? [event.point] : [])),
  )
  return (inlet) => {
    const { dryBulb = '', humidity = '' } = inlets[inlet] ?? {}
    return (
      lying !== 'all' &&
      [dryBulb, humidity].every((point) => !wrongSensors.has(point) && !lying.has(points[point]?.topic ?? ''))
    )
  }
}

/** What a row of an alarm means for the air: a lesser alarm is suppressed by the greater, and ends as normal. */
const MOVES: Readonly<Record<string, 'raised' | 'cleared'>> = {
  raised: 'raised',
  suppressed: 'raised',
  cleared: 'cleared',
  normal: 'cleared',
}

/** Topics of the packets that faults meet. */
function topicsOf({ run }: Observed, meets: (fault: FaultName) => boolean): ReadonlySet<string> | 'all' {
  const topics = new Set<string>()
  for (const event of run.scenario.events) {
    if (event.what !== 'fault' || !meets(event.fault)) continue
    if (event.topics === undefined) return 'all'
    for (const topic of event.topics) topics.add(topic)
  }
  return topics
}

/** Ends of the intervals that lie in a run as a whole. The first may begin before a meter's first sample. */
function wholeIntervals(fromMs: number, toMs: number, lengthMs: number): number[] {
  const first = Math.ceil(fromMs / lengthMs) + 2
  const last = Math.floor(toMs / lengthMs)
  return Array.from({ length: Math.max(0, last - first) }, (_, at) => (first + at) * lengthMs)
}

/** Those of a list that another does not have, as often as they are missing there. */
function without(list: readonly string[], other: readonly string[]): string[] {
  const left = [...other]
  return list.filter((one) => {
    const at = left.indexOf(one)
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
}

function isWithin(value: number, [least, most]: readonly [number, number]): boolean {
  return value >= least && value <= most
}

function textOf([least, most]: readonly [number, number]): string {
  return least === most ? String(least) : `${least} to ${most}`
}
