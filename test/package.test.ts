/** The tarball of `npm pack` as its users get it: installed without a network, run by Node 24, tested against. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { freePort } from './servers/servers.ts'

const ROOT = join(import.meta.dirname, '..')
const LIMIT_MS = 300_000
const folder = mkdtempSync(join(tmpdir(), 'coldaisle-package-'))
const checkout = join(folder, 'checkout')
const prefix = join(folder, 'prefix')
const installed = join(prefix, 'lib', 'node_modules', 'coldaisle')
const started: ChildProcess[] = []

// npm unpacks thousands of files: half a minute of a quiet machine, many times that of a busy one.
vi.setConfig({ testTimeout: LIMIT_MS, hookTimeout: LIMIT_MS })

interface Lock {
  packages: Record<string, { version?: string; dev?: boolean; optional?: boolean; hasInstallScript?: boolean }>
}

const lock = jsonOf<Lock>(join(ROOT, 'package-lock.json'))
const locked = Object.entries(lock.packages).filter(([path]) => path !== '')
const ours = locked.filter(([, { dev, optional }]) => dev !== true && optional !== true)

beforeAll(() => {
  copyCheckout()
  npm(checkout, 'pack', '--pack-destination', folder)
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? 'none'
  npm(
    folder,
    'install',
    '--global',
    '--offline',
    '--cache',
    join(folder, 'cache'),
    '--prefix',
    prefix,
    join(folder, tarball),
  )
})

afterAll(() => {
  for (const child of started) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

/** A copy to pack in, so that other tests never see the published manifest. Only what is bundled has to be copied. */
function copyCheckout(): void {
  const files =
    'src simulators config grafana package.json package-lock.json tsconfig.json .npmrc LICENSE README.md CHANGELOG.md'
  for (const name of files.split(' ')) cpSync(join(ROOT, name), join(checkout, name), { recursive: true })
  for (const [path] of ours) cpSync(join(ROOT, path), join(checkout, path), { recursive: true })
  for (const name of ['.bin', 'typescript'])
    symlinkSync(join(ROOT, 'node_modules', name), join(checkout, 'node_modules', name))
}

function npm(cwd: string, ...args: string[]): void {
  const own = Object.entries(process.env).filter(([name]) => !name.toLowerCase().startsWith('npm_'))
  const path = [dirname(process.execPath), process.env['PATH']].join(delimiter)
  const run = spawnSync('npm', args, {
    cwd,
    env: { ...Object.fromEntries(own), PATH: path },
    encoding: 'utf8',
    timeout: LIMIT_MS,
  })
  if (run.status !== 0) throw new Error(`npm ${args[0]}: ${run.error?.message ?? ''}\n${run.stdout}${run.stderr}`)
}

function jsonOf<T>(file: string): T {
  return JSON.parse(readFileSync(file, 'utf8')) as T
}

function node(cwd: string, ...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd,
    encoding: 'utf8',
    timeout: LIMIT_MS,
    maxBuffer: 2 ** 28,
  })
  return { status, stdout, stderr }
}

const command = join(prefix, 'bin', 'coldaisle')
const fromSource = join(ROOT, 'src', 'main.ts')

test('packing leaves the checkout as it was', () => {
  expect(readFileSync(join(checkout, 'package.json'), 'utf8')).toBe(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  expect(existsSync(join(checkout, 'npm-shrinkwrap.json'))).toBe(false)
  expect(existsSync(join(checkout, 'package.json.tmp'))).toBe(false)
})

test('no package of the lock runs a script when it is installed', () => {
  expect(locked.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path)).toEqual([])
})

test('the tarball holds the locked versions, no Node of its own and no address', () => {
  const manifest = jsonOf<Record<string, unknown>>(join(installed, 'package.json'))
  expect(manifest).not.toHaveProperty('optionalDependencies')
  expect(manifest).not.toHaveProperty('scripts')
  const shrinkwrap = readFileSync(join(installed, 'npm-shrinkwrap.json'), 'utf8')
  expect(shrinkwrap).not.toContain('"resolved"')
  const { packages } = JSON.parse(shrinkwrap) as Lock
  expect(Object.keys(packages).slice(1)).toEqual(ours.map(([path]) => path))
  for (const [path, { version }] of ours)
    expect(jsonOf<{ version: string }>(join(installed, path, 'package.json')).version).toBe(version)
  expect(readdirSync(join(installed, 'node_modules')).filter((name) => name.startsWith('node-linux'))).toEqual([])
})

test('check and replay answer as the checkout does, to the byte', () => {
  const config = join(installed, 'config', 'demo.yaml')
  const recording = join(folder, 'breach.ndjson.gz')
  const times = ['--from', '2026-03-02T10:00:00Z', '--hours', '0.25']
  expect(
    node(folder, command, 'simulate', '--config', config, '--scenario', 'breach', ...times, '--out', recording).status,
  ).toBe(0)
  for (const args of [['check', '--config', config], ['replay', '--config', config, recording], ['--version']]) {
    const run = node(folder, command, ...args)
    const { status, stdout } = node(folder, fromSource, ...args)
    expect(run.stdout.length).toBeGreaterThan(5)
    expect({ args, same: run.stdout === stdout }).toEqual({ args, same: true })
    expect([run.status, status]).toEqual([0, 0])
  }
})

test('the demonstration gets ready, serves its page and stops in order', async () => {
  const child = spawn(process.execPath, [command, 'demo', '--port', String(await freePort())], {
    cwd: folder,
    stdio: 'pipe',
  })
  started.push(child)
  let heard = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (heard += text))
  const ended = new Promise((resolve) => child.once('close', resolve))
  const deadlineMs = performance.now() + 90_000
  const page = () => /http:\/\/127\.0\.0\.1:\d+/.exec(heard)?.[0]
  while (page() === undefined || !(await fetch(`${page()}/readyz`)).ok) {
    if (child.exitCode !== null || performance.now() > deadlineMs) throw new Error(`not ready:\n${heard}`)
    await sleep(250)
  }
  for (const path of ['/', '/page/page.js', '/page/uplot.js'])
    expect((await fetch(`${page()}${path}`)).status).toBe(200)
  child.kill('SIGINT')
  expect(await ended).toBe(0)
})

test('the importer of CSV files runs from the package', () => {
  const run = node(folder, join(installed, 'dist', 'simulators', 'import.js'), '--help')
  expect(run).toMatchObject({ status: 0, stdout: expect.stringContaining('usage:') })
})

test('coldaisle/testing serves the tests of another project, with types', () => {
  const project = join(folder, 'project')
  mkdirSync(join(project, 'node_modules', '@types'), { recursive: true })
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }')
  symlinkSync(installed, join(project, 'node_modules', 'coldaisle'))
  for (const name of ['vitest', 'typescript', '@types/node'])
    symlinkSync(join(ROOT, 'node_modules', name), join(project, 'node_modules', name))
  cpSync(join(installed, 'config', 'example.test.ts'), join(project, 'site.test.ts'))
  const wrong = `import { type Replayed, rowsOf } from 'coldaisle/testing'
export function f(replayed: Replayed): number | undefined {
  // @ts-expect-error -- there is no such field
  return rowsOf(replayed, 'pue', { window: '1h' })[0]?.fields.pue ?? rowsOf(replayed, 'energy')[0]?.fields.joules
}
`
  writeFileSync(join(project, 'wrong.ts'), wrong)
  const settings =
    '--noEmit --strict --skipLibCheck --module nodenext --target es2024 --types node site.test.ts wrong.ts'
  const types = spawnSync(join(ROOT, 'node_modules', '.bin', 'tsc'), settings.split(' '), {
    cwd: project,
    encoding: 'utf8',
  })
  expect(types.stdout).toBe('')
  const run = node(
    project,
    join(ROOT, 'node_modules', 'vitest', 'vitest.mjs'),
    'run',
    '--root',
    project,
    '--reporter',
    'tap-flat',
  )
  expect(run).toMatchObject({ status: 0, stdout: expect.stringMatching(/^1\.\.4$/m) })
})
