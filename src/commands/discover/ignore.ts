import { filterFault } from '../../config/strings.ts'
import { counts, type PointDraft } from './draft.ts'

/** Messages of topics that points read, of which some are of something else: those without what all points read. */
export interface PartialRule {
  readonly topic: string
  readonly without: string
}

/** A rule for each topic of which messages came without any of its numbers, where one member holds all of these. */
export function partialRules(drafts: readonly PointDraft[]): PartialRule[] {
  const topics = Map.groupBy(drafts.filter(counts), ({ topic }) => topic)
  return [...topics].flatMap(([topic, own]) => {
    if (!own.every(({ isPartial, place }) => isPartial && place.records === undefined && place.at !== '')) return []
    const [first = [], ...others] = own.map(({ place }) => place.at.split('/').slice(1))
    const different = first.findIndex((token, n) => others.some((it) => it[n] !== token))
    const common = different === -1 ? first : first.slice(0, different)
    return common.length === 0 ? [] : [{ topic, without: `/${common.join('/')}` }]
  })
}

interface Branch {
  readonly below: Map<string, Branch>
  /** A topic ends here. */
  isTopic: boolean
  /** Here or below stands a topic that points read. */
  isRead: boolean
}

/** A section holds no more rules, and below this many topics they are listed one by one. */
const MOST_RULES = 900
const MANY = 3

/**
 * Filters that stand for these topics and for none that points read: a branch without any is one filter. Gives also how
 * many topics no rule could be written for.
 */
export function ignoreRules(topics: Iterable<string>, read: ReadonlySet<string>): { rules: string[]; left: number } {
  const root: Branch = { below: new Map(), isTopic: false, isRead: false }
  let left = 0
  for (const topic of read) plant(root, topic, true)
  for (const topic of topics) {
    if (read.has(topic)) continue
    if (filterFault(topic) === undefined && !/[+#]/.test(topic)) plant(root, topic, false)
    else left += 1
  }
  const rules: string[] = []
  gather(root, [], rules)
  left += Math.max(0, rules.length - MOST_RULES)
  return { rules: rules.slice(0, MOST_RULES), left }
}

function plant(root: Branch, topic: string, isRead: boolean): void {
  let at = root
  for (const level of topic.split('/')) {
    if (isRead) at.isRead = true
    const next = at.below.get(level) ?? { below: new Map(), isTopic: false, isRead: false }
    at.below.set(level, next)
    at = next
  }
  if (isRead) at.isRead = true
  else at.isTopic = true
}

/** `a/#` stands for `a`, too. The root is no branch of its own: `#` would hide whatever comes later. */
function gather(branch: Branch, path: readonly string[], rules: string[]): void {
  if (path.length > 0 && !branch.isRead && topicsIn(branch) >= MANY) {
    rules.push([...path, '#'].join('/'))
    return
  }
  if (branch.isTopic) rules.push(path.join('/'))
  for (const [level, next] of branch.below) gather(next, [...path, level], rules)
}

function topicsIn(branch: Branch): number {
  let count = branch.isTopic ? 1 : 0
  for (const next of branch.below.values()) {
    if (count >= MANY) return count
    count += topicsIn(next)
  }
  return count
}
