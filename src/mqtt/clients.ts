import { createHmac, randomBytes } from 'node:crypto'
import type { AccountBook } from '../config/accounts/book.ts'
import type { DeviceAccount } from '../config/accounts/file.ts'
import { LOCAL } from '../config/accounts/local-token.ts'
import { digestOf, isPassword, isSameDigest } from '../config/accounts/passwords.ts'

/** A client of the embedded broker that has shown its account; `password` is the hash that its password fitted. */
export interface Login {
  readonly name: string
  readonly password: string
}

/** What a client may do. */
export type ClientRights = Pick<DeviceAccount, 'publish' | 'subscribe' | 'commands'>

/** Clients of the embedded broker by the file of accounts, as it is now. */
export interface ClientAccounts {
  /** Resolves with who a client is, or why it is not let in. `isBusy`: it may try again. */
  login(from: string, name: string, password: string): Promise<Login | { reason: string; isBusy: boolean }>
  /** Its rights by now; undefined: its account is gone, or has another password. */
  rightsOf(login: Login): ClientRights | undefined
  /** The topic of commands to this site. */
  readonly commands: string
}

interface ClientAccountsOptions {
  accounts: AccountBook
  /** The secret of this machine's own commands, which give orders to the daemon. */
  localToken: string
  commands: string
  clock: () => number
}

/** Passwords that are worked out at once, and that wait for it: each takes 32 MiB and a thread for a while. */
const AT_ONCE = 2
const MOST_WAITING = 500
/** Wrong passwords a minute from one address; what comes then is not worked out any more. */
const MOST_WRONG = 5
const MINUTE_MS = 60_000
const LOCAL_RIGHTS: ClientRights = { publish: [], subscribe: [], commands: true }

/**
 * A password is worked out once; after that a keyed digest of it is known as long as the daemon runs. So hundreds of
 * devices that come back at once are let in at once. Wrong passwords from their address do not keep them out.
 */
export function createClientAccounts({ accounts, localToken, commands, clock }: ClientAccountsOptions): ClientAccounts {
  const key = randomBytes(32)
  const digestUnderKey = (password: string) => createHmac('sha256', key).update(password).digest('hex')
  const known = new Map<string, { password: string; digest: string }>()
  const local: Login = { name: LOCAL, password: digestOf(localToken) }
  const wrong = createWrongTries(clock)
  const turns = createTurns()
  const deviceOf = (name: string): DeviceAccount | undefined => {
    const { devices } = accounts.now()
    return Object.hasOwn(devices, name) ? devices[name] : undefined
  }
  const isKnown = (name: string, hash: string | undefined, password: string): boolean => {
    const before = known.get(name)
    return before !== undefined && before.password === hash && isSameDigest(before.digest, digestUnderKey(password))
  }
  return {
    commands,
    async login(from, name, password) {
      if (name === LOCAL && isSameDigest(digestOf(password), local.password)) return local
      const device = deviceOf(name)
      if (device !== undefined && isKnown(name, device.password, password)) return { name, password: device.password }
      if (wrong.isMany(from)) return { reason: 'too many wrong passwords from one address', isBusy: true }
      if (!(await turns.begin())) return { reason: 'too many passwords to work out at once', isBusy: true }
      const isRight = await isPassword(password, device?.password).finally(() => turns.end())
      if (!isRight || device === undefined) {
        wrong.add(from)
        return { reason: 'a wrong name or password', isBusy: false }
      }
      known.set(name, { password: device.password, digest: digestUnderKey(password) })
      return { name, password: device.password }
    },
    rightsOf({ name, password }) {
      if (name === LOCAL && password === local.password) return LOCAL_RIGHTS
      const device = deviceOf(name)
      return device?.password === password ? device : undefined
    },
  }
}

/** Two work, the others wait for their turn, in order; nobody waits in a queue that is full. */
function createTurns() {
  let working = 0
  const waiting: (() => void)[] = []
  return {
    async begin(): Promise<boolean> {
      if (working < AT_ONCE) working++
      else if (waiting.length >= MOST_WAITING) return false
      else await new Promise<void>((resolve) => waiting.push(resolve))
      return true
    },
    end(): void {
      const next = waiting.shift()
      if (next === undefined) working--
      else next()
    },
  }
}

function createWrongTries(clock: () => number) {
  const tries = new Map<string, { count: number; sinceMs: number }>()
  const isOver = ({ sinceMs }: { sinceMs: number }) => Math.abs(clock() - sinceMs) >= MINUTE_MS
  return {
    isMany(from: string): boolean {
      const own = tries.get(from)
      return own !== undefined && !isOver(own) && own.count >= MOST_WRONG
    },
    add(from: string): void {
      for (const [address, own] of tries) if (isOver(own)) tries.delete(address)
      const own = tries.get(from) ?? { count: 0, sinceMs: clock() }
      tries.set(from, { ...own, count: own.count + 1 })
    },
  }
}

/** Whether a client may publish to a topic. Below coldaisle/ that is the topic of commands alone. */
export function mayPublish(topic: string, rights: ClientRights, commands: string): boolean {
  if (topic === commands) return rights.commands
  return !isBelow(topic, 'coldaisle') && rights.publish.some((prefix) => isBelow(topic, prefix))
}

/** Whether a client may subscribe to a filter. Who gives commands may read what the daemon tells of its site. */
export function maySubscribe(filter: string, rights: ClientRights, commands: string): boolean {
  const site = commands.slice(0, commands.lastIndexOf('/'))
  const allowed = rights.commands ? [...rights.subscribe, site] : rights.subscribe
  return allowed.some((prefix) => isBelow(filter, prefix))
}

/** Whether a topic, or all topics of a filter, begin with these levels. */
function isBelow(topic: string, prefix: string): boolean {
  const levels = prefix.endsWith('/') ? prefix.slice(0, -1) : prefix
  return topic === levels || topic.startsWith(`${levels}/`)
}
