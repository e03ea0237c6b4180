import { createClientTls } from '../../config/files/client-tls.ts'
import { tlsTeller, type States } from '../../health/log.ts'
import type { Health } from '../../health/health.ts'
import { connectNats } from '../../nats/nats.ts'
import { createForwarding, type ForwardState } from '../../send/stream/forward.ts'
import type { DaemonParts } from '../parts.ts'

const LAST_MS = 5_000

/** Of an edge: sends the journal to the stream. As it is closed, what was committed last gets a moment to go, too. */
export function startForwarding(daemon: DaemonParts): void {
  const { config, store, health, states, open, commits, fail } = daemon
  if (config.edge === undefined) return
  const { nats, stream } = config.edge
  const tls = createClientTls('edge.nats', nats, tlsTeller(states, 'edge.nats'))
  const name = `coldaisle edge ${config.site.id}`
  const forwarding = createForwarding({
    store,
    connect: () => connectNats(nats, tls(), name),
    plan: stream,
    subject: `${stream.name}.${config.site.id}`,
    onState: (state) => tellForwarding(states, health, state),
  })
  health.unforwarded = () => store.depth().lastSeq - forwarding.forwardedSeq()
  const stop = new AbortController()
  const running = forwarding.run(stop.signal).catch(fail)
  open.defer(async () => {
    const deadlineMs = performance.now() + LAST_MS
    while (health.unforwarded() > 0 && isSending(health) && performance.now() < deadlineMs) {
      forwarding.wake()
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    stop.abort()
    await running
  })
  commits.push(() => forwarding.wake())
}

function isSending({ streamHeld, streamLostMs }: Health): boolean {
  return streamHeld === undefined && Number.isNaN(streamLostMs)
}

function tellForwarding(states: States, health: Health, state: ForwardState): void {
  switch (state.kind) {
    case 'made':
      return states.tell('stream', 'made anew')
    case 'shorter':
      health.streamShorterMs = performance.now()
      return states.tell('stream', 'has lost entries, which are sent again', { ...state }, 'error')
    case 'sending':
      health.streamHeld = undefined
      health.streamLostMs = Number.NaN
      return states.tell('stream', 'takes the journal')
    case 'held':
      health.streamHeld = state.reason
      health.streamLostMs = Number.NaN
      return states.tell('stream', `held: ${state.reason}`, {}, 'error')
    case 'lost':
      health.streamHeld = undefined
      if (Number.isNaN(health.streamLostMs)) health.streamLostMs = performance.now()
      return states.tell('stream', `lost: ${state.reason}`, {}, 'warn')
  }
}
