/** Sites of the bench, as configurations; numbers in names have leading zeros, so that braces write them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { ROOT } from './trees.ts'

type Sections = Record<string, unknown>

export const SITE = 'bench'

/**
 * Power meters only: one in a message, or a gateway's `perMessage` of them, each with a stamp of its own. Without
 * `stamped` a reading is of when it arrives.
 */
export function powerSite(points: number, { perMessage = 1, everyS = 60, stamped = true } = {}): Sections {
  const messages = points / perMessage
  const each = perMessage === 1 ? '' : `-p${braces(perMessage)}`
  const place = perMessage === 1 ? '' : `/p${braces(perMessage)}`
  const point = {
    topic: `bench/m/${braces(messages)}`,
    at: `${place}/kw`,
    ...(stamped ? { timeAt: `${place}/ts` } : {}),
    unit: 'kW',
    everyS,
  }
  const [first, second] = [0, 1].map((n) => `m${digits(n, messages)}${each.replace(/\{(\d+)\.\..*/, '$1')}`)
  return {
    site: { id: SITE, timezone: 'UTC' },
    points: { [`m${braces(messages)}${each}`]: point },
    boundaries: { [SITE]: { facility: [first], it: [second] } },
  }
}

/** Half of the points are power meters, the other half dry bulb and humidity of inlets, in halls of up to 500. */
export function mixedSite(points: number, { everyS = 60 } = {}): Sections {
  const { points: meters, ...rest } = powerSite(points / 2, { everyS })
  const name = inletBraces(points / 4)
  const gauge = { topic: `bench/i/${name}`, timeAt: '/ts', everyS, role: 'inlet' }
  return {
    ...rest,
    points: {
      ...(meters as Sections),
      [`${name}-t`]: { ...gauge, at: '/t', unit: '°C' },
      [`${name}-rh`]: { ...gauge, at: '/rh', unit: '%' },
    },
    inlets: {
      [name]: { dryBulb: `${name}-t`, humidity: `${name}-rh`, class: 'A2', hall: name.split('-')[0], rack: name },
    },
  }
}

/** Power meters and, beside them, inlets whose alarm waits for nothing. */
export function alarmSite(points: number, inlets: number): Sections {
  const { points: meters, ...rest } = powerSite(points, { stamped: false })
  const name = `i${braces(inlets)}`
  return {
    ...rest,
    points: { ...(meters as Sections), [`${name}-t`]: { topic: `bench/i/${name}`, at: '/t', unit: '°C', everyS: 60 } },
    inlets: { [name]: { dryBulb: `${name}-t`, class: 'A2', hall: 'h', rack: name } },
    alarms: { inlet_allowable: { onDelayS: 0, offDelayS: 0 } },
  }
}

/** config/example.yaml, without its ways in and out. */
export function exampleSite(): Sections {
  const {
    mqtt: _mqtt,
    influx: _influx,
    store: _store,
    ...rest
  } = parse(readFileSync(join(ROOT, 'config', 'example.yaml'), 'utf8')) as Sections
  return rest
}

/** The example whose inlets come in documents of their hall, by the topic that each has in the example. */
export function gatewaySite(): Sections {
  const { points, ...rest } = exampleSite()
  const read = Object.entries(points as Record<string, Sections>).map(([name, point]) => {
    const topic = String(point['topic'])
    if (!topic.endsWith('/inlet')) return [name, point]
    const member = `/${topic.replaceAll('/', '~1')}`
    const pointers = { at: `${member}${String(point['at'])}`, timeAt: `${member}${String(point['timeAt'])}` }
    return [name, { ...point, topic: topic.replace(/\/r\{.*/, '/inlets'), ...pointers }]
  })
  return { ...rest, points: Object.fromEntries(read) as Sections }
}

/** Names of halls and inlets together: h0-i000 to h9-i499 for 5,000. */
function inletBraces(inlets: number): string {
  const halls = Math.max(1, Math.ceil(inlets / 500))
  return `h${braces(halls)}-i${braces(inlets / halls)}`
}

/** {000..499} for 500. */
export function braces(count: number): string {
  return count === 1 ? '0' : `{${digits(0, count)}..${digits(count - 1, count)}}`
}

/** A number with as many digits as the largest below `count`. */
export function digits(n: number, count: number): string {
  return String(n).padStart(String(count - 1).length, '0')
}
