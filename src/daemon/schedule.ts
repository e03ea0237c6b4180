import { readFile } from 'node:fs/promises'
import { createTask, parse, validate, type ScheduledTask } from 'node-cron'
import { writeDurably } from '../store/durable.ts'
import { createStates, type Log, type States } from '../health/log.ts'

/** Something that is done at set times (UTC). */
export interface Task {
  /** Names its mark in `LastDone`. */
  name: string
  /** Five fields: minute, hour, day of month, month, day of week. */
  cron: string
  /** Whether a run that was missed, or failed, is made up for before the next one is due. */
  makeUp: boolean
  /**
   * `lastDoneMs`: when the last run that ended well began, or when the task was first seen. A run that throws is told
   * and tried again.
   */
  run(nowMs: number, lastDoneMs: number): Promise<void> | void
}

/** When each task was last done, epoch ms; kept over restarts. */
export interface LastDone {
  get(name: string): Promise<number | undefined>
  set(name: string, tMs: number): Promise<void>
}

interface ScheduleOptions {
  done: LastDone
  log: Log
  /** Time of day, epoch ms. */
  clock: () => number
}

export interface Schedule {
  /** Starts nothing more and waits at most `deadlineMs` for tasks that run. Gives the names of those that still do. */
  stop(deadlineMs: number): Promise<string[]>
}

interface Entry {
  readonly task: Task
  readonly cron: ScheduledTask
  doneMs: number
  running: Promise<void> | undefined
  failures: number
  /** A failed run is tried again no earlier than this. */
  retryMs: number
}

interface Running {
  readonly entries: Entry[]
  readonly options: ScheduleOptions
  readonly states: States
  beatMs: number
  stopped: boolean
}

const MINUTE_MS = 60_000
const DAY_MS = 1440 * MINUTE_MS
const LONGEST_RETRY_MS = 60 * MINUTE_MS

/** How far back a missed run is looked for. */
const LOOK_BACK_DAYS = 400

/**
 * Starts the schedule. A task without a mark has missed nothing: it gets one now. At start and every minute, one run
 * makes up for all that were missed since the mark. A failed run of a task with `makeUp` is tried again after 1, 2, 4 …
 * 60 minutes, any other at its next time. Throws Error when a task's `cron` cannot be read.
 */
export async function createSchedule(tasks: readonly Task[], options: ScheduleOptions): Promise<Schedule> {
  for (const task of tasks) assertTime(task)
  const states = createStates(options.log)
  const schedule: Running = { entries: [], options, states, beatMs: options.clock(), stopped: false }
  for (const task of tasks) {
    const cron: ScheduledTask = createTask(task.cron, ({ date }) => start(schedule, entry, date.getTime()), {
      name: task.name,
      timezone: 'UTC',
      noOverlap: true,
      suppressMissedWarning: true, // a missed run is made up for, or it did not matter
      logger: cronLogger(options.log, task.name),
      unref: true,
    })
    const doneMs = await firstMark(schedule, task.name)
    const entry: Entry = { task, cron, doneMs, running: undefined, failures: 0, retryMs: -Infinity }
    schedule.entries.push(entry)
  }
  for (const { cron } of schedule.entries) await cron.start()
  makeUp(schedule)
  const beat = setInterval(() => everyMinute(schedule), MINUTE_MS).unref()
  return {
    stop(deadlineMs) {
      clearInterval(beat)
      return stop(schedule, deadlineMs)
    },
  }
}

/** Marks in a JSON file, replaced as a whole at every mark. A damaged file fails `get`, and is replaced by `set`. */
export function openLastDone(file: string): LastDone {
  let turn: Promise<unknown> = Promise.resolve()
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = turn.then(work)
    turn = result.catch((error: unknown) => error) // told to whoever waits for the result
    return result
  }
  return {
    get: (name) => inTurn(async () => (await readMarks(file)).get(name)),
    set: (name, tMs) =>
      inTurn(async () => {
        // What cannot be read is replaced; if it cannot be written either, that is told.
        const marks = await readMarks(file).catch(() => new Map<string, number>())
        marks.set(name, tMs)
        await writeDurably(file, `${JSON.stringify(Object.fromEntries(marks), null, 2)}\n`)
      }),
  }
}

async function readMarks(file: string): Promise<Map<string, number>> {
  try {
    const parsed: unknown = JSON.parse(await readFile(file, 'utf8'))
    if (typeof parsed !== 'object' || parsed === null) throw new Error('it holds no object')
    const marks = Object.entries(parsed).filter((mark): mark is [string, number] => Number.isFinite(mark[1]))
    return new Map(marks)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return new Map()
    throw new Error(`${file} cannot be read`, { cause: error })
  }
}

function assertTime({ name, cron }: Task): void {
  if (cron.trim().split(/\s+/).length === 5 && validate(cron)) return
  throw new Error(`schedule: ${JSON.stringify(cron)} is no time for ${name}: five fields, such as "10 2 * * *"`)
}

function cronLogger(log: Log, task: string) {
  return {
    info() {},
    debug() {},
    warn: (words: string) => log.warn({ task }, words),
    error: (words: string | Error, error?: Error) => log.error({ task, error: error ?? words }, 'the schedule failed'),
  }
}

async function firstMark(schedule: Running, name: string): Promise<number> {
  const { done, clock } = schedule.options
  try {
    const markMs = await done.get(name)
    if (markMs !== undefined) return markMs
  } catch (error) {
    tellMarks(schedule, error)
  }
  const nowMs = clock()
  await mark(schedule, name, nowMs)
  return nowMs
}

/** A mark that cannot be written costs a run too many after the next start, so the work goes on. */
async function mark(schedule: Running, name: string, tMs: number): Promise<void> {
  try {
    await schedule.options.done.set(name, tMs)
    tellMarks(schedule, undefined)
  } catch (error) {
    tellMarks(schedule, error)
  }
}

function tellMarks({ states }: Running, error: unknown): void {
  if (error === undefined) states.tell('schedule marks', 'kept')
  else states.tell('schedule marks', 'not kept', { error }, 'error')
}

function everyMinute(schedule: Running): void {
  const nowMs = schedule.options.clock()
  const steppedMs = nowMs - schedule.beatMs - MINUTE_MS
  schedule.beatMs = nowMs
  // node-cron waits for the moment it once worked out: after the clock was set, that may be a year away
  if (Math.abs(steppedMs) > MINUTE_MS) for (const { cron } of schedule.entries) restart(schedule, cron)
  makeUp(schedule)
}

function restart({ options: { log } }: Running, cron: ScheduledTask): void {
  const failed = (error: unknown) => log.error({ task: cron.name, error }, 'the schedule failed')
  Promise.resolve(cron.stop())
    .then(() => cron.start())
    .catch(failed)
}

function makeUp(schedule: Running): void {
  const nowMs = schedule.options.clock()
  for (const entry of schedule.entries) {
    entry.doneMs = Math.min(entry.doneMs, nowMs) // a mark from the future is the word of a wrong clock
    if (!entry.task.makeUp || entry.running !== undefined) continue
    if (nowMs < entry.retryMs && entry.retryMs - nowMs <= LONGEST_RETRY_MS) continue
    const dueMs = latestDueMs(entry, nowMs)
    if (dueMs !== undefined) void start(schedule, entry, dueMs)
  }
}

/** The last moment up to now at which the task was due since it was last done. */
function latestDueMs({ task, cron, doneMs }: Entry, nowMs: number): number | undefined {
  const { hour, minute } = parse(task.cron)
  const timesMs = hour.flatMap((h) => minute.map((m) => (h * 60 + m) * MINUTE_MS)).toSorted((a, b) => b - a)
  const todayMs = Math.floor(nowMs / DAY_MS) * DAY_MS
  const firstDayMs = Math.max(Math.floor(doneMs / DAY_MS) * DAY_MS, todayMs - LOOK_BACK_DAYS * DAY_MS)
  for (let dayMs = todayMs; dayMs >= firstDayMs; dayMs -= DAY_MS) {
    const timeMs = timesMs.find((ms) => dayMs + ms <= nowMs)
    if (timeMs === undefined || !cron.match(new Date(dayMs + timeMs))) continue // a day is due at all its times or none
    return dayMs + timeMs > doneMs ? dayMs + timeMs : undefined
  }
  return undefined
}

/** Runs what was due at `dueMs`, unless it runs or has run. Never rejects: what goes wrong is told. */
function start(schedule: Running, entry: Entry, dueMs: number): Promise<void> {
  if (entry.running !== undefined) return entry.running
  if (schedule.stopped || dueMs <= entry.doneMs) return Promise.resolve()
  entry.running = perform(schedule, entry, dueMs).finally(() => {
    entry.running = undefined
  })
  return entry.running
}

async function perform(schedule: Running, entry: Entry, dueMs: number): Promise<void> {
  const { name } = entry.task
  const nowMs = schedule.options.clock()
  try {
    await entry.task.run(nowMs, entry.doneMs)
  } catch (error) {
    const waitMs = Math.min(MINUTE_MS * 2 ** entry.failures, LONGEST_RETRY_MS)
    entry.failures++
    entry.retryMs = nowMs + waitMs
    schedule.states.tell(`task ${name}`, 'failing', { error }, 'error')
    return
  }
  entry.failures = 0
  entry.retryMs = -Infinity
  entry.doneMs = Math.max(nowMs, dueMs) // a timer may fire a little early
  schedule.states.tell(`task ${name}`, 'done')
  await mark(schedule, name, entry.doneMs)
}

async function stop(schedule: Running, deadlineMs: number): Promise<string[]> {
  schedule.stopped = true
  for (const { cron } of schedule.entries) await cron.destroy()
  const running = schedule.entries.filter((entry) => entry.running !== undefined)
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<void>((done) => {
    timer = setTimeout(done, deadlineMs)
  })
  await Promise.race([Promise.all(running.map(async (entry) => entry.running)), deadline])
  clearTimeout(timer)
  return running.filter((entry) => entry.running !== undefined).map(({ task }) => task.name)
}
