/** Line and column, both from 1, of a file. */
export interface Position {
  file: string
  line: number
  column: number
}

/** Why a file cannot be read, and what to do about it. */
export interface FileFault {
  reason: string
  hint: string | undefined
}

/** Gives the text of a file, or why there is none. `mostBytes`: of a longer one there is none. */
export type ReadText = (file: string, mostBytes: number) => string | FileFault

/** A file that the configuration is read from. */
interface Source {
  file: string
  /** Where its text begins among all texts. */
  baseAt: number
  /** Where its lines begin, of its own text. */
  lineAt: readonly number[]
}

/**
 * The texts of all files of a configuration, as if they stood one behind the other, so that one offset tells the file
 * and the place in it:
 *
 *     site.yaml        points.yaml    racks.csv
 *     0 …………………… 4711 │ 4712 …… 9000 │ 9001 ……
 */
export interface Sources {
  readonly all: Source[]
  endAt: number
}

export function createSources(): Sources {
  return { all: [], endAt: 0 }
}

/** Puts a text behind the others; gives the offset at which it begins. */
export function addSource(sources: Sources, file: string, text: string): number {
  const baseAt = sources.endAt
  const lineAt = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lineAt.push(at + 1)
  sources.all.push({ file, baseAt, lineAt })
  // One more: the place behind the last character is a place of this text
  sources.endAt += text.length + 1
  return baseAt
}

export function positionAt({ all }: Sources, at: number): Position {
  const { file, baseAt, lineAt } = all[lastUpTo(all, ({ baseAt: from }) => from <= at)] ?? NO_SOURCE
  const line = lastUpTo(lineAt, (from) => from <= at - baseAt)
  return { file, line: line + 1, column: at - baseAt - (lineAt[line] ?? 0) + 1 }
}

const NO_SOURCE: Source = { file: '', baseAt: 0, lineAt: [0] }

/** The last place for which `isUpTo` holds, where it holds for a beginning of the list; else 0. */
function lastUpTo<T>(list: readonly T[], isUpTo: (member: T) => boolean): number {
  let [from, to] = [0, list.length - 1]
  while (from < to) {
    const middle = Math.ceil((from + to) / 2)
    const member = list[middle]
    if (member !== undefined && isUpTo(member)) from = middle
    else to = middle - 1
  }
  return from
}
