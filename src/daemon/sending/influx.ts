import type { Intake } from '../../fold/intake.ts'
import type { Health } from '../../health/health.ts'
import { tlsTeller, type States } from '../../health/log.ts'
import { createDrain, type DrainState } from '../../send/influx/drain.ts'
import { openInflux } from '../../send/influx/influx.ts'
import type { DaemonParts } from '../parts.ts'

const DRAIN_MS = 5_000

/** Sends rows to InfluxDB if there is one. As it is closed, the drain gets a moment to empty the queue. */
export async function startDrain(daemon: DaemonParts, { book }: Intake): Promise<void> {
  const { config, store, health, states, open, wakes, fail } = daemon
  if (config.influx === undefined) return
  health.influxPatienceMs = (config.influx.unreadyAfterMin ?? Infinity) * 60_000
  const door = open.adopt(await openInflux(config.influx, undefined, tlsTeller(states, 'influx')), (it) => it.close())
  const drain = createDrain({
    store,
    book,
    door,
    onState: (state) => tellDrain(states, health, state),
    onRejected: (reason, rows) => states.tell('dead letters', `kept: ${reason}`, { rows }, 'warn'),
  })
  const stop = new AbortController()
  const running = drain.run(stop.signal).catch(fail)
  open.defer(async () => {
    const deadlineMs = performance.now() + DRAIN_MS
    while (store.depth().rows > 0 && health.outboxHeld === undefined && performance.now() < deadlineMs) {
      drain.wake()
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    stop.abort()
    await running
  })
  const { counts } = drain
  health.drainCounts = () => ({ accepted: counts.accepted, kept: counts.kept, rejected: counts.rejected })
  wakes.push(() => drain.wake())
}

function tellDrain(states: States, health: Health, state: DrainState): void {
  if (state.kind === 'back') {
    health.outboxHeld = undefined
    health.influxLostMs = Number.NaN
    states.tell('influx', 'takes rows', { afterMs: state.afterMs })
    return
  }
  health.outboxHeld = state.kind === 'held' ? state.reason : undefined
  health.influxLostMs = state.kind === 'lost' ? performance.now() : Number.NaN
  states.tell('influx', `${state.kind}: ${state.reason}`, {}, 'warn')
}
