import type { AlarmState } from '../core/alarms/alarm-state.ts'
import { clearRemoved } from '../core/alarms/shelving.ts'
import { ALARM_KINDS } from '../core/contract/alarm-kinds.ts'
import { putByteSection, putSection, takeByteSection, takeSection, type Sections } from '../core/snapshot/form.ts'
import { restoreCore, saveCore } from '../core/snapshot/snapshot.ts'
import { birthsFromJson, birthsToJson } from '../ingest/sparkplug/births-json.ts'
import { sourceNames } from '../site/alarms.ts'
import type { Pipeline } from './pipeline.ts'

/**
 * Goes on in another pipeline, of a changed site: points, boundaries and inlets are matched by name. Alarms of what is
 * no more are cleared first, and that is told. Gives what of the old one the new one has no place for.
 */
export function moveInto(next: Pipeline, before: Pipeline, onCleared: () => void = () => {}): Sections {
  const { core, site } = before
  const kept = new Map(ALARM_KINDS.map((kind) => [kind, new Set(sourceNames(next.site, kind))]))
  const isKept = ({ kind, source }: AlarmState) => kept.get(kind)?.has(sourceNames(site, kind)[source] ?? '') === true
  clearRemoved(core.alarms, isKept, before.nowMs, core.sink)
  onCleared()
  const { sections } = saveCore(core, site, undefined)
  savePipeline(before, 0, sections)
  restorePipeline(next, sections)
  next.takesOldForm = before.takesOldForm
  return sections
}

/** Saves the counts of a pipeline, and the first entry of our present form. */
export function savePipeline(pipeline: Pipeline, ownFromSeq: number, sections: Sections): void {
  const { nowMs, packets, doubted, counts, sparkplug, auditMs } = pipeline
  putSection(sections, 'pipeline', 'pipeline', [nowMs, packets, doubted, ownFromSeq, ...counts])
  if (auditMs > -Infinity) putSection(sections, 'audit', 'audit', [auditMs])
  if (sparkplug.births.size === 0) return
  putByteSection(sections, 'sparkplug', 'sparkplug', new TextEncoder().encode(birthsToJson(sparkplug.births)))
}

/**
 * Restores the core and the counts; an outcome younger than the snapshot has been counted 0 times. Gives the first
 * entry of our present form; 0: there is none.
 */
export function restorePipeline(pipeline: Pipeline, sections: Sections): number {
  const state = takeSection(sections, 'pipeline', 'pipeline')
  const audit = takeSection(sections, 'audit', 'audit')
  const births = takeByteSection(sections, 'sparkplug', 'sparkplug')
  if (state === undefined || !restoreCore(pipeline.core, pipeline.site, sections)) return 0
  pipeline.nowMs = state[0] ?? pipeline.nowMs
  pipeline.packets = state[1] ?? 0
  pipeline.doubted = state[2] ?? 0
  pipeline.auditMs = audit?.[0] ?? -Infinity
  pipeline.counts.set(state.subarray(4))
  const saved = births === undefined ? [] : birthsFromJson(new TextDecoder().decode(births))
  for (const [node, birth] of saved) if (pipeline.site.sparkplug.has(node)) pipeline.sparkplug.births.set(node, birth)
  return state[3] ?? 0
}
