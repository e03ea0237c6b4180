/** Processes of the bench's own: each does one thing, so that its CPU time is told apart from what is measured. */
import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** A running process; it is killed when disposed or past its limit. */
export interface Own<T> extends AsyncDisposable {
  readonly pid: number
  /** It can be relied on from here: it has connected, it listens. What it says of that. */
  readonly ready: Promise<unknown>
  /** What it found, at its end. */
  readonly result: Promise<T>
  ask<A>(question: string): Promise<A>
}

interface Message {
  ready?: unknown
  result?: unknown
  answer?: unknown
  fault?: string
}

export function startOwn<T>(
  script: string,
  args: readonly (string | number)[],
  { limitMs = 120_000, nodeArgs = [] as string[] } = {},
): Own<T> {
  const file = fileURLToPath(new URL(`own/${script}.ts`, import.meta.url))
  const child = fork(file, args.map(String), { execArgv: nodeArgs, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const [ready, result] = [Promise.withResolvers<unknown>(), Promise.withResolvers<T>()]
  const asked: PromiseWithResolvers<unknown>[] = []
  const fail = (error: Error): void => {
    for (const it of [ready, result, ...asked]) it.reject(error)
  }
  ready.promise.catch(keepForLater)
  result.promise.catch(keepForLater)
  child.on('message', (message: Message) => {
    if ('ready' in message) ready.resolve(message.ready)
    if ('result' in message) result.resolve(message.result as T)
    if ('answer' in message) asked.shift()?.resolve(message.answer)
    if (message.fault !== undefined) fail(new Error(`${script}: ${message.fault}`))
  })
  child.once('exit', (code, signal) => fail(new Error(`${script} ended with ${code ?? signal}`)))
  const endWithUs = (): void => void child.kill('SIGKILL')
  process.once('exit', endWithUs)
  const limit = setTimeout(() => {
    fail(new Error(`${script}: not within ${limitMs / 1000} s`))
    child.kill('SIGKILL')
  }, limitMs)
  return {
    pid: child.pid ?? 0,
    ready: ready.promise,
    result: result.promise,
    async ask<A>(question: string) {
      const answer = Promise.withResolvers<unknown>()
      asked.push(answer)
      child.send(question)
      return (await answer.promise) as A
    },
    async [Symbol.asyncDispose]() {
      clearTimeout(limit)
      process.off('exit', endWithUs)
      await ended(child)
    },
  }
}

/** Runs one to its end and gives what it found. */
export async function runOwn<T>(...[script, args, options]: Parameters<typeof startOwn>): Promise<T> {
  await using own = startOwn<T>(script, args, options)
  return await own.result
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const { promise, resolve } = Promise.withResolvers<void>()
  child.once('exit', () => resolve())
  child.kill('SIGKILL')
  await promise
}

/** Whoever awaits the promise gets its error; nobody may. */
function keepForLater(error: unknown): unknown {
  return error
}
