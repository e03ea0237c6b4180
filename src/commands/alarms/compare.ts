import { aDayText, medianOf, minutesText, pagesIn, timeToPageText, type Backtest, type Episode } from './backtest.ts'

/** Two rule sets on the same recordings; a name is that of its configuration file. */
interface Named {
  readonly name: string
  readonly backtest: Backtest
}

const TOP = 10

/**
 * Compares two rule sets on the same recordings, as lines of text: pages, time to page, what only one of them pages
 * for. Alarms of both are the same if they overlap and agree in kind and source.
 */
export function comparisonText(one: Named, other: Named): string {
  const [kept, missed] = shared(one.backtest, other.backtest)
  const [, extra] = shared(other.backtest, one.backtest)
  const later = kept.map(([a, b]) => b.pagedMs - a.pagedMs).toSorted((a, b) => a - b)
  const lines = [
    ...[one, other].map(
      ({ name, backtest }) =>
        `${name}: pages ${pagesIn(backtest)}, ${aDayText(backtest)}; time to page ${timeToPageText(backtest)}`,
    ),
    `paged by both: ${kept.length}${later.length === 0 ? '' : `; ${laterText(other.name, later)}`}`,
    ...onlyText(`missed by ${other.name}`, missed),
    ...onlyText(`paged by ${other.name} only`, extra),
  ]
  return `${lines.join('\n')}\n`
}

/** Paged alarms of one, each with the earliest of the other that it overlaps; and the names of those without any. */
function shared(one: Backtest, other: Backtest): [kept: [Episode, Episode][], missed: string[]] {
  const kept: [Episode, Episode][] = []
  const missed: string[] = []
  for (const [key, episodes] of one.episodes) {
    const candidates = (other.episodes.get(key) ?? []).filter(({ pagedMs }) => !Number.isNaN(pagedMs))
    for (const episode of episodes) {
      if (Number.isNaN(episode.pagedMs)) continue
      const match = candidates.find(({ sinceMs, toMs }) => sinceMs <= episode.toMs && toMs >= episode.sinceMs)
      if (match === undefined) missed.push(key)
      else kept.push([episode, match])
    }
  }
  return [kept, missed]
}

function laterText(name: string, rising: readonly number[]): string {
  const [least = NaN] = rising
  const [median, most] = [medianOf(rising), rising.at(-1) ?? NaN]
  if (isNone(least) && isNone(most)) return `${name} pages at the same times`
  const when = isNone(median)
    ? 'at the same time'
    : `${median < 0 ? 'earlier' : 'later'} by ${minutesText(Math.abs(median))}`
  return `${name} pages ${when} in the median (${minutesText(least)} to ${minutesText(most)})`
}

/** Less rounds to no minutes. */
function isNone(ms: number): boolean {
  return Math.abs(ms) < 3000
}

function onlyText(title: string, keys: readonly string[]): string[] {
  const counts = [...Map.groupBy(keys, (key) => key)].map(([key, all]): [string, number] => [key, all.length])
  const most = counts.toSorted(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
  const others = most.length - TOP
  return [
    `${title}: ${keys.length}`,
    ...most.slice(0, TOP).map(([key, n]) => `  ${String(n).padStart(6)}  ${key}`),
    ...(others > 0 ? [`          and ${others} more`] : []),
  ]
}
