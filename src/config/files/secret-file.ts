import { readFileSync, statSync } from 'node:fs'

const LF = 0x0a
const CR = 0x0d

/**
 * Reads a file that the configuration names, such as a certificate. `key` is the key that names it: it stands in the
 * message of the Error that is thrown where the file cannot be read.
 */
export function readNamedFile(key: string, path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown cause'
    throw new Error(`${key}: ${path} cannot be read (${code})`, { cause })
  }
}

/** A text that changes when one of the files is another one or has other content. */
export function fileMark(paths: readonly string[]): string {
  return paths.map(markOf).join(', ')
}

function markOf(path: string): string {
  try {
    const { ino, size, mtimeMs } = statSync(path)
    return `${ino} ${size} ${mtimeMs}`
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'none'
  }
}

/**
 * Reads a secret: the bytes of the file without the one line end, LF or CRLF, that an editor leaves behind them. All
 * else counts, blanks at the end too. Throws as `readNamedFile` does, and where nothing is left.
 */
export function readSecret(key: string, path: string): Buffer {
  const bytes = readNamedFile(key, path)
  const secret = bytes.subarray(0, endOfSecret(bytes))
  if (secret.length === 0) throw new Error(`${key}: ${path} is empty`)
  return secret
}

/**
 * A secret that travels as text: a password or a token. Throws as `readSecret` does, and where it has several lines.
 */
export function readSecretText(key: string, path: string): string {
  const secret = readSecret(key, path)
  if (secret.includes(LF)) throw new Error(`${key}: ${path} has several lines; write the secret alone, in one line`)
  return secret.toString('utf8')
}

function endOfSecret(bytes: Buffer): number {
  if (bytes.at(-1) !== LF) return bytes.length
  return bytes.at(-2) === CR ? bytes.length - 2 : bytes.length - 1
}
