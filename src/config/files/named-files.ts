import { accessSync, constants, readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'

import { accountsFault } from '../accounts/file.ts'
import { tlsFaults, type TlsPart } from './tls-files.ts'
import type { Plain, PlainMap } from '../document/document.ts'
import type { Draft } from '../faults.ts'
import type { Readable } from '../readable.ts'

/** Sections in which keys that end in File name files that have to be there. */
const NAMED = ['mqtt', 'influx', 'edge', 'notify', 'http', 'schedule']
/** Keys whose files nobody else of the machine may read. */
const SECRET_KEYS = [
  'passwordFile',
  'tokenFile',
  'secretFile',
  'keyFile',
  'signFile',
  'credsFile',
  'nkeyFile',
  'accountsFile',
]
const SECRETS: ReadonlySet<string> = new Set(SECRET_KEYS)
const TLS: ReadonlySet<string> = new Set<TlsPart>(['certFile', 'keyFile', 'caFile'])
const OTHERS = 0o007
const RELATIVE = 'a relative path begins in the folder of the configuration'
const MODE = 0o777

interface NamedFile {
  /** Of the key in the configuration. */
  path: PropertyKey[]
  key: string
  file: string
}

type Written = Pick<Readable, 'written'>

/**
 * What is wrong with the files that a configuration names; relative paths begin in `folder`. Certificates and keys are
 * read and must fit each other; one that we show to clients must hold at `nowMs`. Other files are found, not read.
 * Only for who asks: a replay needs none of them.
 */
export function fileDrafts({ written }: Written, folder: string, nowMs: number): Draft[] {
  const isRelaxed = written['security'] === 'relaxed'
  return mapsWithFiles(written, folder).flatMap((files) => {
    const drafts: Draft[] = []
    const found = new Map<string, Buffer>()
    for (const { path, key, file } of files) {
      const missing = findFault(file, key)
      const fault = missing ?? (isRelaxed || !SECRETS.has(key) ? undefined : modeFault(file))
      if (fault !== undefined) drafts.push({ path, part: 'content', ...fault })
      if (missing === undefined && TLS.has(key)) found.set(key, readFileSync(file))
      const unread = missing === undefined && key === 'accountsFile' ? accountsFault(file) : undefined
      if (unread !== undefined) drafts.push({ path, part: 'content', ...unread })
    }
    const [section] = files[0]?.path ?? []
    const isShown = section === 'http' || (section === 'mqtt' && 'listen' in (written['mqtt'] as PlainMap))
    const faults = tlsFaults(found, isShown ? nowMs : undefined)
    for (const { path, key, file } of files) {
      for (const { reason, hint } of faults.filter((fault) => fault.key === key)) {
        drafts.push({ path, part: 'content', reason: `${file} ${reason}`, hint })
      }
    }
    return drafts
  })
}

/** Secrets that others may read, where the configuration leaves it at that (`security: relaxed`); a sentence each. */
export function looseSecrets({ written }: Written, folder: string): string[] {
  if (written['security'] !== 'relaxed') return []
  return mapsWithFiles(written, folder)
    .flat()
    .filter(({ key, file }) => SECRETS.has(key) && findFault(file, key) === undefined)
    .flatMap(({ file }) => modeFault(file) ?? [])
    .map(({ reason, hint }) => `${reason}: ${hint}`)
}

/** The files of each map that names some. */
function mapsWithFiles(written: PlainMap, folder: string): NamedFile[][] {
  const maps: NamedFile[][] = []
  const look = (node: Plain | undefined, path: PropertyKey[]): void => {
    if (Array.isArray(node)) for (const [index, member] of node.entries()) look(member, [...path, index])
    if (typeof node !== 'object' || node === null || Array.isArray(node)) return
    const files: NamedFile[] = []
    for (const [key, member] of Object.entries(node)) {
      const isFile = key.endsWith('File') && typeof member === 'string' && member !== ''
      if (isFile) files.push({ path: [...path, key], key, file: resolve(folder, member) })
      else look(member, [...path, key])
    }
    if (files.length > 0) maps.push(files)
  }
  for (const section of NAMED) look(written[section], [section])
  return maps
}

/** Why a file cannot be read, and what to do about it. */
function findFault(file: string, key: string): Pick<Draft, 'reason' | 'hint'> | undefined {
  try {
    if (statSync(file).isDirectory()) return { reason: `${file} is a folder`, hint: 'name a file in it' }
    accessSync(file, constants.R_OK)
    return undefined
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const code = 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      const hint =
        key === 'accountsFile' ? 'make it with `coldaisle account add` or `coldaisle account device`' : RELATIVE
      return { reason: `there is no file ${file}`, hint }
    }
    if (code === 'EACCES')
      return {
        reason: `${file} cannot be read: permission denied`,
        hint: 'check the owner and mode of the file and of its folders',
      }
    return { reason: `${file} cannot be read: ${error.message}`, hint: undefined }
  }
}

/** Says so where accounts other than the file's owner and group may read or write it. */
function modeFault(file: string): { reason: string; hint: string } | undefined {
  const mode = statSync(file).mode & MODE
  if ((mode & OTHERS) === 0) return undefined
  const octal = mode.toString(8).padStart(4, '0')
  return {
    reason: `${file} is a secret that all accounts of this machine can read (mode ${octal})`,
    hint: `chmod 0600 ${file}; or \`security: relaxed\` where others are kept away, as in a container`,
  }
}
