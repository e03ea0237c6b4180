import assert from 'node:assert/strict'
import { groupKey } from '../alarms/flood.ts'
import { ALARM_KINDS, LIMIT_QUANTITIES, SOURCE_OF, type SourceKind } from '../contract/alarm-kinds.ts'
import { PHASES, STANDINGS, stateOf, type Alarms, type AlarmState } from '../alarms/alarm-state.ts'
import { putSection, takeSection, type Sections } from './form.ts'
import type { Names } from './snapshot.ts'

/**
 * Of an alarm are saved its kind, phase and standing, then these, in this order:
 *
 *     section of a source = [ head | kind, phase, standing, flags …, numbers … | the next kind … ]
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

/** Saves alarms under the names of their sources, and the flood by hall. Silence is saved with the points. */
export function saveAlarms(alarms: Alarms, names: Names, sections: Sections): void {
  const bySource = new Map<string, number[]>()
  for (const state of alarms.states) {
    const of = SOURCE_OF[state.kind]
    const key = `alarm/${of}/${namesOf(names, of)[state.source]}`
    const numbers = bySource.get(key) ?? []
    bySource.set(key, numbers)
    numbers.push(ALARM_KINDS.indexOf(state.kind), ...numbersOf(state))
  }
  for (const [key, numbers] of bySource) putSection(sections, key, 'alarms', numbers)
  const { flood, counts } = alarms
  const { raised, chattering, stood, floods } = counts
  putSection(sections, 'flood', 'flood', [flood.on ? 1 : 0, raised, chattering, stood, floods, ...flood.raisesMs])
  const halls = new Map<number, number[]>()
  for (const { kind, hall, raisedMs, emittedMs, emittedCount, changed } of flood.groups.values()) {
    const numbers = halls.get(hall) ?? []
    halls.set(hall, numbers)
    numbers.push(kind, raisedMs, emittedMs, emittedCount, changed ? 1 : 0)
  }
  for (const hall of [-1, ...names.scopes.keys()]) {
    // Written even if empty: otherwise an earlier one would stay
    putSection(sections, `flood/${hall < 0 ? '' : names.scopes[hall]}`, 'flood_groups', halls.get(hall) ?? [])
  }
}

/** Restores them. */
export function restoreAlarms(alarms: Alarms, names: Names, sections: Sections): void {
  alarms.dueMs = -Infinity // looks at every state at the next tick, those of a new plan included
  for (const on of ['inlet', 'point', 'gateway', 'boundary', 'site'] as const) {
    for (const [source, name] of namesOf(names, on).entries()) {
      restoreSource(alarms, on, source, takeSection(sections, `alarm/${on}/${name}`, 'alarms'))
    }
  }
  const numbers = takeSection(sections, 'flood', 'flood')
  if (numbers !== undefined) {
    const [on, raised = 0, chattering = 0, stood = 0, floods = 0, ...raisesMs] = numbers
    alarms.flood.on = on === 1
    alarms.flood.raisesMs.set(raisesMs)
    Object.assign(alarms.counts, { raised, chattering, stood, floods })
  }
  for (const hall of [-1, ...names.scopes.keys()]) {
    restoreGroups(alarms, hall, takeSection(sections, `flood/${hall < 0 ? '' : names.scopes[hall]}`, 'flood_groups'))
  }
}

function namesOf(names: Names, of: SourceKind): readonly string[] {
  switch (of) {
    case 'inlet':
      return names.inlets
    case 'point':
      return names.points
    case 'gateway':
      return names.gateways
    case 'boundary':
      return names.boundaries
    case 'site':
      return ['']
  }
}

function numbersOf(state: AlarmState): number[] {
  return [
    PHASES.indexOf(state.phase),
    STANDINGS.indexOf(state.standing),
    ...SAVED_FLAGS.map((name) => Number(state[name])),
    ...SAVED_NUMBERS.map((name) => state[name]),
    LIMIT_QUANTITIES.indexOf(state.quantity),
  ]
}

function restoreSource(alarms: Alarms, of: SourceKind, source: number, section: Float64Array | undefined): void {
  if (section === undefined) return
  let at = 0
  const next = () => section[at++]!
  while (at < section.length) {
    const kind = ALARM_KINDS[next()]!
    assert(SOURCE_OF[kind] === of, `a section of alarms of one ${of} speaks of another source`)
    const state = stateOf(alarms, kind, source)
    state.phase = PHASES[next()]!
    state.standing = STANDINGS[next()]!
    for (const name of SAVED_FLAGS) state[name] = next() === 1
    for (const name of SAVED_NUMBERS) state[name] = next()
    state.quantity = LIMIT_QUANTITIES[next()]!
    if (kind === 'stale') alarms.isSilent[source] = state.phase === 'active' ? 1 : 0
  }
}

function restoreGroups({ flood }: Alarms, hall: number, section: Float64Array | undefined): void {
  if (section === undefined) return
  for (let at = 0; at < section.length; at += 5) {
    const [kind = 0, raisedMs = NaN, emittedMs = NaN, emittedCount = 0, changed = 0] = section.subarray(at, at + 5)
    flood.groups.set(groupKey(kind, hall), { kind, hall, raisedMs, emittedMs, emittedCount, changed: changed === 1 })
  }
}
