/**
 * Real programs for tests: found on this machine, started on loopback in a folder of their own, ended by their own id.
 *
 * A test that needs a program says so: `test.skipIf(!needs('mosquitto'))(…)`. What is missing is named at the end of the
 * run; where a run must be complete (`CI` is set) it is a failure.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { accessSync, appendFileSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { delimiter, join, relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { MISSES } from '../reporter.ts'

const READY_MS = 30_000
const STOP_MS = 10_000

/** The Debian package that brings each program. */
const PACKAGES = {
  mosquitto: 'mosquitto',
  mosquitto_pub: 'mosquitto-clients',
  mosquitto_sub: 'mosquitto-clients',
  mosquitto_passwd: 'mosquitto',
  influxd: 'influxdb',
  chromium: 'chromium',
  'prometheus-alertmanager': 'prometheus-alertmanager',
  'nats-server': 'nats-server',
  'docker-compose': 'docker-compose',
  'systemd-analyze': 'systemd',
  strace: 'strace',
  openssl: 'openssl',
}

export type Program = keyof typeof PACKAGES

/** A running program. It keeps its port and its folder over `kill` and `restart`; `stop` removes the folder. */
export interface Server extends AsyncDisposable {
  readonly port: number
  /** http://, mqtt:// or nats:// on 127.0.0.1, without a slash at the end. */
  readonly url: string
  readonly folder: string
  /** Process id of the run at hand, for a SIGSTOP or a look at its memory. */
  pid(): number
  /** Everything it has printed so far, over all runs. */
  log(): string
  /** SIGTERM, then SIGKILL after 10 s; the folder is gone afterwards. */
  stop(): Promise<void>
  /** SIGKILL, as a power cut would; the folder stays. */
  kill(): Promise<void>
  /** Starts it again, after a `SIGTERM` if it still runs; resolves when it is ready. */
  restart(): Promise<void>
}

/** What to start; `prepare` writes the files of one port and gives the arguments. */
export interface Recipe {
  program: Program
  scheme: 'http' | 'mqtt' | 'nats'
  /** Printed once it listens: proves that it is ours and not somebody else's on the same port. */
  ready: RegExp
  prepare(folder: string, port: number): string[] | Promise<string[]>
}

/** Where a program is, in PATH or among the daemons' usual places. */
export function programPath(name: Program): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin']
  return folders.map((folder) => join(folder, name)).find(isProgram)
}

export function have(name: Program): boolean {
  return programPath(name) !== undefined
}

/** Whether all are there. If not, the miss is noted for the reporter; under CI it throws. */
export function needs(...names: Program[]): boolean {
  const missing = names.filter((name) => !have(name))
  if (missing.length === 0) return true
  const text = missing.map((name) => `${name} (Debian: ${PACKAGES[name]})`).join(', ')
  if (inCi()) throw new Error(`CI tests everything, and this machine lacks ${text}`)
  const misses = process.env[MISSES]
  if (misses !== undefined) {
    appendFileSync(misses, `${relative(process.cwd(), expect.getState().testPath ?? '')} needs ${text}\n`)
  }
  return false
}

/** A TCP port that was free on 127.0.0.1 a moment ago. */
export async function freePort(): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const probe = createServer()
  probe.once('error', reject)
  probe.listen(0, '127.0.0.1', () => {
    const address = probe.address()
    probe.close(() =>
      address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port was given')),
    )
  })
  return promise
}

/**
 * A broker. `config` lines follow `listener PORT 127.0.0.1`; a default (anonymous, persistent, no queue limit) gives way
 * to a line with the same first word. Files that the lines name as `{folder}/…` are written by `prepare`.
 */
export async function startMosquitto(
  options: { config?: readonly string[]; prepare?: (folder: string) => void } = {},
): Promise<Server> {
  return startServer({
    program: 'mosquitto',
    scheme: 'mqtt',
    ready: /mosquitto version \S+ running/,
    prepare(folder, port) {
      options.prepare?.(folder)
      const config = (options.config ?? []).map((line) => line.replaceAll('{folder}', folder))
      const taken = new Set(config.map((line) => line.split(' ')[0]))
      const defaults = [
        `user ${userInfo().username}`, // started by root, it would give up the right to its own folder
        'allow_anonymous true',
        'persistence true',
        `persistence_location ${folder}/`,
        'max_queued_messages 0',
        'log_dest stderr',
      ].filter((line) => !taken.has(line.split(' ')[0]))
      const file = join(folder, 'mosquitto.conf')
      writeFileSync(file, [`listener ${port} 127.0.0.1`, ...defaults, ...config, ''].join('\n'))
      return ['-c', file]
    },
  })
}

/** An InfluxDB 1.x with an empty store. `http` lines go into its TOML's [http] table (`auth-enabled = true`), `config` behind it. */
export async function startInfluxd(options: { config?: string; http?: string } = {}): Promise<Server> {
  return startServer({
    program: 'influxd',
    scheme: 'http',
    ready: /Listening on HTTP/,
    async prepare(folder, port) {
      const file = join(folder, 'influxdb.toml')
      writeFileSync(file, influxConfig(folder, port, await freePort(), options))
      return ['-config', file]
    },
  })
}

function influxConfig(
  folder: string,
  port: number,
  rpcPort: number,
  { config = '', http = '' }: { config?: string; http?: string },
): string {
  return `
reporting-disabled = true
bind-address = "127.0.0.1:${rpcPort}"
[meta]
dir = "${folder}/meta"
[data]
dir = "${folder}/data"
wal-dir = "${folder}/wal"
[monitor]
store-enabled = false
[http]
bind-address = "127.0.0.1:${port}"
log-enabled = false
${http}
${config}
`
}

/** An Alertmanager of its own, without a cluster; `config` is its YAML. */
export async function startAlertmanager(config: string): Promise<Server> {
  return startServer({
    program: 'prometheus-alertmanager',
    scheme: 'http',
    ready: /msg="Listening on"/,
    prepare(folder, port) {
      const file = join(folder, 'alertmanager.yml')
      writeFileSync(file, config)
      return [
        `--config.file=${file}`,
        `--storage.path=${join(folder, 'state')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--cluster.listen-address=',
      ]
    },
  })
}

/** A NATS server of its own with JetStream in its folder; `config` lines follow in its nats.conf. */
export async function startNats(config: readonly string[] = []): Promise<Server> {
  return startServer({
    program: 'nats-server',
    scheme: 'nats',
    ready: /Server is ready/,
    prepare(folder, port) {
      const file = join(folder, 'nats.conf')
      const jetstream = `jetstream { store_dir: "${join(folder, 'jetstream')}" }`
      writeFileSync(file, [`listen: "127.0.0.1:${port}"`, jetstream, ...config, ''].join('\n'))
      return ['-c', file]
    },
  })
}

/** Starts a program on a free port and waits until it says that it listens. A lost race for the port is tried again. */
export async function startServer(recipe: Recipe): Promise<Server> {
  for (let attempt = 1; ; attempt += 1) {
    const folder = mkdtempSync(join(tmpdir(), `coldaisle-${recipe.program}-`))
    const port = await freePort()
    const run = createRun(recipe, folder, port)
    try {
      await run.start()
      return serverOf(recipe, folder, port, run)
    } catch (error) {
      await run.end('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
      if (attempt === 5 || !/in use/i.test(run.log())) throw error
    }
  }
}

function serverOf(recipe: Recipe, folder: string, port: number, run: Run): Server {
  async function stop(): Promise<void> {
    await run.end('SIGTERM')
    rmSync(folder, { recursive: true, force: true })
  }
  return {
    port,
    url: `${recipe.scheme}://127.0.0.1:${port}`,
    folder,
    pid: run.pid,
    log: run.log,
    stop,
    kill: () => run.end('SIGKILL'),
    async restart() {
      await run.end('SIGTERM')
      await run.start()
    },
    [Symbol.asyncDispose]: stop,
  }
}

interface Run {
  start: () => Promise<void>
  end: (signal: 'SIGTERM' | 'SIGKILL') => Promise<void>
  pid: () => number
  log: () => string
}

function createRun(recipe: Recipe, folder: string, port: number): Run {
  let child: ChildProcess | undefined
  let text = ''
  let startedAt = 0
  const endWithUs = (): void => void (child !== undefined && isRunning(child) && child.kill('SIGKILL'))

  async function start(): Promise<void> {
    const args = await recipe.prepare(folder, port)
    const path = programPath(recipe.program)
    if (path === undefined) throw new Error(`${recipe.program} is not installed (Debian: ${PACKAGES[recipe.program]})`)
    startedAt = text.length
    const begun = spawn(path, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
    child = begun
    process.once('exit', endWithUs)
    for (const stream of [begun.stdout, begun.stderr]) {
      stream.setEncoding('utf8')
      stream.on('data', (part: string) => (text += part))
    }
    let failure: Error | undefined
    begun.once('error', (error) => (failure = error))
    for (const untilMs = Date.now() + READY_MS; !recipe.ready.test(text.slice(startedAt)); await sleep(10)) {
      if (failure !== undefined) throw new Error(`${recipe.program} did not start`, { cause: failure })
      if (!isRunning(begun)) throw new Error(`${recipe.program} ended before it was ready:\n${text.slice(startedAt)}`)
      if (Date.now() > untilMs) throw new Error(`${recipe.program} is not ready after ${READY_MS} ms:\n${text}`)
    }
  }

  async function end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    process.off('exit', endWithUs)
    const ending = child
    if (ending === undefined || ending.pid === undefined || !isRunning(ending)) return
    const { promise, resolve } = Promise.withResolvers<void>()
    ending.once('exit', () => resolve())
    ending.kill(signal)
    const impatience = setTimeout(() => ending.kill('SIGKILL'), STOP_MS)
    await promise
    clearTimeout(impatience)
  }

  function pid(): number {
    if (child?.pid === undefined || !isRunning(child)) throw new Error(`${recipe.program} does not run`)
    return child.pid
  }

  return { start, end, pid, log: () => text }
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false // not there or not ours to run: for us the same
  }
}

function inCi(): boolean {
  const ci = process.env['CI'] ?? ''
  return ci !== '' && ci !== 'false' && ci !== '0'
}
