import { request as requestPlain, type IncomingMessage } from 'node:http'
import { request as requestSecure } from 'node:https'
import { text as textOf } from 'node:stream/consumers'
import { BadInput } from '../config/bad-input.ts'
import type { Config } from '../config/config.ts'
import { parseListenAddress, urlOfListener } from '../config/listen-address.ts'
import { readNamedFile } from '../config/files/secret-file.ts'
import { readLocalToken } from '../config/accounts/local-token.ts'
import { messageOf } from './ending.ts'

/** What of a configuration tells how its daemon is asked. */
interface Asked {
  http: Pick<Config['http'], 'listen' | 'certFile' | 'keyFile' | 'caFile' | 'accountsFile'>
  store?: Pick<Config['store'], 'path'>
}

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
export async function askDaemon(config: Asked, question: Question): Promise<unknown> {
  const { http } = config
  const address = parseListenAddress(http.listen)
  if (address === undefined) throw new BadInput(`http.listen: ${http.listen} is no address, such as 127.0.0.1:8080`)
  const base = urlOfListener(http.certFile === undefined ? 'http' : 'https', address)
  const { status, text } = await askText(config, base, question)
  if (status >= 400) throw new BadInput(`the daemon at ${base} refused the question (${status}): ${text.trim()}`)
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new BadInput(`${base} is not this daemon: its answer is no JSON; compare http.listen`, { cause: error })
  }
}

async function askText(
  config: Asked,
  base: string,
  { path, parameters, limitMs }: Question,
): Promise<{ status: number; text: string }> {
  const url = `${base}/api/v1/${path}?${String(new URLSearchParams(parameters))}`
  const signal = AbortSignal.timeout(limitMs)
  try {
    const answer = await responseOf(config, url, signal)
    return { status: answer.statusCode ?? 0, text: await textOf(answer) }
  } catch (error) {
    const what = signal.aborted ? `does not answer within ${limitMs / 1000} s` : `does not answer (${causeOf(error)})`
    const todo = signal.aborted
      ? 'try again, or look at its log'
      : 'compare http.listen with that of the daemon that runs'
    throw new BadInput(`the store is in use, but the daemon at ${base} ${what}: ${todo}`, { cause: error })
  }
}

/**
 * Over TLS the daemon is known by its very certificate, whatever name that was made for. Where it asks for one, we show
 * the same: it is let in if the authorities of `caFile` have made it.
 */
function responseOf({ http, store }: Asked, url: string, signal: AbortSignal): Promise<IncomingMessage> {
  const token = http.accountsFile === undefined || store === undefined ? undefined : readLocalToken(store.path)
  const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` }
  return new Promise((resolve, reject) => {
    const asked =
      http.certFile === undefined
        ? requestPlain(url, { headers, signal })
        : requestSecure(url, {
            headers,
            signal,
            ca: readNamedFile('http.certFile', http.certFile),
            ...(http.caFile === undefined || http.keyFile === undefined
              ? {}
              : {
                  cert: readNamedFile('http.certFile', http.certFile),
                  key: readNamedFile('http.keyFile', http.keyFile),
                }),
            allowPartialTrustChain: true,
            checkServerIdentity: () => undefined,
          })
    asked.once('response', resolve).once('error', reject).end()
  })
}

function causeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : messageOf(error)
}
