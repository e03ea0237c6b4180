/**
 * Holds the layout: which room may import which, how full a folder may be, what a name may mean. Each rule looks at the
 * whole tree and is proved by small trees that break it. What can be seen in one file alone is held by tidy.test.ts.
 */
import { fileURLToPath } from 'node:url'
import { posix } from 'node:path'
import { expect, test } from 'vitest'
import { commentsOf, exportedNames, functionsOf, importedNames, sentencesOf, wordCount } from './parse.ts'
import { filesUnder, importsOf, linesWith, codeOnly, type SourceFile } from './source.ts'

interface TreeRule {
  name: string
  /** What is wrong, a line each. */
  objections: (files: readonly SourceFile[]) => string[]
  /** Trees that break the rule, each a text by path. */
  bad: Record<string, string>[]
  good?: Record<string, string>[]
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const SOURCE = /^(src|simulators|grafana)\/(?!http\/page\/).*\.ts$/
const WITH_TESTS = /^(src|simulators|grafana|test)\/(?!http\/page\/).*\.ts$/

/** A room may import the rooms behind it in this list; rooms of one line know nothing of each other. */
const ROOMS = [
  ['commands'],
  ['daemon'],
  ['http'],
  ['reports', 'explain', 'recompute', 'savings'],
  ['send'],
  ['mqtt', 'nats'],
  ['fold'],
  ['store'],
  ['rows'],
  ['site'],
  ['config', 'health'],
  ['ingest'],
  ['core'],
]
/** The same within the core; the empty name stands for the files that lie in core/ itself. */
const CORE_ROOMS = [['snapshot'], [''], ['quality'], ['alarms'], ['air'], ['energy'], ['windows'], ['contract']]

/** What rooms outside of src/ may import of it; commands/ alone runs the simulators. */
const OUTSIDE: Record<string, RegExp> = {
  simulators: /^(simulators|src\/(site|config|ingest))\//,
  grafana: /^(grafana\/|src\/rows\/tables\/)/,
}

/** Files that lie in src/ itself: they belong to no room. */
const ENTRANCES: Record<string, RegExp> = {
  'src/main.ts': /^src\/(commands|config)\//,
  'src/testing.ts': /^src\/(fold|rows|site|config|ingest|core)\//,
}

/** Names that mean one thing in two files on purpose, with the reason. */
const SHARED_NAMES: Record<string, string> = {}

/** Places that must read an error's words, because its maker gives nothing else. */
const WORDS_ONLY: Record<string, string> = {
  'src/send/influx/answer.ts': 'InfluxDB gives one status for several causes and no code: its words are the only sign',
  'src/mqtt/broker.ts': 'errors of the embedded broker have neither class nor code',
  'src/config/document/yaml.ts': 'the YAML parser reports a stack that ran out by its words only',
}

const MOST_FILES = 20
const MOST_SIBLINGS = 3
const MOST_PARAMETERS = 5
const MOST_HOT_PARAMETERS = 8
const MOST_COLUMNS = 120
const MOST_WORDS = 28

const RULES: TreeRule[] = [
  {
    name: 'imports look one way, as the table of rooms says',
    objections: (files) =>
      files
        .filter(({ path }) => SOURCE.test(path))
        .flatMap((file) =>
          importsOf(file)
            .filter((target) => /^(src|simulators|grafana)\//.test(target) && !mayImport(file.path, target))
            .map((target) => `${file.path} imports ${target}`),
        ),
    bad: [
      { 'src/store/a.ts': `import { b } from '../send/b.ts'` },
      { 'src/explain/a.ts': `import { b } from '../reports/b.ts'` },
      { 'src/core/air/a.ts': `import { b } from '../alarms/b.ts'` },
      { 'src/core/energy/a.ts': `import type { Core } from '../state.ts'` },
      { 'src/core/a.ts': `import { b } from './snapshot/b.ts'` },
      { 'src/daemon/a.ts': `import { b } from '../commands/b.ts'` },
      { 'src/fold/a.ts': `import { b } from '../main.ts'` },
      { 'src/daemon/b.ts': `import { run } from '../../simulators/run.ts'` },
      { 'simulators/a.ts': `import { b } from '../src/core/b.ts'` },
      { 'grafana/a.ts': `import { b } from '../src/config/b.ts'` },
      { 'src/a.ts': `import { b } from './core/b.ts'` },
    ],
    good: [
      { 'src/send/a.ts': `import { b } from '../store/b.ts'\nimport { c } from '../core/alarms/c.ts'` },
      { 'src/core/snapshot/a.ts': `import { b } from '../state.ts'` },
      { 'src/commands/demo.ts': `import { run } from '../../simulators/run.ts'` },
    ],
  },
  {
    name: `a folder holds at most ${MOST_FILES} source files`,
    objections: (files) =>
      [...Map.groupBy(sourcesOf(files), ({ path }) => posix.dirname(path))]
        .filter(([, inside]) => inside.length > MOST_FILES)
        .map(([folder, inside]) => `${folder} holds ${inside.length}`),
    bad: [Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`src/store/a${n}.ts`, '']))],
  },
  {
    name: `at most ${MOST_SIBLINGS} files of a folder begin with the same word and a hyphen`,
    objections: (files) =>
      [...Map.groupBy(sourcesOf(files), ({ path }) => /^.*\/[a-z]+-/.exec(path)?.[0] ?? '')]
        .filter(([prefix, inside]) => prefix !== '' && inside.length > MOST_SIBLINGS)
        .map(([prefix, inside]) => `${prefix} begins ${inside.length} files`),
    bad: [{ 'src/a/b-c.ts': '', 'src/a/b-d.ts': '', 'src/a/b-e.ts': '', 'src/a/b-f.ts': '' }],
  },
  {
    name: 'an exported name is declared in one file only',
    objections: (files) =>
      [...Map.groupBy(sourcesOf(files).flatMap(declared), ({ name }) => name)]
        .filter(([name, places]) => places.length > 1 && SHARED_NAMES[name] === undefined)
        .map(([name, places]) => `${name}: ${places.map(({ path }) => path).join(', ')}`),
    bad: [{ 'src/a/b.ts': 'export interface Span {}', 'src/a/c.ts': 'export type Span = 1' }],
  },
  {
    name: 'every room has its sentence in the map',
    objections: (files) => {
      const rooms = new Set(
        sourcesOf(files).flatMap(({ path }) => /^(src\/core|src|simulators)\/[\w-]+\//.exec(path)?.[0] ?? []),
      )
      return [...rooms].filter((room) => {
        const [top = ''] = room.split('/')
        const map = files.find(({ path }) => path === `${top}/README.md`)?.text ?? ''
        return !new RegExp(`^\\W*${room.split('/').at(-2)}/\\W+(\\S+ ){3}`, 'm').test(map)
      })
    },
    bad: [
      { 'src/README.md': 'core/ the fold itself: integers in', 'src/store/a.ts': '' },
      { 'src/README.md': '`core/`', 'src/core/a.ts': '' },
    ],
    good: [{ 'src/README.md': '| `store/` | one SQLite file behind one thread |', 'src/store/a.ts': '' }],
  },
  {
    name: 'what is exported is imported somewhere',
    objections: (files) => {
      const used = usedNames(files)
      return sourcesOf(files)
        .filter(({ path }) => ENTRANCES[path] === undefined)
        .flatMap(declared)
        .filter(({ path, name }) => used.get(path)?.has(name) !== true && used.get(path)?.has('*') !== true)
        .map(({ path, name }) => `${path}: ${name}`)
    },
    bad: [{ 'src/a/b.ts': 'export const one = 1' }],
    good: [{ 'src/a/b.ts': 'export const one = 1', 'test/a.test.ts': `import { one } from '../src/a/b.ts'` }],
  },
  {
    name: `a function takes at most ${MOST_PARAMETERS} parameters (${MOST_HOT_PARAMETERS} in the core's hot rooms)`,
    objections: (files) =>
      sourcesOf(files).flatMap((file) => {
        const most = /^src\/core\/(energy|alarms)\//.test(file.path) ? MOST_HOT_PARAMETERS : MOST_PARAMETERS
        return functionsOf(file)
          .filter(({ parameters }) => parameters > most)
          .map(({ name, line, parameters }) => `${file.path}:${line}: ${name} takes ${parameters}`)
      }),
    bad: [
      { 'src/a/b.ts': 'function c(d: 1, e: 1, f: 1, g: 1, h: 1, i: 1) {}' },
      { 'src/core/energy/a.ts': 'export function c(d: 1, e: 1, f: 1, g: 1, h: 1, i: 1, j: 1, k: 1, l: 1) {}' },
    ],
    good: [{ 'src/core/alarms/a.ts': 'function c(d: 1, e: 1, f: 1, g: 1, h: 1, i: 1, j: 1, k: 1) {}' }],
  },
  {
    name: 'an exported function takes no boolean: a call would not say what it means',
    objections: (files) =>
      sourcesOf(files).flatMap((file) =>
        functionsOf(file)
          .filter(({ isExported, booleans }) => isExported && booleans.length > 0)
          .map(({ name, line, booleans }) => `${file.path}:${line}: ${name}(${booleans.join(', ')})`),
      ),
    bad: [
      { 'src/a/b.ts': 'export function open(path: string, create: boolean) {}' },
      { 'src/a/c.ts': 'export function open(path: string, create = false) {}' },
    ],
  },
  {
    name: `a comment has at most ${MOST_COLUMNS} columns, a sentence of it at most ${MOST_WORDS} words`,
    objections: (files) =>
      sourcesOf(files).flatMap((file) => [
        ...file.text
          .split('\n')
          .flatMap((line, n) =>
            line.length > MOST_COLUMNS && /^\s*(\/\/|\/?\*)|\/\/ /.test(line)
              ? [`${file.path}:${n + 1}: ${line.length} columns`]
              : [],
          ),
        ...commentsOf(file).flatMap(({ line, text }) =>
          sentencesOf(text)
            .filter((sentence) => wordCount(sentence) > MOST_WORDS)
            .map((sentence) => `${file.path}:${line}: ${wordCount(sentence)} words: ${sentence.slice(0, 60)}`),
        ),
      ]),
    bad: [
      { 'src/a/b.ts': `// ${'a'.repeat(120)}` },
      { 'src/a/c.ts': `/** ${'word '.repeat(29)}. */` },
      { 'src/a/d.ts': `// ${'word '.repeat(15)}\n// ${'word '.repeat(15)}` },
    ],
    good: [{ 'src/a/b.ts': `// ${'word '.repeat(20)}\n// end. ${'Word '.repeat(20)}\n// end.` }],
  },
  {
    name: 'nothing is decided by the words of an error: it carries a class or a code',
    objections: (files) =>
      sourcesOf(files)
        .filter(({ path }) => WORDS_ONLY[path] === undefined)
        .flatMap((file) =>
          linesWith(
            codeOnly(file.text),
            /\b(message|reason|messageOf\([^)]*\))\.(includes|startsWith|endsWith|match|search|indexOf)\(|\.(test|exec|has)\([^()]*\b(message|messageOf\([^)]*\))\s*\)|\.message\s*[!=]==\s*(?!'')[\w']/,
          ).map((line) => `${file.path}:${line}`),
        ),
    bad: [
      { 'src/a/b.ts': `if (error.message.includes('in use')) retry()` },
      { 'src/a/c.ts': 'if (/in use/.test(error.message)) retry()' },
      { 'src/a/d.ts': 'if (error.message === IN_USE || ENDINGS.has(error.message)) retry()' },
    ],
  },
]

for (const { name, objections, bad, good = [] } of RULES) {
  test(`${name}`, () => {
    for (const tree of bad) expect(objections(treeOf(tree)), `${JSON.stringify(tree).slice(0, 200)}`).not.toEqual([])
    for (const tree of good) expect(objections(treeOf(tree)), `${JSON.stringify(tree).slice(0, 200)}`).toEqual([])
    expect(objections(FILES)).toEqual([])
  })
}

const FILES = filesUnder(ROOT)

test('every exception is needed', () => {
  const names = Map.groupBy(sourcesOf(FILES).flatMap(declared), ({ name }) => name)
  expect(Object.keys(SHARED_NAMES).filter((name) => (names.get(name)?.length ?? 0) < 2)).toEqual([])
  const paths = new Set(FILES.map(({ path }) => path))
  expect([...Object.keys(WORDS_ONLY), ...Object.keys(ENTRANCES)].filter((path) => !paths.has(path))).toEqual([])
})

function mayImport(from: string, to: string): boolean {
  const entrance = ENTRANCES[from]
  if (entrance !== undefined) return entrance.test(to)
  const [top = '', room = ''] = from.split('/')
  if (top !== 'src') return OUTSIDE[top]?.test(to) === true
  if (to.startsWith('simulators/')) return room === 'commands'
  const [, toRoom = '', toPart = ''] = to.split('/')
  if (room !== toRoom) return isBehind(ROOMS, room, toRoom)
  if (room !== 'core') return true
  const [part, other] = [partOf(from), toPart.endsWith('.ts') ? '' : toPart]
  return part === other || isBehind(CORE_ROOMS, part, other)
}

function partOf(path: string): string {
  const [, , part = ''] = path.split('/')
  return part.endsWith('.ts') ? '' : part
}

function isBehind(order: readonly (readonly string[])[], room: string, other: string): boolean {
  const [at, behind] = [room, other].map((name) => order.findIndex((rooms) => rooms.includes(name)))
  return at !== undefined && behind !== undefined && at >= 0 && behind > at
}

function sourcesOf(files: readonly SourceFile[]): SourceFile[] {
  return files.filter(({ path }) => SOURCE.test(path))
}

function declared(file: SourceFile): { path: string; name: string }[] {
  return exportedNames(file).map((name) => ({ path: file.path, name }))
}

function usedNames(files: readonly SourceFile[]): Map<string, Set<string>> {
  const used = new Map<string, Set<string>>()
  for (const file of files.filter(({ path }) => WITH_TESTS.test(path))) {
    const resolve = (target: string) => posix.join(posix.dirname(file.path), target)
    for (const [path, names] of importedNames(file, resolve)) {
      used.set(path, (used.get(path) ?? new Set()).union(names))
    }
  }
  return used
}

function treeOf(texts: Record<string, string>): SourceFile[] {
  return Object.entries(texts).map(([path, text]) => ({ path, text }))
}
