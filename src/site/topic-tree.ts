/**
 * Filters of topics by their levels, each with what it stands for. Finding those that a topic fits takes time by its
 * levels, not by the number of filters.
 *
 *     dc5 ─┬─ h1 ── + ── inlet   (dc5/h1/+/inlet)
 *          └─ + ─── #            (dc5/+/#)
 */
interface TopicTree<T> {
  readonly below: Map<string, TopicTree<T>>
  /** What ends here, and what is for this level and all below it. */
  readonly here: T[]
  readonly rest: T[]
}

export function createTopicTree<T>(filters: Iterable<readonly [filter: string, T]>): TopicTree<T> {
  const root: TopicTree<T> = { below: new Map(), here: [], rest: [] }
  for (const [filter, what] of filters) {
    let node = root
    const levels = filter.split('/')
    const isOpen = levels.at(-1) === '#'
    for (const level of isOpen ? levels.slice(0, -1) : levels) {
      const next: TopicTree<T> = node.below.get(level) ?? { below: new Map(), here: [], rest: [] }
      node.below.set(level, next)
      node = next
    }
    node[isOpen ? 'rest' : 'here'].push(what)
  }
  return root
}

/** What all filters stand for that a topic fits; a filter within others counts as a topic does. */
export function findAll<T>(tree: TopicTree<T>, topic: string): T[] {
  const found: T[] = []
  collect(tree, topic.split('/'), 0, found)
  return found
}

function collect<T>({ below, here, rest }: TopicTree<T>, levels: readonly string[], depth: number, found: T[]): void {
  const level = levels[depth]
  // What begins with $ is the broker's own: a wildcard at the first level does not stand for it
  const isOwn = depth === 0 && level?.startsWith('$') === true
  if (!isOwn) found.push(...rest)
  if (level === undefined) {
    found.push(...here)
    return
  }
  const exact = below.get(level)
  if (exact !== undefined) collect(exact, levels, depth + 1, found)
  const any = isOwn || level === '+' || level === '#' ? undefined : below.get('+')
  if (any !== undefined) collect(any, levels, depth + 1, found)
}
