import type { Site } from '../../src/site/site.ts'

/** What a point may declare that the simulated devices do not send, in words. */
const UNWRITABLE = [
  ['format', 'in a format of its own'],
  ['cells', 'in a line of cells'],
  ['records', 'in a list of records'],
  ['where', 'only where other members say so'],
  ['plus', 'as a sum of members'],
  ['timeForm', 'with a local time in a form of its own'],
  ['epoch', 'with a time that counts from another year'],
] as const

/**
 * Devices send JSON objects or bare numbers, with one stamp of the end of an interval. Gives a sentence about the first
 * point that reads anything else, of which the simulator would write what nobody reads; undefined: there is none.
 */
export function unwritable({ config, sparkplug }: Site): string | undefined {
  if (sparkplug.size > 0) return 'simulate speaks no Sparkplug: give it a site of other points'
  for (const [name, point] of Object.entries(config.points)) {
    const how = strangenessOf(point)
    if (how === undefined) continue
    return `point ${name} is read ${how}: simulate writes no such messages. Take a site without such points, or replay a recording`
  }
  return undefined
}

function strangenessOf(point: Site['config']['points'][string]): string | undefined {
  const declared = UNWRITABLE.find(([key]) => point[key] !== undefined)
  if (declared !== undefined) return `${declared[1]} (\`${declared[0]}\`)`
  if (Array.isArray(point.timeAt)) return 'with a date and a time of day apart (`timeAt`)'
  if (point.stamp === 'start') return 'with the start of its interval as the stamp (`stamp`)'
  return /[+#]/.test(point.topic) ? 'from a topic with a wildcard' : undefined
}
