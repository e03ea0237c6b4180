import type { Clock, Receiver, Delivery } from './types.ts'
import { asideOf, releaseOf, withOnCall, type Aside } from './holding.ts'
import type { HeldChange, HeldNotice, QueuedNotice, StandingAlarm, Store } from '../../store/types.ts'

/** Brings alarm notices from the queue to their receivers: to each in order, each at its own pace. */
export interface Notifier {
  /** There may be new notices, or the broker is back. */
  wake(): void
  /** Works until `stop`; what is on its way then has until `cut`. Rejects only if the store does. */
  run(stop: AbortSignal, cut: AbortSignal): Promise<void>
  /** Notices that wait for each receiver. */
  waiting(): [receiver: string, notices: number][]
}

/**
 * A notice ends delivered, skipped (not asked for), rejected (will never be taken) or dropped (too old). `kept` counts
 * attempts that have to be made again; `refreshed` and `unrefreshed` count refreshes of standing alarms. `held` counts
 * what began to wait for the end of quiet hours, `over` what ended while an alarm that nobody was told of waited.
 */
export type Result =
  'delivered' | 'skipped' | 'kept' | 'rejected' | 'dropped' | 'refreshed' | 'unrefreshed' | 'held' | 'over'

interface NotifierParts {
  store: Store
  receivers: readonly Receiver[]
  clock: Clock
  /** In [0, 1), for the jitter. */
  random: () => number
  /** An alarm that stands in state raised is queued again after so long; 0: never. */
  repeatMs: number
  /** The message of an alarm whose source the configuration no longer has. */
  gone: string
  /** Returns a test of whether an alarm's source is still in the configuration. */
  known: () => (alarm: StandingAlarm) => boolean
  count: (receiver: string, result: Result, notices: number) => void
  /** Called at each attempt; `reason` says what is wrong, undefined: all is well. */
  onState: (receiver: string, reason: string | undefined) => void
  /** Called with the notices that a receiver will never get. */
  onLost: (receiver: string, ids: readonly string[], reason: string) => void
  /** Called when a notice begins to wait for the end of quiet hours, is sent behind them, or is needless by then. */
  onHeld: (receiver: string, id: string, what: 'held' | 'delivered' | 'over') => void
}

export const REFRESH_MS = 60_000
const PAUSE_MS = [1_000, 60_000] as const
const HOUR_MS = 3_600_000

/** One receiver's way through the queue. */
interface Course {
  receiver: Receiver
  passedId: number
  /** Attempts that failed since the last that did not. */
  attempts: number
  /** Batch size: 1 after a rejected batch, to find the notice that is at fault. */
  size: number
  woken: boolean
  /** What waits for the end of quiet hours, by id, oldest first. */
  held: Map<string, HeldNotice>
  ring: AbortController
}

export async function createNotifier(parts: NotifierParts): Promise<Notifier> {
  const { store, receivers } = parts
  const places = await store.setReceivers(receivers.map(({ name }) => name))
  const courses = await Promise.all(
    receivers.map(async (receiver): Promise<Course> => {
      const passedId = places.find(({ name }) => name === receiver.name)?.passedId ?? 0
      const held = new Map((await store.heldNotices(receiver.name)).map((one) => [one.notice.id, one]))
      return { receiver, passedId, attempts: 0, size: receiver.batch, woken: false, held, ring: new AbortController() }
    }),
  )
  const wake = (some: readonly Course[] = courses): void => {
    for (const course of some) {
      course.woken = true
      if (course.attempts === 0 || course.receiver.eager) course.ring.abort()
    }
  }
  return {
    wake() {
      // Most commits hold rows alone: who has nothing to look for need not ask the store's thread
      const { lastNotice } = store.depth()
      wake(courses.filter(({ passedId, held }) => passedId < lastNotice || held.size > 0))
    },
    async run(stop, cut) {
      await Promise.all([
        keepRemindingAndRefreshing(parts, courses, wake, stop, cut),
        ...courses.map((it) => follow(parts, it, stop, cut)),
      ])
    },
    waiting() {
      const { lastNotice, notices } = store.depth()
      return courses.map(({ receiver, passedId }) => [receiver.name, Math.min(notices, lastNotice - passedId)])
    },
  }
}

async function follow(parts: NotifierParts, course: Course, stop: AbortSignal, cut: AbortSignal): Promise<void> {
  const { store, clock } = parts
  const { receiver } = course
  while (!stop.aborted) {
    course.woken = false
    const notices = await store.takeNotices(receiver.name, course.size)
    const [first] = notices
    if (first === undefined) {
      course.size = receiver.batch
      if (!(await release(parts, course, stop, cut)) && !course.woken) await rest(course, clock, HOUR_MS, stop)
    } else if (!(await dropOld(parts, course, notices))) {
      const aside = asideOf(receiver.duty, course.held, first, clock.nowMs())
      if (aside !== undefined) await putAside(parts, course, first, aside)
      else await deliver(parts, course, notices, stop, cut)
    }
  }
}

async function deliver(
  parts: NotifierParts,
  course: Course,
  notices: readonly QueuedNotice[],
  stop: AbortSignal,
  cut: AbortSignal,
): Promise<void> {
  const { receiver } = course
  const told = notices.map((queued) => withOnCall(receiver.duty, queued, queued.atMs))
  const delivery = await receiver.deliver(told, cut)
  if (delivery.kind === 'kept') await keep(parts, course, notices, delivery, stop)
  else await settle(parts, course, notices, delivery)
}

/** Passes a notice that is not delivered now, or not at all. */
async function putAside(parts: NotifierParts, course: Course, queued: QueuedNotice, aside: Aside): Promise<void> {
  const { name } = course.receiver
  parts.count(name, aside.result, 1)
  if (aside.result !== 'skipped') parts.onHeld(name, queued.notice.id, aside.result)
  await pass(parts, course, [queued], aside.change)
}

/** Sends the oldest notice whose quiet hours are over; false: there is none, or it has to be tried again. */
async function release(parts: NotifierParts, course: Course, stop: AbortSignal, cut: AbortSignal): Promise<boolean> {
  const { receiver } = course
  const nowMs = parts.clock.nowMs()
  const due = releaseOf(receiver.duty, course.held, nowMs)
  if (due === undefined) return false
  const { queued, isWanted } = due
  const delivery = isWanted
    ? await receiver.deliver([withOnCall(receiver.duty, queued, nowMs)], cut)
    : ({ kind: 'skipped' } as const)
  if (delivery.kind === 'kept') {
    await keep(parts, course, [queued], delivery, stop)
    return true
  }
  if (delivery.kind === 'delivered') parts.onHeld(receiver.name, queued.notice.id, 'delivered')
  await settle(parts, course, [queued], delivery)
  return true
}

/** Passes notices that are past their time, from the oldest on; false if the oldest is not. */
async function dropOld(parts: NotifierParts, course: Course, notices: readonly QueuedNotice[]): Promise<boolean> {
  const { clock, count, onLost } = parts
  const { name, keepMs } = course.receiver
  const fresh = notices.findIndex(({ atMs }) => atMs === 0 || clock.nowMs() - atMs <= keepMs)
  const old = fresh < 0 ? notices : notices.slice(0, fresh)
  if (old.length === 0) return false
  count(name, 'dropped', old.length)
  onLost(name, idsOf(old), `not delivered within ${keepMs / HOUR_MS} h`)
  await pass(parts, course, old, letGo(course, old))
  return true
}

/** Waits before the next attempt: longer each time, with jitter, and at least as long as the receiver asked. */
async function keep(
  { clock, random, count, onState }: NotifierParts,
  course: Course,
  notices: readonly QueuedNotice[],
  { reason, afterMs = 0 }: Extract<Delivery, { kind: 'kept' }>,
  stop: AbortSignal,
): Promise<void> {
  const { receiver } = course
  count(receiver.name, 'kept', notices.length)
  onState(receiver.name, reason)
  course.attempts += 1
  if (receiver.eager && course.woken) return
  const [leastMs, mostMs] = PAUSE_MS
  const capMs = Math.min(mostMs, leastMs * 2 ** Math.min(course.attempts, 16))
  const pauseMs = Math.max(Math.min(afterMs, HOUR_MS), leastMs / 2 + random() * (capMs - leastMs / 2))
  await rest(course, clock, pauseMs, stop)
}

async function settle(
  parts: NotifierParts,
  course: Course,
  notices: readonly QueuedNotice[],
  delivery: Exclude<Delivery, { kind: 'kept' }>,
): Promise<void> {
  const { name } = course.receiver
  course.attempts = 0
  if (delivery.kind !== 'skipped') parts.onState(name, delivery.kind === 'delivered' ? delivery.reason : undefined)
  if (delivery.kind === 'rejected' && notices.length > 1) {
    course.size = 1
    return
  }
  parts.count(name, delivery.kind, notices.length)
  if (delivery.kind === 'rejected') parts.onLost(name, idsOf(notices), delivery.reason)
  await pass(parts, course, notices, letGo(course, notices))
}

/** What was held of an alarm is old once a later notice of it has gone its way. */
function letGo({ held }: Course, [first]: readonly QueuedNotice[]): HeldChange | undefined {
  return first !== undefined && held.has(first.notice.id) ? { drop: first.notice.id } : undefined
}

async function pass(
  { store }: NotifierParts,
  course: Course,
  notices: readonly QueuedNotice[],
  change: HeldChange | undefined,
): Promise<void> {
  course.passedId = Math.max(notices.at(-1)?.id ?? 0, course.passedId)
  await store.passNotices(course.receiver.name, course.passedId, change)
  if (change === undefined) return
  if ('drop' in change) course.held.delete(change.drop)
  else course.held.set(change.put.notice.id, change.put)
}

function idsOf(notices: readonly QueuedNotice[]): string[] {
  return notices.map(({ notice }) => notice.id)
}

async function rest(course: Course, clock: Clock, ms: number, stop: AbortSignal): Promise<void> {
  course.ring = new AbortController()
  await clock.rest(ms, AbortSignal.any([stop, course.ring.signal]))
}

/**
 * Once a minute: ends alarms whose sources are gone, queues unacknowledged ones again, refreshes receivers, and wakes
 * those for whom something is held.
 */
async function keepRemindingAndRefreshing(
  parts: NotifierParts,
  courses: readonly Course[],
  wake: () => void,
  stop: AbortSignal,
  cut: AbortSignal,
): Promise<void> {
  const { store, receivers, clock, repeatMs, known, gone } = parts
  while (!stop.aborted) {
    const all = await store.standing()
    const isKnown = known()
    const orphans = all.filter((alarm) => !isKnown(alarm))
    const topics = orphans.map(({ notice }) => notice.topic)
    if (topics.length > 0) await store.endStanding(topics, clock.nowMs(), gone)
    const repeated = repeatMs === 0 ? 0 : await store.remind(clock.nowMs(), repeatMs)
    if (orphans.length + repeated > 0 || courses.some(({ held }) => held.size > 0)) wake()
    const standing = all.filter((alarm) => !orphans.includes(alarm))
    await Promise.all(receivers.map((receiver) => refresh(parts, receiver, standing, cut)))
    await clock.rest(REFRESH_MS, stop)
  }
}

async function refresh(
  { count, onState }: NotifierParts,
  receiver: Receiver,
  standing: readonly StandingAlarm[],
  cut: AbortSignal,
): Promise<void> {
  if (receiver.refresh === undefined || standing.length === 0) return
  const delivery = await receiver.refresh(standing, cut)
  const failed = delivery.kind === 'kept' || delivery.kind === 'rejected'
  count(receiver.name, failed ? 'unrefreshed' : 'refreshed', standing.length)
  onState(receiver.name, failed ? delivery.reason : undefined)
}
