import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test, vi } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'coldaisle-reporter-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const HEAD = `import { beforeAll, describe, test } from 'vitest'
import { needs } from '${ROOT}test/servers/servers.ts'
`
symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
writeFileSync(
  join(folder, 'vitest.config.ts'),
  `import { createReporter } from '${ROOT}test/reporter.ts'
export default { test: { include: ['*.check.ts'], reporters: ['default', createReporter(4_000)] } }
`,
)

writeFileSync(
  join(folder, 'cut-reporter.ts'),
  `import { createReporter } from '${ROOT}test/reporter.ts'
export default class { constructor() { return createReporter(4_000) } }
`,
)

/** Runs one file of tests; gives the exit code and the printed lines. An empty PATH is a machine without programs. */
function run(
  name: string,
  source: string | undefined,
  env: Record<string, string> = {},
): { code: number | null; lines: string[] } {
  if (source !== undefined) writeFileSync(join(folder, `${name}.check.ts`), HEAD + source)
  const { CI: _ci, ...inherited } = process.env
  const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs')
  const child = spawnSync(process.execPath, [vitest, 'run', `${name}.check.ts`], {
    cwd: folder,
    env: { ...inherited, NO_COLOR: '1', PATH: '/nowhere', ...env },
    encoding: 'utf8',
  })
  return { code: child.status, lines: child.stdout.trimEnd().split('\n') }
}

const PASSES = `test('one', () => {})
test('two', () => {})`

test.each([
  ['all well', PASSES, 0, '2 passed, 0 failed'],
  ['a failure', `${PASSES}\ntest('three', () => { throw new Error('no') })`, 1, '2 passed, 1 failed'],
  ['a skip', `${PASSES}\ntest.skip('three', () => {})`, 0, '2 passed, 0 failed, 1 skipped'],
  ['a file that does not load', `${PASSES}\nthrow new Error('no')`, 1, '0 passed, 1 failed'],
  ['an error nobody caught', `test('one', () => { void Promise.reject(new Error('no')) })`, 1, '1 passed, 1 failed'],
  [
    'a hook that throws',
    `describe('a', () => { beforeAll(() => { throw new Error('no') }); test('one', () => {}) })`,
    1,
    '0 passed, 1 failed, 1 skipped',
  ],
  ['a file without tests', '', 1, '0 passed, 1 failed'],
  ['nothing but skips', `test.skip('one', () => {})`, 1, '0 passed, 0 failed, 1 skipped'],
  ['no file at all', undefined, 1, '0 passed, 1 failed'],
])('%s ends in its own line of counts', (name, source, code, last) => {
  const result = run(name.replaceAll(' ', '-'), source)
  expect(result.lines.at(-1)).toBe(last)
  expect(result.code).toBe(code)
})

const NEEDS = `test('one', () => {})
test.skipIf(!needs('chromium'))('a page', () => {})`

test('what a missing program kept from being tested is named', () => {
  const { code, lines } = run('wants-program', NEEDS)
  expect(lines.slice(-5)).toEqual([
    'Skipped:',
    '  wants-program.check.ts > a page',
    'Not tested, because a program is missing:',
    '  wants-program.check.ts needs chromium (Debian: chromium)',
    '1 passed, 0 failed, 1 skipped',
  ])
  expect(code).toBe(0)
})

test('in CI a missing program is a failure', () => {
  const { code, lines } = run('wants-program-in-ci', NEEDS, { CI: 'true' })
  expect(lines.at(-1)).toBe('0 passed, 1 failed')
  expect(code).toBe(1)
})

test('a program that a test left behind does not hold the run for ever, and fails it', () => {
  const { code, lines } = run(
    'leaves-a-program',
    `import { spawn } from 'node:child_process'
test('one', () => { spawn('/bin/sleep', ['20'], { stdio: 'inherit', detached: true }).unref() })`,
  )
  expect(lines.slice(-2)).toEqual([expect.stringContaining('still runs'), '1 passed, 1 failed'])
  expect(code).toBe(1)
})

test('a run that is ended from outside says so, with the counts so far and one failure', async () => {
  writeFileSync(
    join(folder, 'cut.check.ts'),
    `${HEAD}test('one', () => {})\ntest('two', () => new Promise(() => {}), 60_000)`,
  )
  const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs')
  const child = spawn(process.execPath, [vitest, 'run', '--reporter=verbose', '--reporter=./cut-reporter.ts', 'cut'], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1' },
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  const ended = new Promise((resolve) => child.once('exit', resolve))
  await vi.waitFor(() => expect(output).toMatch(/one/), { timeout: 30_000 })
  child.kill('SIGTERM')
  await ended
  expect(output.trimEnd().split('\n').slice(-2)).toEqual([expect.stringContaining('cut short'), '1 passed, 1 failed'])
  expect(child.exitCode).not.toBe(0)
})
