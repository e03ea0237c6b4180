/**
 * One daemon's world in one thread: its time, its timers, its store's thread and everything outside of it. Whatever
 * happens is a task with a time; tasks run one after the other, the earliest first. So a seed gives the same run again,
 * and a crash can come between any two of them: that is between any two awaits that wait for something.
 *
 *     inside   timers, immediates, requests to the store's thread and its answers      gone with a crash
 *     outside  the broker, the database, a write that the database applies later       goes on
 */

/** Taken before the daemon's globals are replaced. */
const real = { setImmediate }

interface Task {
  dueMs: number
  /** Tasks of one time run in the order in which they were given. */
  order: number
  isInside: boolean
  run: () => void
}

export interface World {
  /** Milliseconds since the world began; with `EPOCH_MS` the time of day. */
  nowMs: number
  tasks: Task[]
  order: number
  /** Faults that nobody awaited. */
  faults: unknown[]
}

/** How long requests to the store's thread, its answers and breaths of the event loop take, ms. */
export const latencies = { ask: () => 1, answer: () => 1, breath: () => 0 }

export const EPOCH_MS = Date.UTC(2026, 2, 2, 10)

/** The one world of this process. */
export const world: World = { nowMs: 0, tasks: [], order: 0, faults: [] }

export function resetWorld(): void {
  Object.assign(world, { nowMs: 0, tasks: [], order: 0, faults: [] })
}

/** Runs something of the daemon after a while; returns how to call it off. */
export function inside(afterMs: number, run: () => void): () => void {
  return add({ dueMs: world.nowMs + afterMs, isInside: true, run })
}

/** Runs something outside of the daemon after a while. */
export function outside(afterMs: number, run: () => void): () => void {
  return add({ dueMs: world.nowMs + afterMs, isInside: false, run })
}

function add(task: Omit<Task, 'order'>): () => void {
  const whole = { ...task, order: world.order++ }
  world.tasks.push(whole)
  return () => {
    const at = world.tasks.indexOf(whole)
    if (at >= 0) world.tasks.splice(at, 1)
  }
}

/** Runs the next task, and what follows from it without waiting for another. Returns false where there is none. */
export async function step(): Promise<boolean> {
  let first: Task | undefined
  for (const task of world.tasks) {
    if (first === undefined || task.dueMs < first.dueMs || (task.dueMs === first.dueMs && task.order < first.order)) {
      first = task
    }
  }
  if (first === undefined) return false
  world.tasks.splice(world.tasks.indexOf(first), 1)
  world.nowMs = Math.max(world.nowMs, first.dueMs)
  try {
    first.run()
  } catch (error) {
    world.faults.push(error)
  }
  await new Promise<void>((resolve) => real.setImmediate(resolve))
  return true
}

/** Runs tasks until the promise has settled, at most so many. */
export async function pump<T>(promise: Promise<T>, most = 1_000_000): Promise<T> {
  let isSettled = false
  const settled = promise.finally(() => (isSettled = true))
  settled.catch(() => null) // told by the return
  for (let n = 0; n < most; n++) {
    await new Promise<void>((resolve) => real.setImmediate(resolve))
    if (isSettled) return settled
    if (!(await step())) throw new Error('nothing happens any more, and what was waited for has not come')
  }
  throw new Error('what was waited for has not come')
}

/** The daemon's process is gone: nothing of it happens any more. */
export function killInside(): void {
  world.tasks = world.tasks.filter(({ isInside }) => !isInside)
}

/** Puts the world's time in the place of Node's, for all that is loaded from here on. */
export function takeOverTime(): void {
  const begin = (ms: number, repeats: boolean, run: () => void) => new Timer(Math.max(1, ms), repeats, run)
  const clear = (timer: Timer | undefined) => timer?.cancel()
  Object.assign(globalThis, {
    setTimeout: (run: (...args: unknown[]) => void, ms = 1, ...args: unknown[]) => begin(ms, false, () => run(...args)),
    setInterval: (run: () => void, ms: number) => begin(ms, true, run),
    setImmediate: (run: () => void) => new Timer(0, false, run),
    clearTimeout: clear,
    clearInterval: clear,
    clearImmediate: clear,
  })
  performance.now = () => world.nowMs
  Date.now = () => EPOCH_MS + world.nowMs
}

/** As one of Node's. */
class Timer {
  readonly ms: number
  readonly repeats: boolean
  readonly run: () => void
  cancel: () => void = () => undefined
  constructor(ms: number, repeats: boolean, run: () => void) {
    this.ms = ms
    this.repeats = repeats
    this.run = run
    this.refresh()
  }
  refresh(): this {
    this.cancel()
    this.cancel = inside(this.ms, () => {
      if (this.repeats) this.refresh()
      this.run()
    })
    return this
  }
  ref(): this {
    return this
  }
  unref(): this {
    return this
  }
}
