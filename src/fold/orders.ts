import { applyCommand } from '../core/alarms/command.ts'
import { COST, type Work } from '../core/contract/work.ts'
import { commandIdOf, orderText, readCommand, type CommandAnswer } from '../ingest/command.ts'
import type { Payload } from '../ingest/root.ts'
import type { AuditEntry } from '../rows/tables/audit.ts'
import { commandedBy } from '../site/commanded.ts'
import type { Planning } from './planned/begin.ts'
import { obeyPlan, PLAN_COMMANDS } from './planned/orders.ts'

/** What became of an order: what whoever gave it is told, and what the audit tells of it. */
interface Obeyed {
  readonly answer: CommandAnswer
  readonly audit: AuditEntry
}

/** Carries out a command to the alarms, or refuses it. */
export function* obeyOrder(
  planning: Planning,
  payload: Payload,
  { account: who, from }: { account: string; from: string },
): Work<Obeyed> {
  const planned = yield* obeyPlan(planning, payload)
  const { answer, what } = planned ?? (yield* obeyCommand(planning, payload))
  const { done, changed } = answer
  const nothing = planned === undefined ? 'nothing to change' : 'no alarm changed'
  const changes = changed === 0 ? nothing : `${changed} alarm${changed === 1 ? '' : 's'} changed`
  return { answer, audit: { who, what, from, outcome: done ? 'done' : 'refused', reason: answer.reason ?? changes } }
}

function* obeyCommand(
  { core, site, nowMs }: Planning,
  payload: Payload,
): Work<{ answer: CommandAnswer; what: string }> {
  const order = readCommand(payload, nowMs, PLAN_COMMANDS)
  const commanded = 'fault' in order ? order : commandedBy(site, order)
  const what = 'fault' in order ? '' : orderText(order)
  if ('fault' in order || 'fault' in commanded) {
    const reason = 'fault' in commanded ? commanded.fault : ''
    return { answer: { ...commandIdOf(payload), done: false, changed: 0, reason }, what }
  }
  const { command, by } = order
  const plannedMs = [...core.planned.begunMs.values()]
  let changed = 0
  for (const { alarm, sources } of commanded) {
    for (const source of sources) {
      const more = applyCommand(core.alarms, { command, alarm, source, by, plannedMs }, nowMs, core.sink)
      changed += more
      yield more * COST.alarm
    }
  }
  return { answer: { ...commandIdOf(payload), done: true, changed }, what }
}
