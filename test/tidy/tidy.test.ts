/**
 * Holds the house: what style.md and design.md say about the code and can be checked without running it.
 * Change a rule there and here together. What the linter can hold, it holds; the last tests prove that it does.
 */
import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import {
  codeOnly,
  filesUnder,
  importsOf,
  linesWith,
  namesIn,
  packageOf,
  tooLong,
  wordsOf,
  type SourceFile,
} from './source.ts'
import { PROOFS } from '../seeds.ts'

/** A rule: which files it looks at, what it objects to, and files that it must object to, or it sees nothing. */
interface Rule {
  name: string
  looksAt: RegExp
  /** A room that may not be built yet; without one, a rule that finds no files is broken. */
  room?: string
  objections(file: SourceFile): string[]
  bad: Record<string, string>
  /** What looks like the bad and is none. */
  good?: Record<string, string>
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
const CODE = /^(src|simulators|grafana)\/.*\.(ts|mjs|js)$/
const CODE_AND_TESTS = /^(src|simulators|grafana|test)\/.*\.(ts|mjs|js)$/
const TOP_LEVEL =
  `src config simulators test grafana package.json package-lock.json tsconfig.json docker-compose.yml Dockerfile
  README.md LICENSE CHANGELOG.md`.split(/\s+/)

/** Each package comes in through one door. Tests may import anything. */
const DOORS: Record<string, RegExp> = {
  '@bufbuild/protobuf': /^src\/ingest\/sparkplug\/message\.ts$/,
  '@grafana/grafana-foundation-sdk': /^grafana\//,
  '@nats-io/jetstream': /^src\/nats\/nats\.ts$/,
  '@nats-io/transport-node': /^src\/nats\/nats\.ts$/,
  '@prometheus-io/client': /^src\/http\/metrics\.ts$/,
  aedes: /^src\/mqtt\/broker\.ts$/,
  commander: /^src\/(main\.ts$|commands\/)/,
  'csv-stringify': /^src\/reports\/day\.ts$/,
  'fastest-levenshtein': /^src\/config\/faults\.ts$/,
  fflate: /^src\/reports\/pack\/zip\.ts$/,
  influx: /^src\/send\/influx\/influx\.ts$/,
  mqtt: /^src\/mqtt\/mqtt\.ts$/,
  'node-cron': /^src\/daemon\/schedule\.ts$/,
  nodemailer: /^src\/send\/notices\/email\.ts$/,
  rrule: /^src\/config\/duties\/recurrence\.ts$/,
  'node:sqlite': /^src\/store\/database\/database\.ts$/,
  pino: /^src\/health\/log\.ts$/,
  uplot: /^src\/http\/(assets\.ts|page\/uplot\.d\.ts)$/,
  yaml: /^(src\/config\/document\/yaml|grafana\/generate)\.ts$/,
  zod: /^(src\/config\/((files|duties|accounts|reporting|rules|sums)\/)?[\w-]+|simulators\/(scenarios\/scenario|sites\/site)-file)\.ts$/,
}

const EMPTY_WORDS = new Set(['manager', 'service', 'helper', 'util', 'handler'].flatMap((word) => [word, `${word}s`]))

/** A state of an alarm, in the words of ISA-18.2. */
const ALARM_WORD = 'out_of_service'

/** Names of packages that have no other for what they do. */
const FOREIGN: readonly string[] = ['jetstreamManager', 'JetStreamManager']

const files = filesUnder(ROOT)
const RULES: Rule[] = [
  {
    name: 'the core imports only the core and node:assert/strict',
    looksAt: /^src\/core\/.*\.ts$/,
    objections: (file) =>
      importsOf(file).filter((target) => target !== 'node:assert/strict' && !target.startsWith('src/core/')),
    bad: {
      'src/core/a.ts': `import type { Site } from '../site.ts'`,
      'src/core/b.ts': `import { readFileSync } from 'node:fs'`,
    },
  },
  {
    name: 'the core takes the time as an argument',
    looksAt: /^src\/core\/.*\.ts$/,
    objections: (file) => linesWith(codeOnly(file.text), /\bnew Date\(\s*\)|\bDate\.now\b|\bMath\.random\b|\bhrtime\b/),
    bad: { 'src/core/a.ts': 'const nowMs = new Date().getTime()' },
  },
  {
    name: 'each package has one door',
    looksAt: CODE,
    objections: (file) => importsOf(file).filter((target) => doorOf(target)?.test(file.path) === false),
    bad: {
      'src/daemon.ts': `import mqtt from 'mqtt'`,
      'src/core/a.ts': `export * from 'zod/mini'`,
      'src/http/server.ts': `const { DatabaseSync } = await import('node:sqlite')`,
      'simulators/run.ts': `import {\n  connect,\n} from 'mqtt'`,
    },
  },
  {
    name: 'a package that is imported is a dependency and has a door',
    looksAt: /^(src|simulators)\/.*\.(ts|mjs)$/,
    objections: (file) =>
      importsOf(file).filter((target) => {
        if (target.startsWith('node:') || /^(src|simulators|grafana|test|config)\//.test(target)) return false
        return DOORS[packageOf(target)] === undefined || !dependencies().includes(packageOf(target))
      }),
    bad: { 'src/a.ts': `import lodash from 'lodash'`, 'src/b.ts': `import { test } from 'vitest'` },
  },
  {
    name: 'nothing but tests imports tests',
    looksAt: CODE,
    objections: (file) => importsOf(file).filter((target) => target.startsWith('test/')),
    bad: { 'simulators/run.ts': `import { freePort } from '../test/servers.ts'` },
  },
  {
    name: 'imports carry the full path, and no folder has an index',
    looksAt: CODE_AND_TESTS,
    objections: (file) => [
      ...importsOf(file).filter(
        (target) => /^(src|simulators|grafana|test)\//.test(target) && !/\.(ts|mjs|js|json)$/.test(target),
      ),
      ...(/^index\.[a-z]+$/.test(basename(file.path)) ? ['is an index'] : []),
    ],
    bad: { 'src/a.ts': `import { b } from './b'`, 'src/core/index.ts': '' },
  },
  {
    name: 'a file has at most 300 lines',
    looksAt: /^(src|simulators|grafana)\/.*\.(ts|mjs|js|css|html)$/,
    objections: (file) => tooLong(file, 300),
    bad: { 'src/http/page/live.css': 'a {}\n'.repeat(301) },
  },
  {
    name: 'words that say nothing name nothing',
    looksAt: CODE_AND_TESTS,
    objections: (file) => [
      ...wordsOf(basename(file.path)).filter((word) => EMPTY_WORDS.has(word)),
      ...linesWith(
        codeOnly(file.text),
        /\b(?:const|let|function|interface|type|class)\s+(?:process|data|info|item|timestamp)\b|\((?:data|info|item)\s*[:,)]/,
      ),
      ...namesIn(codeOnly(file.text)).filter(
        (name) => name !== ALARM_WORD && !FOREIGN.includes(name) && wordsOf(name).some((word) => EMPTY_WORDS.has(word)),
      ),
    ],
    bad: {
      'src/a.ts': 'const alarmManager = 1',
      'src/b.ts': 'interface RowUtils {}',
      'src/time-helper.ts': '',
      'src/c.ts': 'for (const item of list) count(item)',
      'src/d.ts': 'function on_tick_handler(): void {}',
      'src/e.ts': 'const out_of_services = 1',
    },
    good: { 'grafana/a.ts': `const COLOURS = { out_of_service: 'blue' }` },
  },
  {
    name: 'no double cast, no silenced compiler',
    looksAt: CODE_AND_TESTS,
    objections: (file) => [
      ...linesWith(codeOnly(file.text), /\bas\s+unknown\s+as\b|\bas\s+any\b|<any>/),
      ...linesWith(file.text, /@ts-(ignore|nochec[k])/),
    ],
    bad: { 'src/a.ts': 'const a = b as unknown as string', 'src/b.ts': '// @ts-nochec' + 'k' },
  },
  {
    name: 'a linter rule is set aside with a reason only',
    looksAt: CODE_AND_TESTS,
    objections: (file) => linesWith(file.text, /(ox|es)lint-disabl[e](?!.* -- \w)/),
    bad: { 'src/a.ts': '// oxlint-disabl' + 'e-next-line no-console' },
  },
  {
    name: 'nothing is left to be done later, no test runs alone',
    looksAt: /^(src|simulators|grafana|test|config|\.ci)\/.*\.(ts|mjs|js|css|html|yaml|conf)$|^\.ci\/run$/,
    objections: (file) => linesWith(file.text, /\bTOD[O]\b|\bFIXM[E]\b|\b(test|it|describe)\.onl[y]\b/),
    bad: { 'test/a.test.ts': 'test.onl' + `y('a', () => {})`, 'src/a.ts': '// TOD' + 'O' },
  },
  {
    name: 'no catch is empty, not even with a comment in it',
    looksAt: CODE_AND_TESTS,
    objections: (file) =>
      linesWith(codeOnly(file.text), /\bcatch\s*(\([^)]*\)\s*)?\{\s*\}|\.catch\(\s*\(\)\s*=>\s*\{\s*\}\s*\)/),
    bad: {
      'src/a.ts': 'try { a() } catch (error) {\n  // whatever\n}',
      'src/b.ts': 'a().catch(() => {})',
    },
  },
  {
    name: 'no module holds a variable, and functions are declared',
    looksAt: /^(src|simulators|grafana)\/(?!http\/page\/).*\.ts$/,
    objections: (file) =>
      linesWith(codeOnly(file.text), /^(export )?(let |const \w+(: [^=]+)? = (async )?(\([^()]*\)|\w+)(: [^=]+)? =>)/),
    bad: { 'src/a.ts': 'let count = 0', 'src/b.ts': 'export const double = (a: number): number => a * 2' },
  },
  {
    name: 'the top level holds what design.md lists',
    looksAt: /^[^./][^/]*(\/|$)/,
    objections: (file) => (TOP_LEVEL.includes(file.path.split('/')[0]!) ? [] : ['is not in the list']),
    bad: { 'notes.md': '', 'lib/a.ts': '' },
  },
  {
    name: 'the lock file names no registry',
    looksAt: /^package-lock\.json$/,
    objections: (file) => linesWith(file.text, /"resolved"/),
    bad: { 'package-lock.json': '{\n  "resolved": "https://registry.example/a.tgz"\n}' },
  },
  {
    name: 'no file knows where this checkout lies',
    looksAt: /^(?!Dockerfile$|docker-compose\.yml$)/,
    objections: (file) => linesWith(file.text, new RegExp(`(?<![\\w.-])${RegExp.escape(ROOT)}(?![\\w-])`)),
    bad: { 'src/a.ts': `const folder = '${ROOT}/config'` },
  },
  {
    name: 'the README can be read in one sitting: 150 lines',
    looksAt: /^README\.md$/,
    room: 'README.md',
    objections: (file) => tooLong(file, 150),
    bad: { 'README.md': 'a\n'.repeat(151) },
  },
]

for (const rule of RULES) {
  const unbuilt = rule.room !== undefined && !existsSync(join(ROOT, rule.room))
  test.skipIf(unbuilt)(`${rule.name}${unbuilt ? `: skipped, ${rule.room} is not there yet` : ''}`, () => {
    for (const [path, text] of Object.entries(rule.bad)) {
      expect(path).toMatch(rule.looksAt)
      expect(rule.objections({ path, text }), `${path} is bad: ${text.slice(0, 80)}`).not.toEqual([])
    }
    for (const [path, text] of Object.entries(rule.good ?? {})) {
      expect(path).toMatch(rule.looksAt)
      expect(rule.objections({ path, text })).toEqual([])
    }
    const looked = files.filter((file) => rule.looksAt.test(file.path))
    expect(looked.length, 'files to look at').toBeGreaterThan(0)
    expect(looked.flatMap((file) => rule.objections(file).map((objection) => `${file.path}: ${objection}`))).toEqual([])
  })
}

test('what a user leaves in the checkout is none of the project', () => {
  const folder = mkdtempSync(join(tmpdir(), 'coldaisle-tidy-'))
  try {
    spawnSync('git', ['init', '-q', folder])
    copyFileSync(join(ROOT, '.gitignore'), join(folder, '.gitignore'))
    for (const file of [
      'site.yaml',
      'rows.ndjson',
      'sim.ndjson.gz',
      'sim.ndjson.gz.truth.json',
      'month.csv',
      'ours.ts',
    ])
      writeFileSync(join(folder, file), '')
    expect(filesUnder(folder).map(({ path }) => path)).toEqual(['.gitignore', 'ours.ts'])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('test/README.md names the share and the full size of each seeded proof', () => {
  const paper = readFileSync(join(ROOT, 'test', 'README.md'), 'utf8')
  const rows = [...paper.matchAll(/^\| ([a-z ]+) \| [^|]+ \| (\d+) \| (\d+) \| [^|]+ \|$/gm)]
  const named = rows.map(([, name = '', gate, full]) => [name, { gate: Number(gate), full: Number(full) }])
  const sizes = Object.entries(PROOFS).map(([name, { gate, full }]) => [name, { gate, full }])
  expect(Object.fromEntries(named)).toEqual(Object.fromEntries(sizes))
})

test('every dependency has a door', () => {
  const imported = dependencies().filter((name) => !name.startsWith('node-linux-'))
  expect(imported.filter((name) => DOORS[name] === undefined)).toEqual([])
})

/** What the linter must object to, by rule. */
const LINTED: [rule: string, path: string, text: string][] = [
  ['eslint(max-lines)', 'src/a.ts', '//\n'.repeat(301)],
  ['eslint(max-lines-per-function)', 'src/a.ts', `export function a(): void {\n${'  Math.abs(1)\n'.repeat(60)}}`],
  ['eslint(no-empty)', 'src/a.ts', 'try {\n  Math.abs(1)\n} catch {}'],
  ['eslint(no-restricted-globals)', 'src/core/a.ts', 'export const a = process.pid'],
  ['eslint(no-restricted-properties)', 'src/core/a.ts', 'export const a = Math.random()'],
  ['eslint(no-warning-comments)', 'src/a.ts', '// FIX' + 'ME'],
  ['import(no-cycle)', 'src/a.ts', `import { a } from './b.ts'\nexport const b = a`],
  ['import(no-default-export)', 'src/a.ts', 'export default 1'],
  ['typescript(ban-ts-comment)', 'src/a.ts', '// @ts-igno' + 're\nexport const a = 1'],
  ['typescript(no-explicit-any)', 'test/a.ts', 'export const a: any = 1'],
  ['typescript(no-floating-promises)', 'test/a.ts', 'Promise.resolve(1)'],
  ['typescript(no-non-null-assertion)', 'src/a.ts', 'export const a = [1][0]!'],
  ['typescript(switch-exhaustiveness-check)', 'src/a.ts', `const k = 'a' as 'a' | 'b'\nswitch (k) {\n  case 'a':\n}`],
  ['unicorn(prefer-node-protocol)', 'src/a.ts', `import 'fs'`],
  ['vitest(no-focused-tests)', 'test/a.test.ts', `import { test } from 'vitest'\ntest.onl` + `y('a', () => {})`],
]

test('the linter holds the rest', () => {
  const folder = mkdtempSync(join(tmpdir(), 'coldaisle-tidy-'))
  try {
    for (const file of ['.oxlintrc.json', 'tsconfig.json', 'package.json', '.gitignore'])
      copyFileSync(join(ROOT, file), join(folder, file))
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
    for (const [index, [, path, text]] of LINTED.entries()) {
      const file = join(folder, dirname(path), `case${index}`, basename(path))
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, `${text}\n`)
      if (text.includes('./b.ts')) writeFileSync(join(dirname(file), 'b.ts'), `export { b as a } from './a.ts'\n`)
    }
    const run = spawnSync(join(ROOT, 'node_modules', '.bin', 'oxlint'), ['--format', 'unix'], {
      cwd: folder,
      encoding: 'utf8',
    })
    for (const [index, [rule, path]] of LINTED.entries()) {
      expect.soft(run.stdout).toMatch(new RegExp(`^${dirname(path)}/case${index}/.*/${RegExp.escape(rule)}]$`, 'm'))
    }
    expect(run.status).toBe(1)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

function doorOf(target: string): RegExp | undefined {
  return DOORS[target] ?? DOORS[packageOf(target)]
}

function dependencies(): string[] {
  const {
    dependencies,
    optionalDependencies,
  }: Record<string, Record<string, string>> = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  return Object.keys({ ...dependencies, ...optionalDependencies })
}
