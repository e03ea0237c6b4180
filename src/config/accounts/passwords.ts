import { createHash, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

const derive = promisify(
  (
    password: string,
    salt: Buffer,
    cost: { N: number; r: number; p: number },
    done: (e: Error | null, k: Buffer) => void,
  ) => scrypt(password.normalize('NFKC'), salt, KEY_BYTES, { ...cost, maxmem: 256 * cost.N * cost.r }, done),
)

// OWASP Password Storage Cheat Sheet names N = 2^17, r = 8, p = 1 or, with less memory, N = 2^15, p = 3: 32 MiB each
const COST = { N: 2 ** 15, r: 8, p: 3 } as const
const KEY_BYTES = 32
const SALT_BYTES = 16
const TOKEN_BYTES = 32
/** A hash that no password has: who names no account waits as long as who does. */
const NOBODY = `scrypt$${COST.N}$${COST.r}$${COST.p}$${'A'.repeat(22)}$${'A'.repeat(43)}`

const LEAST_PASSWORD = 12
const LONGEST_PASSWORD = 256

/** Why this may be no password; undefined: it may. */
export function passwordFault(password: string): string | undefined {
  if (password.length < LEAST_PASSWORD) return `a password has at least ${LEAST_PASSWORD} characters`
  return password.length > LONGEST_PASSWORD ? `a password has at most ${LONGEST_PASSWORD} characters` : undefined
}

/** What the file of accounts keeps of a password: `scrypt$N$r$p$SALT$HASH` (RFC 7914), with a salt of its own. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  const key = await derive(password, salt, COST)
  return `scrypt$${COST.N}$${COST.r}$${COST.p}$${salt.toString('base64url')}$${key.toString('base64url')}`
}

/** Whether it is the password behind the hash; without a hash it takes as long, and is not. */
export async function isPassword(password: string, hash: string | undefined): Promise<boolean> {
  if (password.length > LONGEST_PASSWORD) return false
  const [, N, r, p, salt = '', key = ''] = (hash ?? NOBODY).split('$')
  const cost = { N: Number(N), r: Number(r), p: Number(p) }
  const found = await derive(password, Buffer.from(salt, 'base64url'), cost)
  return timingSafeEqual(found, Buffer.from(key, 'base64url')) && hash !== undefined
}

/** A secret that nobody guesses. It has 256 bits, so its plain digest is kept. */
export function makeToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url')
}

/** What is kept of a token. */
export function digestOf(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

/** Compares two digests without telling by its time where they differ. */
export function isSameDigest(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other))
}
