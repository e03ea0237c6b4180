import type { Event } from '../../../simulators/scenarios/scenario.ts'
import type { Run } from '../../../simulators/scenarios/life.ts'
import type { Site } from '../../site/site.ts'

/** What happens next, once each, in order of time. */
export function comingEvents({ fromMs, scenario, site }: Run): string[] {
  const nowMs = Date.now()
  const repeatMs = (scenario.repeatS ?? 0) * 1000
  const coming = scenario.events.flatMap((event) => {
    const text = eventText(event, site)
    const onceMs = fromMs + event.fromS * 1000
    const missed = repeatMs > 0 ? Math.max(0, Math.ceil((nowMs - onceMs) / repeatMs)) : 0
    const atMs = onceMs + missed * repeatMs
    return text === undefined || atMs < nowMs ? [] : [{ atMs, text, forMs: (event.toS - event.fromS) * 1000 }]
  })
  coming.sort((a, b) => a.atMs - b.atMs)
  return coming.map(
    ({ atMs, text, forMs }) => `${clockText(atMs, site)}  ${text} (for ${Math.round(forMs / 60_000)} min)`,
  )
}

function eventText(event: Event, { config, inlets, plan }: Site): string | undefined {
  switch (event.what) {
    case 'inlet': {
      const toC = 'toC' in event ? `goes to ${event.toC} °C` : `gets ${event.addK} K warmer`
      const envelope = plan.inlets[inlets.indexOf(event.name)]?.envelope
      // Beyond both limits it is the allowable one that is told
      const isOut = 'toC' in event && event.toC > (envelope?.allowable.dryBulbMaxC ?? Infinity)
      const limitC = (isOut ? envelope?.allowable : envelope?.recommended)?.dryBulbMaxC
      const { onDelayS } = config.alarms[isOut ? 'inlet_allowable' : 'inlet_recommended']
      return `the air at ${event.name} ${toC}: an alarm once it was above ${limitC} °C for ${onDelayS} s`
    }
    case 'silence': {
      return `${silentName(event)} falls silent; a few minutes later its racks are unknown, never "fine"`
    }
    case 'load':
      return `the IT load is ${event.factor} times the usual`
    case 'plant':
      return `${Math.round(event.left * 100)} % of the plant's ${event.part} is left`
    case 'weather':
      return `the air outside is ${event.addK} K warmer`
    case 'sensor':
    case 'fault':
      return undefined
  }
}

function silentName(event: Event & { what: 'silence' }): string {
  if ('gateway' in event) return `gateway ${event.gateway}`
  if ('point' in event) return event.point
  return 'topic' in event ? event.topic : event.topics.join(', ')
}

/** In the site's own time, as on the page. */
function clockText(atMs: number, { config }: Site): string {
  return new Date(atMs).toLocaleTimeString('en-GB', { timeZone: config.site.timezone })
}
