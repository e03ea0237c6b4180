import assert from 'node:assert/strict'
import { RATE_SPANS_MS, rateLimitK } from '../air/rate-limits.ts'
import { groupKey } from '../alarms/flood.ts'
import {
  ALARM_KINDS,
  isOfSilence,
  LIMIT_QUANTITIES,
  LIMIT_SIDES,
  LIMIT_VERDICTS,
  SOURCE_OF,
  type AlarmKind,
  type SourceKind,
} from '../contract/alarm-kinds.ts'
import { PHASES, STANDINGS, type Alarms, type AlarmState } from '../alarms/alarm-state.ts'
import { leaveUntold, stateOf } from '../alarms/create-state.ts'
import { putByteSection, putSection, takeByteSection, takeSection, type Sections } from './form.ts'
import { restoreNames, type Names } from './names.ts'
import { inferSeverity, severityBefore } from './severity.ts'
import { createWriter, putNumbers, takeNumbers } from './numbers.ts'

/**
 * Of an alarm are saved its kind, phase and standing, then these, in this order:
 *
 *     alarms/inlet = for each alarm on an inlet: source, kind, phase, standing, flags …, numbers …
 *
 * The source is its place among the saved names of its kind. Up to release 0.2.0 each source had a section.
 */
const SAVED_FLAGS = [
  'isSourceSilent',
  'suppressed',
  'outByPlanEmitted',
  'outByCommand',
  'sent',
  'grouped',
] as const satisfies readonly (keyof AlarmState)[]

const SAVED_NUMBERS = [
  'sinceMs',
  'raisedMs',
  'emittedMs',
  'newestMs',
  'heardMs',
  'value',
  'limit',
  'newestLateMs',
  'shelvedMs',
  'lastRaiseMs',
  'beforeLastRaiseMs',
] as const satisfies readonly (keyof AlarmState)[]

/** Saved behind all of these since version 2 of `alarm_states`. An earlier alarm has the values of a new state. */
const LATER_FLAGS = ['isReturned', 'isPast'] as const satisfies readonly (keyof AlarmState)[]
const LATER_NUMBERS = ['breachMs', 'peak', 'spanMs'] as const satisfies readonly (keyof AlarmState)[]
const LATER_COUNT = 2 + LATER_FLAGS.length + LATER_NUMBERS.length
/** The same since version 3. */
const CHATTER_NUMBERS = ['thirdLastRaiseMs', 'cycles', 'changedMs', 'heldMs', 'explainedMs'] as const
/** The same since version 4. */
const LATE_NUMBERS = ['lateSinceMs', 'lateFromMs', 'lateToMs'] as const
/** The same since version 5; behind them three times of steps. */
const SEVERITY_NUMBERS = [
  'severity',
  'hadSeverities',
  'shownSeverity',
  'calledMs',
  'escalated',
  'mostEscalated',
  'reachedSteps',
] as const
/** Numbers of an alarm in the form `alarms`, which no release writes any more. */
const OLD_ALARM_COUNT = 4 + SAVED_FLAGS.length + SAVED_NUMBERS.length

/** Numbers of a flood group since version 3 of `flood_groups`. */
const GROUP_COUNT = 13

/** Severities that a step may have. */
const STEPS = [1, 2, 3]

/** Alarms of one part: so many are copied without a pause. */
const PART_ALARMS = 2000

const SOURCES = ['inlet', 'point', 'gateway', 'uplink', 'boundary', 'target', 'site'] as const

/** Lists of names that sources stand in; the site is alone. */
const LISTS = {
  inlet: 'inlets',
  point: 'points',
  gateway: 'gateways',
  uplink: 'uplinks',
  boundary: 'boundaries',
  target: 'targets',
  site: undefined,
} as const

/** Saves alarms by what their sources are, and the flood by hall. Silence is saved with the points. */
export function* saveAlarms(alarms: Alarms, names: Names, sections: Sections): Generator<void> {
  for (const source of SOURCES) {
    const to = createWriter()
    const states = alarms.states.filter(({ kind }) => SOURCE_OF[kind] === source)
    putNumbers(to, [states.length], 0)
    for (const [n, state] of states.entries()) {
      putNumbers(to, [state.source, ALARM_KINDS.indexOf(state.kind), ...numbersOf(state)], 0)
      if (n % PART_ALARMS === PART_ALARMS - 1) yield
    }
    putByteSection(sections, `alarms/${source}`, 'alarm_states', to.bytes.subarray(0, to.at))
    yield
  }
  saveAcknowledgements(alarms, names, sections)
  const { flood, counts } = alarms
  const { raised, chattering, stood, floods } = counts
  putSection(sections, 'flood', 'flood', [flood.on ? 1 : 0, raised, chattering, stood, floods, ...flood.raisesMs])
  const halls = new Map<number, number[]>()
  for (const group of flood.groups.values()) {
    const { kind, hall, raisedMs, emittedMs, emittedCount, changed, sinceMs, most, peak, limit, spanMs } = group
    const numbers = halls.get(hall) ?? []
    halls.set(hall, numbers)
    numbers.push(kind, raisedMs, emittedMs, emittedCount, changed ? 1 : 0, sinceMs, most, peak, limit, spanMs)
    numbers.push(LIMIT_QUANTITIES.indexOf(group.quantity), LIMIT_SIDES.indexOf(group.side), group.severities)
  }
  for (const hall of hallsOf(alarms)) {
    // Written even if empty: otherwise an earlier one would stay
    putSection(sections, `flood/${hall < 0 ? '' : names.scopes[hall]}`, 'flood_groups', halls.get(hall) ?? [])
  }
}

/** Restores them. */
export function restoreAlarms(alarms: Alarms, names: Names, sections: Sections): void {
  alarms.dueMs = -Infinity // looks at every state at the next tick, those of a new plan included
  for (const kind of SOURCES) restoreOf(alarms, kind, names, sections)
  restoreAcknowledgements(alarms, names, sections)
  leaveUntold(alarms)
  const numbers = takeSection(sections, 'flood', 'flood')
  if (numbers !== undefined) {
    const [on, raised = 0, chattering = 0, stood = 0, floods = 0, ...raisesMs] = numbers
    alarms.flood.on = on === 1
    alarms.flood.raisesMs.set(raisesMs)
    Object.assign(alarms.counts, { raised, chattering, stood, floods })
  }
  for (const hall of hallsOf(alarms)) {
    restoreGroups(alarms, hall, takeSection(sections, `flood/${hall < 0 ? '' : names.scopes[hall]}`, 'flood_groups'))
  }
}

function restoreOf(alarms: Alarms, of: SourceKind, names: Names, sections: Sections): void {
  const list = LISTS[of]
  const bytes = takeByteSection(sections, `alarms/${of}`, 'alarm_states')
  if (bytes === undefined) {
    const sources = list === undefined ? [''] : names[list]
    for (const [source, name] of sources.entries()) {
      const saved = takeSection(sections, `alarm/${of}/${name}`, 'alarms') ?? new Float64Array()
      for (let at = 0; at < saved.length; at += OLD_ALARM_COUNT) {
        restoreSource(alarms, of, source, saved.subarray(at, at + OLD_ALARM_COUNT))
      }
    }
    return
  }
  const places = list === undefined ? [0] : restoreNames(list, names[list], sections)
  const from = { bytes, at: 0 }
  for (let rest = takeNumbers(from)[0]!; rest > 0; rest--) {
    const numbers = takeNumbers(from)
    const source = places?.[numbers[0]!] ?? -1
    if (source >= 0) restoreSource(alarms, of, source, numbers.subarray(1))
  }
}

/** Scope indices of halls; -1: of what stands in none. */
function hallsOf({ plan }: Alarms): number[] {
  return [-1, ...plan.scopes.flatMap(({ scope }, index) => (scope === 'hall' ? [index] : []))]
}

function numbersOf(state: AlarmState): number[] {
  return [
    PHASES.indexOf(state.phase),
    STANDINGS.indexOf(state.standing),
    ...SAVED_FLAGS.map((name) => Number(state[name])),
    ...SAVED_NUMBERS.map((name) => state[name]),
    LIMIT_QUANTITIES.indexOf(state.quantity),
    LIMIT_VERDICTS.indexOf(state.verdict),
    LIMIT_SIDES.indexOf(state.side),
    ...LATER_FLAGS.map((name) => Number(state[name])),
    ...LATER_NUMBERS.map((name) => state[name]),
    Number(state.isStayTold),
    ...CHATTER_NUMBERS.map((name) => state[name]),
    ...LATE_NUMBERS.map((name) => state[name]),
    ...SEVERITY_NUMBERS.map((name) => state[name]),
    ...STEPS.map((severity) => state.stepMs[severity] ?? NaN),
  ]
}

/** Restores one alarm: its kind, and what `numbersOf` gives of it or gave in an earlier version. */
function restoreSource(alarms: Alarms, of: SourceKind, source: number, saved: Float64Array): void {
  let at = 0
  const next = () => saved[at++]!
  const kind = ALARM_KINDS[next()]!
  assert(SOURCE_OF[kind] === of, `a section of alarms of one ${of} speaks of another source`)
  const state = stateOf(alarms, kind, source)
  state.phase = PHASES[next()]!
  state.standing = STANDINGS[next()]!
  for (const name of SAVED_FLAGS) state[name] = next() === 1
  for (const name of SAVED_NUMBERS) state[name] = next()
  state.quantity = LIMIT_QUANTITIES[next()]!
  if (kind === 'stale') alarms.isSilent[source] = state.phase === 'active' ? 1 : 0
  if (kind === 'refused') alarms.refused.isTold[source] = state.phase === 'active' ? 1 : 0
  inferSeverity(state)
  if (saved.length < at + LATER_COUNT) return inferLater(alarms, state)
  state.verdict = LIMIT_VERDICTS[next()]!
  state.side = LIMIT_SIDES[next()]!
  for (const name of LATER_FLAGS) state[name] = next() === 1
  for (const name of LATER_NUMBERS) state[name] = next()
  if (saved.length < at + 1 + CHATTER_NUMBERS.length) return
  state.isStayTold = next() === 1
  for (const name of CHATTER_NUMBERS) state[name] = next()
  if (saved.length < at + LATE_NUMBERS.length) return
  for (const name of LATE_NUMBERS) state[name] = next()
  if (state.lateFromMs < Infinity) alarms.late.add(state)
  if (saved.length < at + SEVERITY_NUMBERS.length + STEPS.length) return
  for (const name of SEVERITY_NUMBERS) state[name] = next()
  for (const severity of STEPS) {
    const stepMs = next()
    if (severity < state.stepMs.length) state.stepMs[severity] = stepMs
  }
}

/** An alarm of a release that saved neither verdict nor begin of its breach: they follow from its phase, about. */
function inferLater({ plan }: Alarms, state: AlarmState): void {
  const { kind, phase, value, limit, raisedMs, rule, heardMs } = state
  if (phase === 'normal') return
  const isSilence = isOfSilence(kind)
  state.verdict = phase === 'falling' ? 'inside' : 'breached'
  if (kind === 'rate_of_change')
    state.spanMs = RATE_SPANS_MS[limit === rateLimitK(plan.inlets[state.source]!, 0) ? 0 : 1]
  else if (!isSilence && isFinite(value) && isFinite(limit)) state.side = value > limit ? 'above' : 'below'
  state.breachMs = isSilence ? heardMs : raisedMs - rule.onDelayMs
}

/** Who acknowledged what: `[alarm, name of its source, who, why] …` as JSON. Written even if nobody did. */
function saveAcknowledgements(alarms: Alarms, names: Names, sections: Sections): void {
  const list = alarms.states.flatMap(({ kind, source, ackedBy }): Acknowledgement[] =>
    ackedBy === undefined ? [] : [[kind, nameOf(kind, source, names), ackedBy.who, ackedBy.why]],
  )
  putByteSection(sections, 'acknowledgements', 'acknowledgements', new TextEncoder().encode(JSON.stringify(list)))
}

type Acknowledgement = [alarm: AlarmKind, source: string, who: string, why: string]

function restoreAcknowledgements(alarms: Alarms, names: Names, sections: Sections): void {
  const bytes = takeByteSection(sections, 'acknowledgements', 'acknowledgements')
  if (bytes === undefined) return
  const acknowledged = new Map(
    (JSON.parse(new TextDecoder().decode(bytes)) as Acknowledgement[]).map(([kind, name, who, why]) => [
      `${kind} ${name}`,
      { who, why, untilMs: NaN },
    ]),
  )
  if (acknowledged.size === 0) return
  for (const state of alarms.states) {
    if (state.standing === 'acked')
      state.ackedBy = acknowledged.get(`${state.kind} ${nameOf(state.kind, state.source, names)}`)
  }
}

function nameOf(kind: AlarmKind, source: number, names: Names): string {
  const list = LISTS[SOURCE_OF[kind]]
  return list === undefined ? '' : names[list][source]!
}

function restoreGroups({ flood }: Alarms, hall: number, section: Float64Array | undefined): void {
  if (section === undefined) return
  for (let at = 0; at < section.length; at += GROUP_COUNT) {
    const [kind = 0, raisedMs = NaN, emittedMs = NaN, emittedCount = 0, changed = 0, ...later] = section.subarray(
      at,
      at + GROUP_COUNT,
    )
    const [sinceMs = NaN, most = 0, peak = NaN, limit = NaN, spanMs = NaN, quantity = 0, side = 0, severities = 0] =
      later
    flood.groups.set(groupKey(kind, hall), {
      kind,
      hall,
      raisedMs,
      emittedMs,
      emittedCount,
      changed: changed === 1,
      sinceMs,
      most,
      peak,
      limit,
      spanMs,
      quantity: LIMIT_QUANTITIES[quantity]!,
      side: LIMIT_SIDES[side]!,
      severities: severities === 0 && emittedCount > 0 ? 1 << severityBefore(ALARM_KINDS[kind]!) : severities,
    })
  }
}
