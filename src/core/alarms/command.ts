import { SOURCE_OF, type AlarmKind } from '../contract/alarm-kinds.ts'
import { reconsider, setAside, unshelve } from './aside.ts'
import { isAside, tell } from './machine.ts'
import { watchOf, type Alarms, type Watch } from './watch.ts'
import type { AlarmBy, Sink } from '../contract/sink.ts'

export const COMMANDS = ['ack', 'shelve', 'unshelve', 'out_of_service', 'in_service'] as const
export type Command = (typeof COMMANDS)[number]

/** What an operator wants of an alarm. */
export interface AlarmCommand {
  command: Command
  alarm: AlarmKind
  /** Index of the source; -1: all of this kind. */
  source: number
  by: AlarmBy
}

/**
 * Carries out a command that arrived at `nowMs`; each change is a transition. One that changes nothing, such as a second
 * acknowledgement, tells nothing, so commands may come twice.
 */
export function obey(alarms: Alarms, { command, alarm, source, by }: AlarmCommand, nowMs: number, sink: Sink): void {
  alarms.dueMs = Math.min(alarms.dueMs, nowMs)
  if (source >= 0) return obeyAt(alarms, command, watchOf(alarms, alarm, source), by, nowMs, sink)
  if (command === 'shelve' || command === 'out_of_service') watchAll(alarms, alarm)
  for (const watch of alarms.watches) if (watch.kind === alarm) obeyAt(alarms, command, watch, by, nowMs, sink)
}

/** What nothing was raised of yet is set aside with the rest. */
function watchAll(alarms: Alarms, kind: AlarmKind): void {
  const { inlets, points, gateways, boundaries } = alarms.plan
  const { length } = { inlet: inlets, point: points, gateway: gateways, boundary: boundaries, site: [0] }[
    SOURCE_OF[kind]
  ]
  for (let source = 0; source < length; source++) watchOf(alarms, kind, source)
}

function obeyAt(alarms: Alarms, command: Command, watch: Watch, by: AlarmBy, nowMs: number, sink: Sink): void {
  switch (command) {
    case 'ack':
      return acknowledge(alarms, watch, by, nowMs, sink)
    case 'shelve':
      if (watch.shelvedMs === by.untilMs) return
      watch.shelvedMs = by.untilMs
      setAside(watch)
      return tell(alarms, watch, 'shelved', nowMs, nowMs, sink, by)
    case 'unshelve':
      if (!Number.isNaN(watch.shelvedMs)) unshelve(alarms, watch, nowMs, nowMs, sink, by)
      return
    case 'out_of_service':
      if (watch.commandedOut) return
      watch.commandedOut = true
      setAside(watch)
      return tell(alarms, watch, 'out_of_service', nowMs, nowMs, sink, by)
    case 'in_service':
      if (!watch.commandedOut) return
      watch.commandedOut = false
      return reconsider(alarms, watch, nowMs, sink)
  }
}

/** Of what stands; what is over and waited for it (or, latched, for a reset) is normal then. */
function acknowledge(alarms: Alarms, watch: Watch, by: AlarmBy, nowMs: number, sink: Sink): void {
  if (isAside(watch)) return
  switch (watch.standing) {
    case 'raised':
      watch.standing = 'acked'
      return tell(alarms, watch, 'acked', nowMs, nowMs, sink, by)
    case 'cleared':
    case 'latched':
      watch.standing = 'normal'
      return tell(alarms, watch, 'normal', nowMs, nowMs, sink, by)
    case 'normal':
    case 'acked':
      return undefined
  }
}
