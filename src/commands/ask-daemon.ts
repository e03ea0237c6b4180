import { BadInput } from '../config/bad-input.ts'
import type { Config } from '../config/config.ts'
import { parseListenAddress, urlOfListener } from '../config/listen-address.ts'
import { messageOf } from './ending.ts'

/** A question to the HTTP API of the daemon that runs: `path` stands below `/api/v1/`. */
interface Question {
  path: string
  parameters: Readonly<Record<string, string>>
  /** How long the daemon may take to answer. */
  limitMs: number
}

/**
 * Asks the daemon of this configuration and gives the body of its answer, parsed. Throws `BadInput` for no answer, none
 * in time, a refusal, or an answer that is not the daemon's. It names the address and says what to do.
 */
export async function askDaemon({ http }: Pick<Config, 'http'>, question: Question): Promise<unknown> {
  const address = parseListenAddress(http.listen)
  if (address === undefined) throw new BadInput(`http.listen: ${http.listen} is no address, such as 127.0.0.1:8080`)
  const base = urlOfListener('http', address)
  const { status, text } = await fetchText(base, question)
  if (status >= 400) throw new BadInput(`the daemon at ${base} refused the question (${status}): ${text.trim()}`)
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new BadInput(`${base} is not this daemon: its answer is no JSON; compare http.listen`, { cause: error })
  }
}

async function fetchText(
  base: string,
  { path, parameters, limitMs }: Question,
): Promise<{ status: number; text: string }> {
  const url = `${base}/api/v1/${path}?${String(new URLSearchParams(parameters))}`
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(limitMs) })
    return { status: answer.status, text: await answer.text() }
  } catch (error) {
    const isLate = error instanceof Error && error.name === 'TimeoutError'
    const what = isLate ? `does not answer within ${limitMs / 1000} s` : `does not answer (${causeOf(error)})`
    const todo = isLate ? 'try again, or look at its log' : 'compare http.listen with that of the daemon that runs'
    throw new BadInput(`the store is in use, but the daemon at ${base} ${what}: ${todo}`, { cause: error })
  }
}

/** `fetch` says only "fetch failed"; the reason is in its cause. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code
  return messageOf(cause ?? error)
}
