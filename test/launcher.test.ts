import { execFileSync, spawn, spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'coldaisle-launcher-'))
const old = oldNode()
const pinned = existsSync(join(ROOT, 'node_modules', `node-${process.platform}-${process.arch}`))
const withoutOld = old === undefined ? ': skipped, no Node older than 24 on this machine' : ''
const withoutPinned = pinned ? withoutOld : ': skipped, no pinned Node installed'

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A Node below 24 in PATH, the ones that packages bring left out. */
function oldNode(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((path) => !path.includes('node_modules'))
  return folders
    .map((path) => join(path, 'node'))
    .find(
      (path) => existsSync(path) && Number(/^v(\d+)/.exec(execFileSync(path, ['-v'], { encoding: 'utf8' }))?.[1]) < 24,
    )
}

/** A package with the real launcher and a main.ts of its own; gives the launcher's path. */
function install(name: string, main: string, modules: boolean): string {
  const root = join(folder, name)
  mkdirSync(join(root, 'src'), { recursive: true })
  writeFileSync(join(root, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(root, 'src', 'main.ts'), main)
  copyFileSync(join(ROOT, 'src', 'coldaisle.mjs'), join(root, 'src', 'coldaisle.mjs'))
  if (modules) symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'))
  return join(root, 'src', 'coldaisle.mjs')
}

const ECHO = `const answer: unknown = { major: process.versions.node.split('.')[0], args: process.argv.slice(2) }
console.log(JSON.stringify(answer))
process.exitCode = 2`

test('under Node 24 it is main.ts, in the same process', () => {
  const run = spawnSync(process.execPath, [install('same', ECHO, false), 'check', '--config', 'a b.yaml'])
  expect(run.stdout.toString()).toBe('{"major":"24","args":["check","--config","a b.yaml"]}\n')
  expect(run.status).toBe(2)
})

test.skipIf(withoutPinned)(
  `under an old Node it runs the pinned one, with arguments and exit code${withoutPinned}`,
  () => {
    const run = spawnSync(old ?? '', [install('relaunch', ECHO, true), 'check', '--config', 'a b.yaml'])
    expect(run.stderr.toString()).toBe('')
    expect(run.stdout.toString()).toBe('{"major":"24","args":["check","--config","a b.yaml"]}\n')
    expect(run.status).toBe(2)
  },
)

test.skipIf(withoutPinned)(`through a link, as npm installs commands${withoutPinned}`, () => {
  const link = join(folder, 'coldaisle')
  symlinkSync(install('linked', ECHO, true), link)
  expect(spawnSync(old ?? '', [link]).stdout.toString()).toBe('{"major":"24","args":[]}\n')
})

test.skipIf(withoutOld)(`an old Node alone is told what to do${withoutOld}`, () => {
  const run = spawnSync(old ?? '', [install('alone', ECHO, false)])
  expect(run.stdout.toString()).toBe('')
  expect(run.stderr.toString()).toMatch(/needs Node 24 or newer, this is \d+\.\d+\.\d+ \(.*npm ci/s)
  expect(run.status).toBe(1)
})

test.skipIf(withoutOld)(`the installed package explains itself without a checkout's command${withoutOld}`, () => {
  const launcher = install('installed', ECHO, false)
  renameSync(join(dirname(launcher), 'main.ts'), join(dirname(launcher), 'main.js'))
  const run = spawnSync(old ?? '', [launcher])
  expect(run.stderr.toString()).toMatch(
    /needs Node 24 or newer, this is .*Install Node 24 \(https:\/\/nodejs\.org\)\.\n$/s,
  )
  expect(run.stderr.toString()).not.toContain('npm ci')
  expect(run.status).toBe(1)
})

const WAIT = `process.once('SIGTERM', () => { console.log('asked to stop'); process.exit(3) })
setInterval(() => {}, 1000)
console.log(process.pid)`

/** Starts the daemon through the launcher; when it has told its id, `act` gets both ids. Gives what came of it. */
async function live(
  name: string,
  act: (launcher: number, daemon: number) => void,
): Promise<[text: string, code: unknown]> {
  const launcher = spawn(old ?? '', [install(name, WAIT, true)], { stdio: ['ignore', 'pipe', 'ignore'] })
  const ended = new Promise((resolve) => launcher.once('exit', resolve))
  let daemon = 0
  const impatience = setTimeout(() => process.kill(daemon, 'SIGKILL'), 10_000)
  let text = ''
  for await (const part of launcher.stdout) {
    text += String(part)
    if (daemon !== 0 || !text.endsWith('\n')) continue
    daemon = Number(text)
    act(launcher.pid ?? 0, daemon)
  }
  clearTimeout(impatience)
  return [text.replace(String(daemon), 'id'), await ended]
}

test.skipIf(withoutPinned)(`SIGTERM reaches the daemon, and its answer comes back${withoutPinned}`, async () => {
  const outcome = await live('term', (launcher) => process.kill(launcher, 'SIGTERM'))
  expect(outcome).toEqual(['id\nasked to stop\n', 3])
})

test.skipIf(withoutPinned)(`a daemon that was killed is reported as killed${withoutPinned}`, async () => {
  const outcome = await live('kill', (_launcher, daemon) => process.kill(daemon, 'SIGKILL'))
  expect(outcome).toEqual(['id\n', 128 + 9])
})

const withoutTerminal =
  spawnSync('python3', ['-c', 'import pty']).status === 0 ? withoutPinned : ': skipped, no python3'

test.skipIf(withoutTerminal)(
  `when its terminal is closed, what it runs stops in order and the old Node does not abort${withoutTerminal}`,
  () => {
    const stopped = join(folder, 'stopped')
    const main = `import { writeFileSync } from 'node:fs'
process.on('SIGHUP', () => {
  writeFileSync(${JSON.stringify(stopped)}, 'in order')
  process.exit(0)
})
setInterval(() => {}, 1_000)
console.log('running')`
    const steps = JSON.stringify([{ wait: 'running' }, { close: true }])
    const driver = join(ROOT, 'test', 'servers', 'terminal.py')
    const run = spawnSync('python3', [driver, steps, old ?? '', install('terminal', main, true)], { encoding: 'utf8' })
    expect(JSON.parse(run.stdout)).toMatchObject({ code: -constants.signals.SIGHUP })
    expect(readFileSync(stopped, 'utf8')).toBe('in order')
  },
)
