import type { Intake } from '../fold/intake.ts'
import { nodesToAsk } from '../ingest/sparkplug/host.ts'
import { openPrimaryHost } from '../mqtt/primary-host.ts'
import type { DaemonParts } from './parts.ts'

const LOOK_MS = 2_000
/** A node that does not answer is asked no more often than this. */
const ASK_AGAIN_MS = 60_000

/** With `sparkplug.primaryHost`: tells nodes that we are there, and asks those for a birth whose data mean nothing. */
export function startPrimaryHost({ config, states, log, clock, open }: DaemonParts, intake: Intake): void {
  const { mqtt, sparkplug, site } = config
  if (sparkplug?.primaryHost === undefined || mqtt?.url === undefined) return
  const host = openPrimaryHost({
    config: mqtt,
    id: sparkplug.primaryHost,
    clientId: `${mqtt.clientId ?? `coldaisle-${site.id}`}-host`,
    onState: (state, reason) => states.tell('sparkplug host', state, reason === '' ? {} : { reason }),
    random: Math.random,
  })
  open.adopt(host, (it) => it.close())
  const askedMs = new Map<string, number>()
  const looking = setInterval(() => {
    const nowMs = performance.now()
    for (const node of nodesToAsk(intake.pipeline().sparkplug, clock())) {
      if (nowMs - (askedMs.get(node) ?? -Infinity) < ASK_AGAIN_MS) continue
      askedMs.set(node, nowMs)
      log.info({ node }, `${node} is asked for a rebirth: what its data mean is not known`)
      host.askForBirth(node)
    }
  }, LOOK_MS).unref()
  open.defer(() => clearInterval(looking))
}
