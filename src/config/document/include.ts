import { dirname, join, normalize } from 'node:path'

import type { Entry, MapTree, TextTree, Tree } from './expand.ts'
import { fillAll } from './text.ts'
import { addSource, positionAt } from './sources.ts'
import type { ReadText, Sources } from './sources.ts'
import { compileText, type Compiling } from './yaml.ts'

/** What it takes to read further files. */
export interface Reading {
  compiling: Compiling
  sources: Sources
  readText: ReadText
}

interface Work extends Reading {
  /** Files that were included so far, the first among them, each with where that is written. */
  included: Map<string, number | undefined>
  /** Files of which the content is not known. */
  lost: number
}

const INCLUDE = 'include'
const MAX_FILES = 100
/** Of a configuration file; tables may be larger. */
export const MAX_FILE_BYTES = 1_000_000

/**
 * The tree of a file with those of all that it includes. Sections are put together, and lists go on; whatever else two
 * files have under one key is a fault. Undefined if a file cannot be read; that is reported, and guessing what it holds
 * would only report more.
 */
export function includeFiles(reading: Reading, tree: Tree, file: string): Tree | undefined {
  const work: Work = { ...reading, included: new Map([[normalize(file), undefined]]), lost: 0 }
  const whole = gather(work, tree, [normalize(file)])
  return work.lost > 0 ? undefined : whole
}

function gather(work: Work, tree: Tree, above: readonly string[]): Tree {
  if (tree.kind !== 'map') return tree
  const includes = tree.entries.filter(({ key }) => isPlain(key, INCLUDE))
  if (includes.length === 0) return tree
  let whole: MapTree = { ...tree, entries: tree.entries.filter((entry) => !includes.includes(entry)) }
  for (const { tree: written } of includes) {
    const names = written.kind === 'list' ? written.members : [written]
    for (const name of names) {
      if (name.kind !== 'text') refuse(work, name.at, 'expected the name of a file', 'write `include: [racks.yaml]`')
      else for (const path of pathsOf(work, name)) whole = include(work, whole, { path, at: name.at, above })
    }
  }
  return whole
}

/** Relative to the file in which they are written. */
function pathsOf({ sources }: Work, name: TextTree): string[] {
  const folder = dirname(positionAt(sources, name.at).file)
  return fillAll(name.parts).map((path) => inFolder(folder, path))
}

/** A path as it is written in a file of `folder`. */
export function inFolder(folder: string, path: string): string {
  return path.startsWith('/') ? normalize(path) : join(folder, path)
}

function include(
  work: Work,
  whole: MapTree,
  { path, at, above }: { path: string; at: number; above: readonly string[] },
): MapTree {
  const { included, sources, compiling } = work
  if (above.includes(path)) {
    const circle = [...above.slice(above.indexOf(path)), path].join(' → ')
    refuse(work, at, `files include each other in a circle: ${circle}`, 'take one of these out')
    return whole
  }
  const before = included.get(path)
  if (before !== undefined) {
    refuse(work, at, `${path} is included already, at ${compiling.report.place(before, at)}`, 'include it once')
    return whole
  }
  if (included.size > MAX_FILES) {
    refuse(work, at, `more than ${MAX_FILES} files are included`, 'put some of them together')
    return whole
  }
  included.set(path, at)
  const text = work.readText(path, MAX_FILE_BYTES)
  if (typeof text !== 'string') {
    work.lost += 1
    refuse(work, at, `${path}: ${text.reason}`, text.hint)
    return whole
  }
  const tree = compileText(text, addSource(sources, path, text), compiling)
  if (tree?.kind === 'map') {
    const inner = gather(work, tree, [...above, path])
    return inner.kind === 'map' ? merge(whole, inner) : whole
  }
  const isEmpty = tree?.kind === 'plain' && tree.content === null
  if (tree === undefined) work.lost += 1
  else if (!isEmpty) refuse(work, tree.at, 'expected sections, as the configuration has them', undefined)
  return whole
}

function refuse({ compiling: { report } }: Work, at: number, reason: string, hint: string | undefined): void {
  report.path.push(INCLUDE)
  report.add(at, reason, hint)
  report.path.pop()
}

/** Puts the sections of two files together; of one section also lists under one key, such as `alarms.rules`. */
function merge(whole: MapTree, more: MapTree): MapTree {
  return mergeEntries(whole, more, (before, next) => {
    if (before.kind === 'map' && next.kind === 'map') return mergeEntries(before, next, joinLists)
    return joinLists(before, next)
  })
}

function mergeEntries(whole: MapTree, more: MapTree, join: (before: Tree, next: Tree) => Tree | undefined): MapTree {
  const entries = [...whole.entries]
  const placeOf = new Map(entries.map(({ key }, place) => [plainKey(key), place]))
  for (const entry of more.entries) {
    const place = placeOf.get(plainKey(entry.key) ?? '')
    const before = place === undefined ? undefined : entries[place]
    const joined = before === undefined ? undefined : join(before.tree, entry.tree)
    // Two under one key stay two, which the expansion reports
    if (joined === undefined || before === undefined || place === undefined) entries.push(entry)
    else entries[place] = { ...before, tree: joined }
  }
  return { ...whole, entries }
}

function joinLists(before: Tree, next: Tree): Tree | undefined {
  if (before.kind !== 'list' || next.kind !== 'list') return undefined
  return { ...before, members: [...before.members, ...next.members] }
}

function plainKey(key: Entry['key']): string | undefined {
  const [only, ...more] = key
  return more.length === 0 && typeof only === 'string' ? only : undefined
}

export function isPlain(key: Entry['key'], name: string): boolean {
  return plainKey(key) === name
}
