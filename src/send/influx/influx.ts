import { InfluxDB } from 'influx'
import type { ISingleHostConfig } from 'influx'

import type { Config } from '../../config/config.ts'
import { createClientTls, type ClientTls } from '../../config/files/client-tls.ts'
import { readSecretText } from '../../config/files/secret-file.ts'
import { answerOf, cleaned } from './answer.ts'
import type { WriteAnswer, ServerReply } from './answer.ts'
import type { Lines } from './batch.ts'
import { createInfluxLink } from './link.ts'
import type { InfluxLink } from './link.ts'

export type { WriteAnswer } from './answer.ts'

export type InfluxConfig = NonNullable<Config['influx']>

/** Lines of one write: some 5 ms of the event loop to encode, and under 1 MB. */
export const MAX_BATCH_ROWS = 5_000

/** InfluxDB behind one door. No call rejects for what the world does; reasons carry no credentials. */
export interface InfluxDoor {
  /** Writes at most `MAX_BATCH_ROWS` rows as lines (rows/line-protocol.ts), stamped in ms. */
  write(lines: Lines): Promise<WriteAnswer>
  /** Makes the database and the retention policy if they are missing and `createDatabase` is set. */
  prepare(): Promise<WriteAnswer>
  ping(): Promise<{ online: boolean; version: string | undefined }>
  /** Ends the connection; a write on its way is answered `kept`. */
  close(): void
}

interface Connection {
  link: InfluxLink
  client: InfluxDB
  /** Where lines are written, and what proves who we are. */
  writeUrl: URL
  headers: Record<string, string>
  /** Texts that no reason may show. */
  secrets: readonly string[]
}

interface Secrets {
  password: string | undefined
  token: string | undefined
  tls: ClientTls
}

/**
 * Opens the door; connects at the first call. Throws an `Error` if a password, token or certificate file cannot be
 * read. Passwords are read again for each new connection, and certificates that have changed make one. `onFiles` gets
 * why these cannot be used, or undefined once they can.
 */
export async function openInflux(
  config: InfluxConfig,
  timeoutMs = 10_000,
  onFiles: (fault: string | undefined) => void = () => {},
): Promise<InfluxDoor> {
  const tls = createClientTls('influx', config, onFiles)
  let used = tls()
  const connectAnew = (): Connection => connect(config, timeoutMs, readSecrets(config, used))
  let connection: Connection | undefined = connectAnew()
  let secrets = connection.secrets
  let turn: Promise<unknown> = Promise.resolve()

  /** Asks over the open connection, or a new one. After a failure or a refused account the next question opens anew. */
  async function over<Result>(
    question: (open: Connection) => Promise<ServerReply<Result>>,
  ): Promise<ServerReply<Result>> {
    const before = used
    used = tls()
    if (used !== before) {
      connection?.link.close()
      connection = undefined
    }
    const open = connection ?? attempt(connectAnew)
    if (open instanceof Error) return { kind: 'unready', reason: open.message }
    connection = open
    secrets = open.secrets
    const reply = await question(open)
    if (reply.kind === 'failed' || (reply.kind === 'refused' && (reply.status === 401 || reply.status === 403))) {
      open.link.close()
      connection = undefined
    }
    return reply
  }

  const ask: Ask = (question) => over(({ link, client }) => link.ask(() => question(client), timeoutMs))

  async function write({ utf8, count }: Lines): Promise<WriteAnswer> {
    if (count === 0) return DONE
    if (count > MAX_BATCH_ROWS) return { kind: 'split' }
    return answerOf(await over(({ link, writeUrl, headers }) => link.post(writeUrl, headers, utf8, timeoutMs)))
  }

  /** One request at a time: an answer belongs to the request that its connection carries. */
  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const mine = turn.then(work)
    turn = mine.then(
      () => undefined,
      () => undefined,
    )
    return mine
  }

  return {
    write: (lines) => inTurn(async () => cleaned(await write(lines), secrets)),
    prepare: () => inTurn(async () => (config.createDatabase ? cleaned(await prepare(config, ask), secrets) : DONE)),
    ping: () => inTurn(() => ping(ask, timeoutMs)),
    close: () => connection?.link.close(),
  }
}

type Ask = <Result>(question: (client: InfluxDB) => Promise<Result>) => Promise<ServerReply<Result>>

const DONE: WriteAnswer = { kind: 'accepted' }

/** Looks before it creates: an account that may only write cannot create, and mostly need not. */
async function prepare({ database, retentionPolicy }: InfluxConfig, ask: Ask): Promise<WriteAnswer> {
  const databases = await ask((client) => client.getDatabaseNames())
  if (databases.kind !== 'answered') return answerOf(databases)
  if (!databases.result.includes(database)) {
    const created = await ask((client) => client.createDatabase(database))
    if (created.kind !== 'answered') return answerOf(created)
  }
  if (retentionPolicy === undefined) return DONE
  const policies = await ask((client) => client.showRetentionPolicies(database))
  if (policies.kind !== 'answered') return answerOf(policies)
  if (policies.result.some(({ name }) => name === retentionPolicy)) return DONE
  const policy = { database, duration: 'INF', replication: 1 }
  const created = await ask((client) => client.createRetentionPolicy(retentionPolicy, policy))
  return created.kind === 'answered' ? DONE : answerOf(created)
}

async function ping(ask: Ask, timeoutMs: number): Promise<{ online: boolean; version: string | undefined }> {
  const reply = await ask((client) => client.ping(timeoutMs))
  const [host] = reply.kind === 'answered' ? reply.result : []
  return { online: host?.online ?? false, version: host?.version ?? undefined }
}

function attempt<Result>(work: () => Result): Result | Error {
  try {
    return work()
  } catch (error) {
    if (error instanceof Error) return error
    throw error
  }
}

function connect(config: InfluxConfig, timeoutMs: number, { password, token, tls }: Secrets): Connection {
  const url = new URL(config.url)
  const scheme = url.protocol === 'https:' ? 'https' : 'http'
  const link = createInfluxLink(scheme, tls)
  const headers = token === undefined ? {} : { Authorization: `Token ${token}` }
  const options: ISingleHostConfig = {
    protocol: scheme,
    host: url.hostname,
    port: Number(url.port === '' ? (scheme === 'https' ? 443 : 80) : url.port),
    path: url.pathname.replace(/\/+$/, ''),
    options: { agent: link.agent, headers },
    database: config.database,
    // The drain tries again, not the client: it would shut the only host out for a while, and nobody could ask it.
    pool: { maxRetries: 0, requestTimeout: timeoutMs * 2, backoff: AT_ONCE },
  }
  // Left out, root:root would be sent; null is no account.
  Object.assign(options, { username: config.username ?? null, password: password ?? '' })
  return {
    link,
    client: new InfluxDB(options),
    writeUrl: writeUrlOf(config),
    headers: headersOf(config, password, token),
    secrets: secretsIn(config, password, token),
  }
}

const AT_ONCE = { getDelay: () => 0, next: () => AT_ONCE, reset: () => AT_ONCE }

function writeUrlOf({ url, database, retentionPolicy }: InfluxConfig): URL {
  const write = new URL(url)
  write.pathname = `${write.pathname.replace(/\/+$/, '')}/write`
  write.searchParams.set('db', database)
  write.searchParams.set('precision', 'ms')
  if (retentionPolicy !== undefined) write.searchParams.set('rp', retentionPolicy)
  return write
}

function headersOf({ username }: InfluxConfig, password: string | undefined, token: string | undefined) {
  const headers: Record<string, string> = {}
  if (username !== undefined) headers['Authorization'] = `Basic ${basicOf(username, password)}`
  if (token !== undefined) headers['Authorization'] = `Token ${token}`
  return headers
}

function basicOf(username: string, password = ''): string {
  return Buffer.from(`${username}:${password}`).toString('base64')
}

function readSecrets({ passwordFile, tokenFile }: InfluxConfig, tls: ClientTls): Secrets {
  return {
    password: passwordFile === undefined ? undefined : readSecretText('influx.passwordFile', passwordFile),
    token: tokenFile === undefined ? undefined : readSecretText('influx.tokenFile', tokenFile),
    tls,
  }
}

/** The secrets as they are and as they travel. */
function secretsIn({ username }: InfluxConfig, password: string | undefined, token: string | undefined): string[] {
  const basic = username === undefined ? undefined : basicOf(username, password)
  return [password, token, basic].filter((secret) => secret !== undefined && secret !== '') as string[]
}
