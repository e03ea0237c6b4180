import { readAccounts, type Accounts, type DeviceAccount } from './file.ts'
import { fileMark } from '../files/secret-file.ts'

/** The accounts as they are now: a change of the file is followed within a second, without a reload. */
export interface AccountBook {
  now(): Accounts
}

interface BookOptions {
  path: string
  /** What is said of a change: names of accounts and tokens that came, went, or may do something else now. */
  onChange: (changes: string) => void
  /** The file cannot be used as it is: the accounts before it stay. */
  onFault: (fault: string) => void
  clock: () => number
}

const LOOK_MS = 1_000

/** Reads the file at once. Throws Error where it cannot be used. */
export function openAccounts({ path, onChange, onFault, clock }: BookOptions): AccountBook {
  let accounts = readAccounts(path)
  let mark = fileMark([path])
  let lookedMs = clock()
  return {
    now() {
      const nowMs = clock()
      if (Math.abs(nowMs - lookedMs) < LOOK_MS) return accounts
      lookedMs = nowMs
      const present = fileMark([path])
      if (present === mark) return accounts
      mark = present
      try {
        const next = readAccounts(path)
        const changes = changesOf(accounts, next)
        accounts = next
        if (changes !== '') onChange(changes)
      } catch (error) {
        onFault(error instanceof Error ? error.message : String(error))
      }
      return accounts
    },
  }
}

function changesOf(before: Accounts, next: Accounts): string {
  const words: string[] = []
  const [old, now] = [rightsOf(before), rightsOf(next)]
  for (const name of new Set([...old.keys(), ...now.keys()])) {
    const [was, is] = [old.get(name), now.get(name)]
    if (is === undefined) words.push(`${name} is gone`)
    else if (was === undefined) words.push(`${name} is new (${is.right})`)
    else if (was.right !== is.right) words.push(`${name} is ${is.right}, was ${was.right}`)
    else if (was.secret !== is.secret) words.push(`${name} has another secret`)
  }
  return words.join(', ')
}

/** What each account and token may do, and how it shows who it is. */
function rightsOf({ accounts, tokens, devices }: Accounts): Map<string, { right: string; secret: string }> {
  return new Map([
    ...Object.entries(accounts).map(
      ([name, { role, password }]) => [name, { right: String(role), secret: password }] as const,
    ),
    ...Object.entries(tokens).map(
      ([name, { grants, sha256 }]) => [`token ${name}`, { right: String(grants), secret: sha256 }] as const,
    ),
    ...Object.entries(devices).map(
      ([name, device]) => [`device ${name}`, { right: rightsText(device), secret: device.password }] as const,
    ),
  ])
}

/** What a device may do, in words. */
export function rightsText({ publish, subscribe, commands }: DeviceAccount): string {
  const below = (what: string, prefixes: readonly string[]) =>
    prefixes.length === 0 ? [] : [`${what} below ${prefixes.join(', ')}`]
  return [
    ...below('publishes', publish),
    ...below('subscribes', subscribe),
    ...(commands ? ['gives commands'] : []),
  ].join('; ')
}
