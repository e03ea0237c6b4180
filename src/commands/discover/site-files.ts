import { basename } from 'node:path'
import { quoted } from './literal.ts'

/** A file of a configuration, by its name in the folder of the first. */
export interface WrittenFile {
  readonly name: string
  readonly text: string
}

/** An entry of a section with its comments; one that asks is a comment as a whole. */
export interface SiteEntry {
  readonly lines: readonly string[]
  readonly counts: boolean
}

/** A section of a configuration: a map, or a list. */
export interface SiteSection {
  readonly key: string
  /** What is said of it behind its key; empty: nothing. */
  readonly comment: string
  readonly entries: readonly SiteEntry[]
}

/** A file of a configuration has at most 1 MB; what stands around the entries takes its part. */
const MOST_BYTES = 960_000

/**
 * Spreads sections over as many files as they need. The first includes the others, in each of which the section that
 * did not fit goes on: `site.yaml`, then `site-2.yaml`.
 */
export function siteFiles(file: string, head: readonly string[], sections: readonly SiteSection[]): WrittenFile[] {
  const first = basename(file)
  const parts = partsOf(sections)
  const names = parts.map((_, at) => (at === 0 ? first : numbered(first, at + 1)))
  const more = names.slice(1).map((name) => `\n  - ${quoted(name)}`)
  const includes = more.length === 0 ? [] : ['', `include:${more.join('')}`]
  return parts.map((lines, at) => {
    const heading = at === 0 ? [...head, ...includes] : [`# Goes on from ${first}, which includes this file.`]
    return { name: names[at] ?? first, text: [...heading, ...lines, ''].join('\n') }
  })
}

/** Lines of sections, by file. */
function partsOf(sections: readonly SiteSection[]): string[][] {
  let part: string[] = []
  const parts = [part]
  let bytes = 0
  for (const { key, comment, entries } of sections) {
    let own: SiteEntry[] = []
    const put = (): void => {
      const mark = own.some(({ counts }) => counts) ? '' : '# '
      part.push('', `${mark}${key}:${comment === '' ? '' : ` # ${comment}`}`, ...own.flatMap(({ lines }) => lines))
      own = []
    }
    for (const entry of entries) {
      const size = Buffer.byteLength(entry.lines.join('\n'))
      if (bytes > 0 && bytes + size > MOST_BYTES) {
        if (own.length > 0) put()
        part = []
        parts.push(part)
        bytes = 0
      }
      own.push(entry)
      bytes += size
    }
    if (own.length > 0 || comment !== '') put()
  }
  return parts
}

/** `site.yaml` as `site-2.yaml`. */
function numbered(name: string, number: number): string {
  return name.replace(/(\.[^.]*)?$/, (ending) => `-${number}${ending}`)
}
