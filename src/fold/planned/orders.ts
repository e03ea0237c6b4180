import { plannedWork } from '../../config/duties/planned.ts'
import { applyCommand } from '../../core/alarms/command.ts'
import { endStretch } from '../../core/contract/planned.ts'
import { COST, type Work } from '../../core/contract/work.ts'
import { COMMAND_PLACES, commandIdOf, isWords, type CommandAnswer } from '../../ingest/command.ts'
import { rootOf, type Payload } from '../../ingest/root.ts'
import type { Site } from '../../site/site.ts'
import { beginPlanned, type Planning } from './begin.ts'
import { nextBeginMs, stretchAt, workOf, worksOf, type WrittenWork } from './works.ts'

/** Commands that are read here. */
export const PLAN_COMMANDS = ['plan', 'unplan'] as const
const MOST_COMMANDED = 1000
/** Longest text of an order that the audit repeats. */
const MOST_SAID = 256

/** What became of an order to plan work or to call it off, and the order in a line. */
interface PlanAnswer {
  readonly answer: CommandAnswer
  readonly what: string
}

/**
 * Obeys `{ command: plan, name, from, hours, rrule, hall …, who, why }`, as an entry of `planned`, and `{ command:
 * unplan, name, who, why }`, which also ends what goes on. Undefined: the command is another.
 */
export function* obeyPlan(planning: Planning, payload: Payload): Work<PlanAnswer | undefined> {
  const read = planMembers(payload)
  if (read === undefined) return undefined
  const { command, members } = read
  const ids = { ...commandIdOf(payload), command }
  const order = command === 'plan' ? plan(planning, members) : unplanOf(planning, members)
  const what = planText(command, members)
  if (typeof order === 'string') return { answer: { ...ids, done: false, changed: 0, reason: order }, what }
  const changed = order === undefined ? yield* beginPlanned(planning) : yield* unplan(planning, order)
  return { answer: { ...ids, done: true, changed }, what }
}

/** As much of an order as is words: `plan fans in rack r07, from 2026-03-03T08:00 for 2 h: new fans`. */
function planText(command: string, members: Record<string, unknown>): string {
  const word = (key: string, before: string) => {
    const said = members[key]
    return isWords(said, MOST_SAID) && said.trim() !== '' ? `${before}${said}` : ''
  }
  const places = COMMAND_PLACES.map((place) => word(place, ` in ${place} `)).join('')
  const { hours } = members
  const length = typeof hours === 'number' ? ` for ${Number(hours.toFixed(2))} h` : ''
  const times = `${word('from', ', from ')}${length}${word('rrule', ', ')}`
  return `${command}${word('name', ' ')}${places}${times}${word('why', ': ')}`
}

/**
 * An order to plan work or to call it off. `fault`: what is wrong with it, as far as that can be told without the
 * daemon's state. Undefined: the command is another.
 */
export function readPlanOrder(
  site: Site,
  payload: Payload,
): { command: string; name: string; what: string; fault: string | undefined } | undefined {
  const order = planMembers(payload)
  if (order === undefined) return undefined
  const { command, members } = order
  const { name } = members
  const read = command === 'plan' ? planFault(site, members) : readUnplan(members)
  const fault = typeof read === 'string' ? read : undefined
  return { command, name: typeof name === 'string' ? name : '', what: planText(command, members), fault }
}

function planFault(site: Site, members: Record<string, unknown>): string | undefined {
  const read = readWork(members)
  if (typeof read === 'string') return read
  const compiled = workOf(site, read)
  return 'fault' in compiled ? compiled.fault : undefined
}

function planMembers(
  payload: Payload,
): { command: (typeof PLAN_COMMANDS)[number]; members: Record<string, unknown> } | undefined {
  const root = rootOf(payload)
  if (typeof root !== 'object' || root === null || Array.isArray(root)) return undefined
  const { command: word, id: _, ...members } = root as Record<string, unknown>
  const command = PLAN_COMMANDS.find((it) => it === word)
  return command === undefined ? undefined : { command, members }
}

function readWork(members: Record<string, unknown>): WrittenWork | string {
  const read = plannedWork.safeParse(members)
  if (read.success) return read.data
  const [first] = read.error.issues
  const issue = first?.code === 'invalid_union' ? { ...first, ...first.errors[0]?.[0], path: first.path } : first
  if (issue?.code === 'unrecognized_keys')
    return `planned work has no ${issue.keys.join(', ')}: it has ${issue.message}`
  return `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is wrong'}`
}

/** Takes work into the plan; says why not. */
function plan({ site, core, planner, nowMs }: Planning, members: Record<string, unknown>): string | undefined {
  const read = readWork(members)
  if (typeof read === 'string') return read
  const { name } = read
  const { commanded, begunMs } = core.planned
  const { timezone } = site.config.site
  if (site.config.planned.some((it) => it.name === name)) return `"${name}" stands in the configuration`
  const isOver = (work: WrittenWork): boolean => {
    const compiled = workOf(site, work)
    if ('fault' in compiled) return true
    return stretchAt(compiled, timezone, nowMs) === undefined && nextBeginMs(compiled, timezone, nowMs) === Infinity
  }
  const compiled = workOf(site, read)
  if ('fault' in compiled) return compiled.fault
  if (isOver(read)) return 'it would be over already'
  for (const [other, json] of commanded) {
    if (!isOver(JSON.parse(json) as WrittenWork)) continue
    commanded.delete(other)
    begunMs.delete(other)
  }
  if (commanded.has(name)) return `"${name}" is planned already: unplan it first`
  if (commanded.size >= MOST_COMMANDED) return `more than ${MOST_COMMANDED} works cannot be planned by command`
  commanded.set(name, JSON.stringify(read))
  planner.works = undefined
  planner.dueMs = -Infinity
  return undefined
}

interface Unplan {
  readonly name: string
  readonly who: string
  readonly why: string
}

/** An order to call work off that is planned here, or why it is none. */
function unplanOf({ site, core }: Planning, members: Record<string, unknown>): Unplan | string {
  const read = readUnplan(members)
  if (typeof read === 'string' || core.planned.commanded.has(read.name)) return read
  const isInFile = site.config.planned.some((work) => work.name === read.name)
  return isInFile ? `"${read.name}" stands in the configuration` : `no work "${read.name}" is planned`
}

function readUnplan({ name, who, why = '' }: Record<string, unknown>): Unplan | string {
  if (typeof who !== 'string' || who.trim() === '' || who.length > 64) return 'who is a name of at most 64 characters'
  if (typeof why !== 'string' || why.length > 256) return 'why has at most 256 characters'
  return typeof name === 'string' ? { name, who, why } : 'name is that of planned work'
}

/**
 * Takes work out of the plan. What it has shelved is off the shelf, unless somebody has shelved it for longer, or other
 * work goes on there.
 */
function* unplan({ site, core, planner, nowMs }: Planning, { name, who, why }: Unplan): Work<number> {
  const { planned, alarms } = core
  const works = planner.works ?? worksOf(site, planned)
  const work = works.find((it) => it.name === name)
  const others = works.flatMap((other) => {
    const stretch = other === work ? undefined : stretchAt(other, site.config.site.timezone, nowMs)
    return stretch === undefined ? [] : [{ ...other, untilMs: stretch.untilMs }]
  })
  const untilMs = planned.begunMs.get(name) ?? NaN
  endStretch(planned, name, nowMs)
  planned.commanded.delete(name)
  planned.begunMs.delete(name)
  planner.works = undefined
  planner.dueMs = -Infinity
  let changed = 0
  for (const { alarm, sources } of work?.shelved ?? []) {
    const states = [...(alarms.byKind.get(alarm)?.values() ?? [])]
    for (const state of states.filter(({ shelvedMs }) => shelvedMs === untilMs && shelvedMs > nowMs)) {
      const { source } = state
      if (!isAmong(sources, source)) continue
      const [other] = others
        .filter(({ shelved }) => shelved.some((it) => it.alarm === alarm && isAmong(it.sources, source)))
        .toSorted((one, two) => two.untilMs - one.untilMs)
      if (other === undefined) {
        const by = { who, why, untilMs: NaN }
        changed += applyCommand(alarms, { command: 'unshelve', alarm, source, by }, nowMs, core.sink)
      } else {
        const by = { who: other.who, why: other.why, untilMs: other.untilMs, work: other.name }
        state.shelvedMs = NaN
        changed += applyCommand(alarms, { command: 'shelve', alarm, source, by }, nowMs, core.sink)
      }
      yield COST.alarm
    }
  }
  return changed
}

function isAmong(sources: readonly number[], source: number): boolean {
  return sources.includes(-1) || sources.includes(source)
}
