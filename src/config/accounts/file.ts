import { closeSync, fsyncSync, openSync, readFileSync, renameSync, statSync, writeSync } from 'node:fs'
import * as z from 'zod'
import { strict } from '../members.ts'

/**
 * What an account may do. `none`: nothing, it is put aside; `viewer`: see everything but the audit; `operator`: see
 * everything, acknowledge and shelve alarms.
 */
export const ROLES = ['none', 'viewer', 'operator'] as const
export type Role = (typeof ROLES)[number]

/** What a token lets a program see: /metrics alone, or what a viewer sees. */
export const TOKEN_GRANTS = ['metrics', 'viewer'] as const

/** Most prefixes of topics that one device has for each of its rights. */
const MOST_PREFIXES = 100

const NAME = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/
/** N from 2^14 to 2^20, r and p up to 31: what is less protects nothing, what is more nobody waits for. */
const SCRYPT =
  /^scrypt\$(?:16384|32768|65536|131072|262144|524288|1048576)\$(?:[1-9]|[12]\d|3[01])\$(?:[1-9]|[12]\d|3[01])\$[A-Za-z0-9_-]{22,}\$[A-Za-z0-9_-]{43}$/
const MODE = 0o600
const MOST_BYTES = 16_000_000

/** Levels of a topic, without wildcards and without those that a broker keeps for itself. */
const PREFIX = /^(?!\$)[\x20-\x22\x24-\x2a\x2c-\x7e]{1,256}$/

const name = z.string().regex(NAME)
const password = z.string().regex(SCRYPT)
const prefixes = z.array(z.string().regex(PREFIX)).max(MOST_PREFIXES)

const file = strict({
  accounts: z
    .record(name, strict({ role: z.enum(ROLES), password, since: z.iso.datetime() }))
    .describe('by name: `password` is `scrypt$N$r$p$SALT$HASH`'),
  tokens: z
    .record(
      name,
      strict({ grants: z.enum(TOKEN_GRANTS), sha256: z.string().regex(/^[0-9a-f]{64}$/), since: z.iso.datetime() }),
    )
    .describe('by name: only the digest of a token is kept'),
  devices: z
    .record(
      name,
      strict({
        password,
        publish: prefixes,
        subscribe: prefixes,
        commands: z.boolean(),
        since: z.iso.datetime(),
      }),
    )
    .default({})
    .describe('by name: clients of the embedded broker, and below which topics they publish and subscribe'),
})

/** Who may see and do what, as the file says; no password and no token stands in it. */
export type Accounts = z.infer<typeof file>

/** A client of the embedded broker. */
export type DeviceAccount = Accounts['devices'][string]

/** Whether this can be the name of an account or a token. */
export function isAccountName(text: string): boolean {
  return NAME.test(text)
}

/** Whether this can be the levels with which topics begin. */
export function isTopicPrefix(text: string): boolean {
  return PREFIX.test(text)
}

/** Reads the file. Throws Error with a sentence that names it, where it cannot be read or holds something else. */
export function readAccounts(path: string): Accounts {
  let written: unknown
  try {
    const found = statSync(path)
    if (!found.isFile() || found.size > MOST_BYTES) throw new Error('no plain file of at most 16 MB')
    written = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    const why = error instanceof SyntaxError ? 'is no JSON' : `cannot be read (${codeOf(error)})`
    throw new Error(`${path} ${why}`, { cause: error })
  }
  const read = file.safeParse(written)
  if (read.success) return read.data
  const [issue] = read.error.issues
  // The issue's own words may repeat what stands in the file.
  throw new Error(`${path} is no file of accounts: ${issue?.path.join('.') || 'the whole'} is not as it should be`)
}

/** Writes the file anew, for its owner alone; after a power cut it is the old or the new one. */
export function writeAccounts(path: string, accounts: Accounts): void {
  const beside = `${path}.new`
  const handle = openSync(beside, 'w', MODE)
  try {
    writeSync(handle, `${JSON.stringify(accounts, null, 2)}\n`)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  renameSync(beside, path)
}

/** What is wrong with the file, and what to do about it. */
export function accountsFault(path: string): { reason: string; hint: string } | undefined {
  try {
    readAccounts(path)
    return undefined
  } catch (error) {
    return {
      reason: error instanceof Error ? error.message : String(error),
      hint: 'make it with `coldaisle account add` or `coldaisle account device`',
    }
  }
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown cause'
  return 'code' in error ? String(error.code) : error.message
}
