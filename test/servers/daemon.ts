/**
 * The daemon as a site runs it: `coldaisle run` as a process of its own, with a configuration in a folder of its own and
 * its page on a free port. Its store is read once it has stopped.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parse, stringify } from 'yaml'
import { parseConfig } from '../../src/config/config.ts'
import { exportJournal } from '../../src/commands/journal.ts'
import { createSite, type Site } from '../../src/site/site.ts'
import { openStore } from '../../src/store/store.ts'
import type { HistoryRow, JournalEntry } from '../../src/store/types.ts'
import { freePort, programPath, type Server } from './servers.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const MAIN = join(ROOT, 'src', 'main.ts')
const READY_MS = 30_000
const END_MS = 40_000
const MEASUREMENTS = ['energy', 'pue', 'climate', 'compliance', 'alarm', 'reading', 'quality']
const MINUTE_MS = 60_000

/** A running daemon; it keeps its folder and its port over `kill`, `stop` and `start`. */
export interface TestDaemon extends AsyncDisposable {
  readonly folder: string
  readonly storePath: string
  /** Of its page. */
  readonly url: string
  pid(): number
  /** Everything it has said so far, over all runs. */
  log(): string
  /** Starts it again; resolves when /readyz says so. */
  start(): Promise<void>
  /** SIGTERM; gives the exit code, or the name of the signal that ended it. */
  stop(): Promise<number | string>
  /** SIGKILL, as a power cut would. */
  kill(): Promise<void>
  /** Gives the exit code of a daemon that ends of its own accord. */
  ended(): Promise<number | string>
  /** Puts another configuration in the place of its own, and says so (SIGHUP). */
  reload(text: string): void
  /** Samples of /metrics by name with labels. */
  metrics(): Promise<Map<string, number>>
  /** Asks the module that was preloaded into it, and gives what that sends. */
  askInside(question: string): Promise<unknown>
}

export interface DaemonOptions {
  /** Resolve once /readyz says so, not as soon as the process is there. */
  ready?: boolean
  /** What it is started as. */
  command?: 'run' | 'edge'
  /** `src/main.ts` of another checkout. */
  main?: string
  /** A module that is loaded before it, and answers `askInside`. */
  preload?: string
  /** What its environment has besides ours. */
  env?: Readonly<Record<string, string>>
}

/** A configuration of config/, with other sections in place of its own; undefined takes one out. */
export function siteText(name: 'example' | 'demo', sections: Record<string, unknown>): string {
  const written: Record<string, unknown> = parse(readFileSync(join(ROOT, 'config', `${name}.yaml`), 'utf8'))
  return stringify({ ...written, ...sections })
}

/** The site of a configuration's text. */
export function siteOf(text: string): Site {
  const read = parseConfig(text, { file: '/nowhere/site.yaml' })
  if ('faults' in read) throw new Error(JSON.stringify(read.faults))
  return createSite(read.config)
}

/**
 * Starts a daemon on a configuration that says nothing of page and store, or says them itself; with `ready` false only
 * the process.
 */
export async function startDaemon(text: string, { ready = true, ...how }: DaemonOptions = {}): Promise<TestDaemon> {
  const folder = mkdtempSync(join(tmpdir(), 'coldaisle-daemon-'))
  const file = join(folder, 'site.yaml')
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const own = { http: { listen: `127.0.0.1:${port}` }, store: { path: './store' } }
  const write = (next: string): void => {
    const endMark = next.endsWith('\n...\n') ? '...\n' : ''
    writeFileSync(file, stringify({ ...own, ...(parse(next) as object) }) + endMark)
  }
  write(text)
  const run = createRun(file, how)
  async function start(): Promise<void> {
    run.start()
    if (ready) await until('the daemon is ready', READY_MS, () => isReady(run, url))
  }
  const daemon: TestDaemon = {
    folder,
    url,
    storePath: join(folder, 'store'),
    pid: () => run.pid(),
    log: () => run.log(),
    start,
    stop: () => run.end('SIGTERM'),
    kill: async () => void (await run.end('SIGKILL')),
    ended: () => run.ended(),
    reload(next) {
      write(next)
      process.kill(run.pid(), 'SIGHUP')
    },
    metrics: async () => samplesOf(await (await fetch(`${url}/metrics`)).text()),
    askInside: (question) => run.ask(question),
    async [Symbol.asyncDispose]() {
      await run.end('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
  try {
    await start()
    return daemon
  } catch (error) {
    await daemon[Symbol.asyncDispose]()
    throw error
  }
}

interface Run {
  start(): void
  pid(): number
  isRunning(): boolean
  log(): string
  end(signal: NodeJS.Signals): Promise<number | string>
  ended(): Promise<number | string>
  ask(question: string): Promise<unknown>
}

function createRun(file: string, { main = MAIN, command = 'run', preload, env = {} }: DaemonOptions): Run {
  const [nodeArgs, channel] = preload === undefined ? [[], []] : [['--import', preload], ['ipc' as const]]
  let child: ChildProcess | undefined
  let text = ''
  let exit = Promise.resolve<number | string>('never started')
  const isRunning = (): boolean => child !== undefined && child.exitCode === null && child.signalCode === null
  const endWithUs = (): void => void (isRunning() && child?.kill('SIGKILL'))
  function start(): void {
    const begun = spawn(process.execPath, [...nodeArgs, main, command, '--config', file], {
      stdio: ['ignore', 'pipe', 'pipe', ...channel],
      env: { ...process.env, ...env },
    })
    child = begun
    process.once('exit', endWithUs)
    for (const stream of [begun.stdout, begun.stderr]) {
      stream?.setEncoding('utf8')
      stream?.on('data', (part: string) => (text += part))
    }
    exit = new Promise((resolve) => {
      // Not `exit`: what it said last would be missing.
      begun.once('close', (code, signal) => {
        process.off('exit', endWithUs)
        resolve(code ?? signal ?? 'unknown')
      })
    })
  }
  async function ended(): Promise<number | string> {
    const impatience = setTimeout(() => child?.kill('SIGKILL'), END_MS)
    const code = await exit
    clearTimeout(impatience)
    return code
  }
  return {
    start,
    ended,
    isRunning,
    log: () => text,
    pid() {
      if (child?.pid === undefined || !isRunning()) throw new Error(`the daemon does not run:\n${text}`)
      return child.pid
    },
    end(signal) {
      if (isRunning()) child?.kill(signal)
      return ended()
    },
    ask(question) {
      const { promise, resolve } = Promise.withResolvers<unknown>()
      child?.once('message', resolve)
      child?.send(question)
      return promise
    },
  }
}

async function isReady(run: Run, url: string): Promise<boolean> {
  if (!run.isRunning()) throw new Error(`the daemon ended before it was ready:\n${run.log()}`)
  const answer = await fetch(`${url}/readyz`).catch((error: unknown) => error)
  return answer instanceof Response && answer.ok
}

function samplesOf(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  )
}

/** Waits until it is so; fails with the name of what did not come. */
export async function until(what: string, limitMs: number, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const endMs = Date.now() + limitMs; !(await isSo()); await sleep(50)) {
    if (Date.now() > endMs) throw new Error(`${what}: not within ${limitMs / 1000} s`)
  }
}

/** What a stopped daemon left: its journal, the same as a recording, and its rows, the last of each key. */
export interface Left {
  journal: JournalEntry[]
  lines: string[]
  rows: HistoryRow[]
  /** Rows that still wait for the database. */
  waiting: number
}

/** `fromMs` to `toMs`: the time of the rows to read. */
export async function readStore(path: string, fromMs: number, toMs: number): Promise<Left> {
  await using store = await openStore({ path, journalDays: 3650, journalBytes: 1e12, rowReceivers: ['influx'] })
  const left: Left = { journal: [], lines: [], rows: [], waiting: store.depth().rows }
  for await (const entries of store.journal(store.start().firstSeq)) left.journal.push(...entries)
  await exportJournal(store, 'dc5', (lines) => void left.lines.push(...lines.trimEnd().split('\n')))
  const limit = 20_000
  for (const measurement of MEASUREMENTS) {
    for (let atMs = fromMs; atMs <= toMs; atMs += MINUTE_MS) {
      const rows = await store.history(measurement, { fromMs: atMs, toMs: atMs + MINUTE_MS - 1, limit })
      if (rows.length === limit) throw new Error(`a minute has more than ${limit} rows of ${measurement}`)
      for (const row of rows) left.rows.push(row)
    }
  }
  return left
}

/** Retained messages under a topic filter, by topic. `waitS`: mosquitto_sub ends after so long, or at `most` messages. */
export function retained(broker: Server, filter: string, waitS: number, most = 10_000): Map<string, string> {
  const args = ['-p', String(broker.port), '-t', filter, '-W', String(waitS), '-C', String(most), '-F', '%t %p']
  const { stdout } = spawnSync(programPath('mosquitto_sub') ?? 'mosquitto_sub', args, { encoding: 'utf8' })
  const lines = stdout.split('\n').filter((line) => line !== '')
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]))
}

/** Waits until the daemon hears everything: it says that it runs behind its subscriptions, on the same connection. */
export async function subscribed(broker: Server, site: string): Promise<void> {
  const topic = `coldaisle/${site}/status`
  await until('the daemon has subscribed', READY_MS, () =>
    (retained(broker, topic, 1, 1).get(topic) ?? '').includes('running'),
  )
}

/** Rows of an InfluxQL query, tags that it groups by among the columns; `time` in ms. */
export async function ask(influx: Server, query: string): Promise<Record<string, string | number | boolean>[]> {
  const url = `${influx.url}/query?db=coldaisle&epoch=ms&q=${encodeURIComponent(query)}`
  const answer = (await (await fetch(url)).json()) as {
    results: { error?: string; series?: { tags?: object; columns: string[]; values: unknown[][] }[] }[]
  }
  const [result] = answer.results
  if (result?.error !== undefined) throw new Error(`${query}: ${result.error}`)
  return (result?.series ?? []).flatMap(({ tags, columns, values }) =>
    values.map((row) => ({ ...tags, ...Object.fromEntries(columns.map((name, at) => [name, row[at]])) })),
  ) as Record<string, string | number | boolean>[]
}
