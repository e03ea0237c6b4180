import assert from 'node:assert/strict'
import { keyOf } from '../alarms/flood.ts'
import { ALARM_KINDS, SOURCE_OF, type SourceKind } from '../contract/alarm-kinds.ts'
import { PHASES, STANDINGS, watchOf, type Alarms, type Watch } from '../alarms/watch.ts'
import { putSection, takeSection, type Sections } from './form.ts'
import type { Names } from './snapshot.ts'

/** Saves what alarms know by the names of their sources, and the flood by hall. Silence is saved with the points. */
export function saveAlarms(alarms: Alarms, names: Names, sections: Sections): void {
  const bySource = new Map<string, number[]>()
  for (const watch of alarms.watches) {
    const of = SOURCE_OF[watch.kind]
    const key = `alarm/${of}/${namesOf(names, of)[watch.source]}`
    const numbers = bySource.get(key) ?? []
    bySource.set(key, numbers)
    numbers.push(ALARM_KINDS.indexOf(watch.kind), ...numbersOf(watch))
  }
  for (const [key, numbers] of bySource) putSection(sections, key, 'alarms', numbers)
  const { flood, counts } = alarms
  const { raised, chattering, stood, floods } = counts
  putSection(sections, 'flood', 'flood', [flood.on ? 1 : 0, raised, chattering, stood, floods, ...flood.raisesMs])
  const halls = new Map<number, number[]>()
  for (const { kind, hall, raisedMs, toldMs, toldCount, changed } of flood.groups.values()) {
    const numbers = halls.get(hall) ?? []
    halls.set(hall, numbers)
    numbers.push(kind, raisedMs, toldMs, toldCount, changed ? 1 : 0)
  }
  for (const hall of [-1, ...names.scopes.keys()]) {
    // Written empty too: an earlier one would stay
    putSection(sections, `flood/${hall < 0 ? '' : names.scopes[hall]}`, 'flood_groups', halls.get(hall) ?? [])
  }
}

/** Goes on with them. */
export function restoreAlarms(alarms: Alarms, names: Names, sections: Sections): void {
  alarms.dueMs = -Infinity // looks at every watch at the next tick, those of a new plan included
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

function numbersOf(watch: Watch): number[] {
  const { sinceMs, raisedMs, toldMs, newestMs, heardMs, value, limit, lateMs, shelvedMs, lastMs, beforeLastMs } = watch
  const flags = [watch.unseen, watch.suppressed, watch.plannedOutTold, watch.commandedOut, watch.sent, watch.grouped]
  return [
    PHASES.indexOf(watch.phase),
    STANDINGS.indexOf(watch.standing),
    ...flags.map(Number),
    sinceMs,
    raisedMs,
    toldMs,
    newestMs,
    heardMs,
    value,
    limit,
    lateMs,
    shelvedMs,
    lastMs,
    beforeLastMs,
  ]
}

function restoreSource(alarms: Alarms, of: SourceKind, source: number, section: Float64Array | undefined): void {
  if (section === undefined) return
  let at = 0
  const next = () => section[at++]!
  while (at < section.length) {
    const kind = ALARM_KINDS[next()]!
    assert(SOURCE_OF[kind] === of, `a section of alarms of one ${of} speaks of another source`)
    const watch = watchOf(alarms, kind, source)
    watch.phase = PHASES[next()]!
    watch.standing = STANDINGS[next()]!
    watch.unseen = next() === 1
    watch.suppressed = next() === 1
    watch.plannedOutTold = next() === 1
    watch.commandedOut = next() === 1
    watch.sent = next() === 1
    watch.grouped = next() === 1
    watch.sinceMs = next()
    watch.raisedMs = next()
    watch.toldMs = next()
    watch.newestMs = next()
    watch.heardMs = next()
    watch.value = next()
    watch.limit = next()
    watch.lateMs = next()
    watch.shelvedMs = next()
    watch.lastMs = next()
    watch.beforeLastMs = next()
    if (kind === 'stale') alarms.isSilent[source] = watch.phase === 'active' ? 1 : 0
  }
}

function restoreGroups({ flood }: Alarms, hall: number, section: Float64Array | undefined): void {
  if (section === undefined) return
  for (let at = 0; at < section.length; at += 5) {
    const [kind = 0, raisedMs = NaN, toldMs = NaN, toldCount = 0, changed = 0] = section.subarray(at, at + 5)
    flood.groups.set(keyOf(kind, hall), { kind, hall, raisedMs, toldMs, toldCount, changed: changed === 1 })
  }
}
