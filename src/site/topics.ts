import type { Config } from '../config/config.ts'
import { filterOf } from '../config/strings.ts'
import type { Route } from '../ingest/route.ts'
import { isSparkplug, sparkplugFilters } from '../ingest/sparkplug/topics.ts'
import { createTopicTree, findAll } from './topic-tree.ts'

/**
 * Every topic and filter that the site's readings come on: topics of points, of Sparkplug nodes and of templates. None
 * lies within another, because a broker may send a message once for each that it fits.
 */
export function subscriptionsOf({ points, templates }: Pick<Config, 'points' | 'templates'>): string[] {
  const topics = Object.values(points).map(({ topic }) => topic)
  const filters = new Set([...patternsOf(templates).map(filterOf), ...topics.filter((topic) => isFilter(topic))])
  const tree = createTopicTree([...filters].map((filter) => [filter, filter] as const))
  const isWithin = (topic: string): boolean => findAll(tree, topic).some((filter) => filter !== topic)
  const plain = topics.filter((topic) => !isSparkplug(topic) && !filters.has(topic))
  const own = [...plain, ...filters].filter((topic) => filters.size === 0 || !isWithin(topic))
  return [...new Set([...own, ...sparkplugFilters(topics)])]
}

/** Tells of a topic that no point reads whether a template is about it: then it is of no member. */
export function orphanTopics({ templates }: Config): (topic: string) => boolean {
  const patterns = patternsOf(templates).map((pattern) => [filterOf(pattern), levelsOf(pattern)] as const)
  const tree = createTopicTree(patterns)
  return (topic) => {
    const found = findAll(tree, topic)
    if (found.length === 0) return false
    const levels = topic.split('/')
    return found.some((pattern) => pattern.every((fits, depth) => fits(levels[depth] ?? '')))
  }
}

/** Gives the routes of points whose topics have wildcards; undefined where no point has one. */
export function wildRoutes(routes: ReadonlyMap<string, Route>): ((topic: string) => readonly Route[]) | undefined {
  const wild = [...routes].filter(([topic]) => isFilter(topic))
  if (wild.length === 0) return undefined
  const tree = createTopicTree(wild)
  return (topic) => findAll(tree, topic)
}

function isFilter(topic: string): boolean {
  return /[+#]/.test(topic)
}

/** Points of Sparkplug nodes come by the filters of their nodes. */
function patternsOf(templates: Config['templates']): string[] {
  const topics = templates.flatMap(({ topic = [] }) => topic)
  return [...new Set(topics)].filter((pattern) => isFilter(filterOf(pattern)) && !isSparkplug(pattern))
}

/** For each level of a pattern whether a level of a topic fits it: text beside a column has to be there. */
function levelsOf(pattern: string): ((level: string) => boolean)[] {
  const levels = pattern.split('/').filter((level) => level !== '#')
  return levels.map((level) => {
    const fixed = level.split(/\{[^{}]*\}/).map((text) => RegExp.escape(text))
    const whole = new RegExp(`^${fixed.join('.+')}$`)
    return level === '+' ? () => true : (written) => whole.test(written)
  })
}
