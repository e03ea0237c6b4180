import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeToken } from './passwords.ts'

/** File beside the database with the secret of this machine's own commands: who may read it may read the database. */
const LOCAL_TOKEN = 'local-token'
const MODE = 0o600

/** The name that this machine's own commands have, on the page as with the embedded broker. */
export const LOCAL = 'local'

/** Makes the secret anew for one run of the daemon, which takes it away again. */
export function makeLocalToken(folder: string): { token: string; remove: () => void } {
  const token = makeToken()
  const file = join(folder, LOCAL_TOKEN)
  writeFileSync(file, token, { mode: MODE })
  return { token, remove: () => rmSync(file, { force: true }) }
}

/** What the daemon that runs has left in its folder for commands; undefined: it left none. */
export function readLocalToken(folder: string): string | undefined {
  try {
    return readFileSync(join(folder, LOCAL_TOKEN), 'utf8')
  } catch {
    return undefined
  }
}
