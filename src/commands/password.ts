import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { BadInput } from '../config/bad-input.ts'
import { readSecretText } from '../config/files/secret-file.ts'
import { passwordFault } from '../config/accounts/passwords.ts'

/**
 * A new password: from a file, from a terminal that does not show what is typed, twice, or as the only line of standard
 * input. Never from the command line, which all of the machine can read.
 */
export async function newPassword(name: string, file: string | undefined): Promise<string> {
  const password = await askedPassword(name, file)
  const fault = passwordFault(password) ?? (password === name ? 'a password is not the name' : undefined)
  if (fault !== undefined) throw new BadInput(fault)
  return password
}

async function askedPassword(name: string, file: string | undefined): Promise<string> {
  if (file !== undefined) {
    try {
      return readSecretText('--password-file', file)
    } catch (error) {
      throw new BadInput(error instanceof Error ? error.message : String(error), { cause: error })
    }
  }
  if (!process.stdin.isTTY) return readFileSync(0, 'utf8').replace(/\r?\n$/, '')
  const password = await typed(`password of ${name}: `)
  if ((await typed('the same again: ')) !== password) throw new BadInput('the two are not the same')
  return password
}

/** A line from the terminal that it does not show. */
async function typed(question: string): Promise<string> {
  process.stderr.write(question)
  const output = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output, terminal: true })
  try {
    return await lines.question('')
  } catch (error) {
    throw new BadInput('no password was given: nothing is changed', { cause: error })
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
}
