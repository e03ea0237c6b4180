import type { Site } from '../../src/site/site.ts'

/**
 * Devices send JSON, bare numbers, DSX or Sparkplug. Gives a sentence about the first point that reads anything else,
 * of which the simulator would write what nobody reads; undefined: there is none.
 */
export function unwritable({ config }: Site): string | undefined {
  for (const [name, point] of Object.entries(config.points)) {
    const how = strangenessOf(point)
    if (how === undefined) continue
    return `point ${name} is read ${how}: simulate writes no such messages. Take a site without such points, or replay a recording`
  }
  return undefined
}

function strangenessOf({ format, cells, topic }: Site['config']['points'][string]): string | undefined {
  if (format !== undefined && format !== 'dsx') return `as ${format} (\`format\`)`
  if (cells !== undefined) return 'in a line of cells (`cells`)'
  return /[+#]/.test(topic) ? 'from a topic with a wildcard' : undefined
}
