import { isSparkplug, parseSparkplugTopic } from '../../ingest/sparkplug/topics.ts'
import type { Config } from '../../config/config.ts'
import { countText } from '../../rows/numbers.ts'
import { boundariesOf, type BoundaryDraft } from './sums/boundaries.ts'
import { counts, type PointDraft } from './draft.ts'
import { servedOf } from './known/dsx.ts'
import type { Ear } from './heard/ear.ts'
import { ignoreRules, partialRules } from './ignore.ts'
import { inletDrafts, type InletDraft } from './inlets.ts'
import { nameOfText } from './literal.ts'
import { metersAmong } from './sums/meters.ts'
import { recognise } from './known/recognise.ts'
import { siteText, writingFault, type SiteDraft, type SiteText } from './site-text.ts'
import { checkedConfig, mendUnreadable } from './verify.ts'

/** What a person, or the command line, has said of the site. */
interface Said {
  readonly id: string | undefined
  readonly timezone: string
  readonly mqtt: Readonly<Record<string, string>> | undefined
  readonly heading: readonly string[]
  /** Where it will lie: paths in it begin there. */
  readonly file: string
}

/** A configuration that passed every check, and what it is made of. */
export interface FoundSite extends SiteText {
  readonly config: Config
  readonly drafts: readonly PointDraft[]
  readonly inlets: readonly InletDraft[]
  readonly boundaries: readonly BoundaryDraft[]
  readonly notes: readonly string[]
}

/** r2 comes before r10. */
const BY_NAME = new Intl.Collator('en', { numeric: true })

/** Mended points, a file that is too large: each takes another turn, and what is asked for only grows. */
const MOST_TURNS = 6

/** Everything that was heard, as a configuration that `check` passes. */
export function foundSite(ear: Ear, said: Said): FoundSite {
  const drafts = draftsOf(ear)
  const inOrder = drafts.toSorted((a, b) => BY_NAME.compare(a.wish, b.wish))
  const id = nameOfText(said.id ?? usualRoot(drafts) ?? 'site')
  for (let turn = 1; ; turn++) {
    for (const draft of drafts) [draft.meter, draft.parent] = [undefined, undefined]
    const boundaries = boundariesOf(metersAmong(drafts), servedOf(ear), id)
    const inlets = inletDrafts(inOrder)
    const made: SiteDraft = {
      ...said,
      id,
      drafts: inOrder,
      inlets,
      boundaries,
      ignored: ignoredOf(ear, drafts),
      notes: notesOf(ear),
    }
    const written = siteText(made)
    if (written.leftOut > 0 && turn === 1) continue
    const config = checkedConfig(written.files, said.file)
    if (turn < MOST_TURNS && mendUnreadable(ear, config, written.names)) continue
    return { ...written, config, drafts, inlets, boundaries, notes: made.notes }
  }
}

/** The drafts whose texts can stand in a file. */
export function draftsOf(ear: Ear): PointDraft[] {
  return recognise(ear).flatMap((draft) => {
    const fault = writingFault(draft)
    if (fault !== undefined) draft.questions.push(`it cannot be written: ${fault}`)
    return [draft]
  })
}

/** The first level that most topics of points have in common. */
function usualRoot(drafts: readonly PointDraft[]): string | undefined {
  const counting = drafts.filter(counts)
  const roots = Map.groupBy(counting, ({ topic }) => {
    const levels = topic.split('/').filter((it) => it !== '')
    return isSparkplug(topic)
      ? (levels[1] ?? '')
      : levels.length > 2 && !GENERAL.test(levels[0] ?? '')
        ? (levels[0] ?? '')
        : ''
  })
  const [root, own = []] = [...roots].sort((a, b) => b[1].length - a[1].length)[0] ?? []
  return root === undefined || root === '' || own.length * 2 <= counting.length ? undefined : root
}

/** First levels that name a program or a maker, and no site. */
const GENERAL =
  /^(?:shellies|tele|stat|zigbee2mqtt|application|v3|N|home|rtl_433|emon|BMS|redfish|homeassistant|telegraf|devices?)$/i

const MOST_PARTIAL = 90

/** Nodes are read whole: their births, and their `seq` over all they send. */
function ignoredOf(ear: Ear, drafts: readonly PointDraft[]): SiteDraft['ignored'] {
  const read = new Set(drafts.filter(counts).map(({ topic }) => topic))
  const nodes = new Set([...read].flatMap((topic) => parseSparkplugTopic(topic)?.node ?? []))
  const asked = new Set(drafts.filter((it) => !counts(it)).map(({ topic }) => topic))
  for (const topic of ear.topics.keys()) {
    const node = parseSparkplugTopic(topic)?.node
    if (node !== undefined && nodes.has(node)) read.add(topic)
  }
  const rest = [...ear.topics.keys()].filter((topic) => !asked.has(topic))
  return { ...ignoreRules(rest, new Set([...read, ...asked])), partial: partialRules(drafts).slice(0, MOST_PARTIAL) }
}

function notesOf(ear: Ear): string[] {
  const unborn = [...ear.nodes.devices.values()].filter(({ isBorn, unnamed }) => !isBorn && unnamed > 0)
  return [
    ...(ear.beyond === 0
      ? []
      : [`${countText(ear.beyond)} messages came on further topics, and were not looked at: narrow with --topic`]),
    ...unborn
      .slice(0, 20)
      .map(
        ({ node, device }) =>
          `${node}${device === '' ? '' : `/${device}`} sends metrics without names, and no birth was heard: run it again while the node starts`,
      ),
  ]
}
