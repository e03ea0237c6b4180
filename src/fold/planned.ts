import type { Config } from '../config/config.ts'
import { localMs } from '../config/duties/local-time.ts'
import { plannedWork } from '../config/duties/planned.ts'
import { createRecurrence, type Recurrence } from '../config/duties/recurrence.ts'
import { beginStretch, endStretch, type Planned } from '../core/contract/planned.ts'
import { applyCommand } from '../core/alarms/command.ts'
import { ALARM_KINDS, SOURCE_OF, type AlarmKind } from '../core/contract/alarm-kinds.ts'
import { COST, type Work } from '../core/contract/work.ts'
import type { Core } from '../core/state.ts'
import { commandIdOf, type CommandAnswer } from '../ingest/command.ts'
import { rootOf, type Payload } from '../ingest/root.ts'
import { zonedToUtcMs, zoneOffsetMs } from '../ingest/time-zones.ts'
import { commandedBy } from '../site/commanded.ts'
import type { Site } from '../site/site.ts'

/**
 * Planned work, of the configuration and of commands. Each of its stretches begins with the first entry that arrives
 * behind its begin: its alarms are shelved up to its end, and compliance is told. All that follows from the journal and
 * the configuration, so a replay does it at the same entries (D179).
 *
 *     configuration ──┐
 *                     ├──> works ── an entry behind the begin of a stretch that has not begun ──> shelve, mark
 *     command plan ───┘             `begunMs` of the core remembers the end of the newest: it begins once
 */
export interface Planner {
  /** Made when they are first needed, and anew after a command. */
  works: readonly PlannedWork[] | undefined
  /** Nothing begins before this arrival time. */
  dueMs: number
}

type Written = Config['planned'][number]

interface PlannedWork {
  readonly name: string
  readonly recurrence: Recurrence
  readonly lengthMs: number
  /** Alarms that are shelved meanwhile: by kind their sources; -1: all. */
  readonly shelved: readonly { readonly alarm: AlarmKind; readonly sources: readonly number[] }[]
  readonly inlets: ReadonlySet<number>
  readonly who: string
  readonly why: string
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Clocks are put back by less. */
const MOST_BACK_MS = 3 * HOUR_MS
const MOST_COMMANDED = 1000

export function createPlanner(): Planner {
  return { works: undefined, dueMs: -Infinity }
}

/** What the pipeline has of it. */
interface Planning {
  readonly site: Site
  readonly core: Core
  readonly planner: Planner
  readonly nowMs: number
}

/** Begins the stretches that are due. */
export function* beginPlanned({ site, core, planner, nowMs }: Planning): Work<number> {
  if (nowMs < planner.dueMs) return 0
  const { timezone } = site.config.site
  const works = (planner.works ??= worksOf(site, core.planned))
  let changed = 0
  planner.dueMs = Infinity
  for (const work of works) {
    const stretch = stretchAt(work, timezone, nowMs)
    if (stretch !== undefined && core.planned.begunMs.get(work.name) !== stretch.untilMs) {
      changed += yield* begin(core, work, stretch, nowMs)
    }
    planner.dueMs = Math.min(planner.dueMs, nextBeginMs(work, timezone, nowMs))
  }
  return changed
}

interface Stretch {
  readonly fromMs: number
  readonly untilMs: number
}

function* begin(core: Core, work: PlannedWork, { fromMs, untilMs }: Stretch, nowMs: number): Work<number> {
  const { name, inlets, who, why } = work
  core.planned.begunMs.set(name, untilMs)
  if (inlets.size > 0) beginStretch(core.planned, { name, fromMs, untilMs, inlets })
  const by = { who, why, untilMs, work: name }
  let changed = 0
  for (const { alarm, sources } of work.shelved) {
    for (const source of sources) {
      const more = applyCommand(core.alarms, { command: 'shelve', alarm, source, by }, nowMs, core.sink)
      changed += more
      yield more * COST.alarm
    }
  }
  return changed
}

/** The stretch that goes on at an instant; undefined: none does. */
function stretchAt({ recurrence, lengthMs }: PlannedWork, timezone: string, nowMs: number): Stretch | undefined {
  let begin = recurrence.atOrBefore(nowMs + zoneOffsetMs(nowMs, timezone) + MOST_BACK_MS)
  while (begin !== undefined && utcMs(begin, timezone) > nowMs) begin = recurrence.atOrBefore(begin - 1)
  if (begin === undefined) return undefined
  const fromMs = utcMs(begin, timezone)
  return fromMs + lengthMs > nowMs ? { fromMs, untilMs: fromMs + lengthMs } : undefined
}

/** Of each work of the configuration when it goes on, or begins next. As lines for people. */
export function plannedLines(site: Site, nowMs: number): string[] {
  const { timezone } = site.config.site
  const text = (tMs: number) => new Date(tMs + zoneOffsetMs(tMs, timezone)).toISOString().slice(0, 16).replace('T', ' ')
  return site.config.planned.flatMap((written) => {
    const work = workOf(site, written)
    if ('fault' in work) return [`${written.name}: ${work.fault}`]
    const alarms = `${work.shelved.length} kinds of alarm, ${work.inlets.size} inlets`
    const now = stretchAt(work, timezone, nowMs)
    if (now !== undefined) return [`${work.name}: goes on until ${text(now.untilMs)} (${timezone}); ${alarms}`]
    const nextMs = nextBeginMs(work, timezone, nowMs)
    const next = nextMs === Infinity ? 'is over' : `begins ${text(nextMs)} (${timezone}), for ${written.hours} h`
    return [`${work.name}: ${next}; ${alarms}`]
  })
}

/** The next begin behind an instant; Infinity: there is none. */
function nextBeginMs({ recurrence }: PlannedWork, timezone: string, nowMs: number): number {
  let begin = recurrence.after(nowMs + zoneOffsetMs(nowMs, timezone) - MOST_BACK_MS)
  while (begin !== undefined && utcMs(begin, timezone) <= nowMs) begin = recurrence.after(begin)
  return begin === undefined ? Infinity : utcMs(begin, timezone)
}

/** Of two instants of a local time the first; of a time that clocks skip what they show by the offset before. */
function utcMs(local: number, timezone: string): number {
  return zonedToUtcMs(local, timezone)[0] ?? local - zoneOffsetMs(local - DAY_MS, timezone)
}

function worksOf(site: Site, { commanded }: Planned): PlannedWork[] {
  const written = [...commanded.values()].map((json) => JSON.parse(json) as Written)
  const inFile = new Set(site.config.planned.map(({ name }) => name))
  return [...site.config.planned, ...written.filter(({ name }) => !inFile.has(name))].flatMap((work) => {
    const compiled = workOf(site, work)
    return 'fault' in compiled ? [] : [compiled] // a place that a new configuration no longer has
  })
}

function workOf(site: Site, work: Written): PlannedWork | { fault: string } {
  const { name, from, hours, rrule, alarms, compliance, who, why, hall, rack, gateway } = work
  const where = Object.fromEntries(
    Object.entries({ hall, rack, gateway, class: work.class }).filter(([, at]) => at !== undefined),
  ) as Partial<Record<'hall' | 'rack' | 'gateway' | 'class', string>>
  const by = { who, why, untilMs: NaN }
  const all = commandedBy(site, { command: 'shelve', alarm: '*', source: '*', where, by })
  if ('fault' in all) return all
  const inlets = site.rules.places('inlet_allowable').flatMap((place, inlet) => {
    const isIn = Object.entries(where).every(([key, at]) => place[key as keyof typeof where] === at)
    return compliance && isIn ? [inlet] : []
  })
  // What the daemon says of itself is nobody's work, unless it is named
  const usual = ALARM_KINDS.filter((kind) => SOURCE_OF[kind] !== 'site')
  const kinds = new Set<AlarmKind>(alarms === 'none' ? [] : (alarms ?? usual))
  return {
    name,
    recurrence: createRecurrence(localMs(from), rrule),
    lengthMs: hours * HOUR_MS,
    shelved: all.filter(({ alarm }) => kinds.has(alarm) && site.plan.alarms.rules[alarm].enabled),
    inlets: new Set(inlets),
    who,
    why,
  }
}

/**
 * Obeys `{ command: plan, name, from, hours, rrule, hall …, who, why }`, as an entry of `planned`, and `{ command:
 * unplan, name, who, why }`, which also ends what goes on. Undefined: the command is another.
 */
export function* obeyPlan(planning: Planning, payload: Payload): Work<CommandAnswer | undefined> {
  const root = rootOf(payload)
  if (typeof root !== 'object' || root === null || Array.isArray(root)) return undefined
  const { command, id: _, ...members } = root as Record<string, unknown>
  if (command !== 'plan' && command !== 'unplan') return undefined
  const ids = { ...commandIdOf(payload), command }
  const order = command === 'plan' ? plan(planning, members) : unplanOf(planning, members)
  if (typeof order === 'string') return { ...ids, done: false, changed: 0, reason: order }
  const changed = order === undefined ? yield* beginPlanned(planning) : yield* unplan(planning, order)
  return { ...ids, done: true, changed }
}

/** What is wrong with work as a command gives it, as far as that can be told without the daemon. */
export function plannedFault(site: Site, members: Record<string, unknown>): string | undefined {
  const read = readWork(members)
  if (typeof read === 'string') return read
  const compiled = workOf(site, read)
  return 'fault' in compiled ? compiled.fault : undefined
}

function readWork(members: Record<string, unknown>): Written | string {
  const read = plannedWork.safeParse(members)
  if (read.success) return read.data
  const [issue] = read.error.issues
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
  const isOver = (work: Written): boolean => {
    const compiled = workOf(site, work)
    if ('fault' in compiled) return true
    return stretchAt(compiled, timezone, nowMs) === undefined && nextBeginMs(compiled, timezone, nowMs) === Infinity
  }
  const compiled = workOf(site, read)
  if ('fault' in compiled) return compiled.fault
  if (isOver(read)) return 'it would be over already'
  for (const [other, json] of commanded) {
    if (!isOver(JSON.parse(json) as Written)) continue
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

/** An order to call work off, or why it is none. */
function unplanOf({ site, core }: Planning, { name, who, why = '' }: Record<string, unknown>): Unplan | string {
  if (typeof who !== 'string' || who.trim() === '' || who.length > 64) return 'who is a name of at most 64 characters'
  if (typeof why !== 'string' || why.length > 256) return 'why has at most 256 characters'
  if (typeof name === 'string' && core.planned.commanded.has(name)) return { name, who, why }
  const isInFile = site.config.planned.some((work) => work.name === name)
  return isInFile ? `"${String(name)}" stands in the configuration` : `no work "${String(name)}" is planned`
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
