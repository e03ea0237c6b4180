import { accessSync, constants, statSync } from 'node:fs'
import { resolve } from 'node:path'

import type { Draft } from './faults.ts'
import type { Plain } from './document/document.ts'
import type { Readable } from './readable.ts'

/** Sections in which keys that end in File name files that have to be there. */
const NAMED = ['mqtt', 'influx', 'notify']

/**
 * What is wrong with the files that a configuration names; `folder` is where relative paths begin. The files are found,
 * not read. Only for who asks: a replay needs none of them.
 */
export function fileDrafts({ written }: Pick<Readable, 'written'>, folder: string): Draft[] {
  return NAMED.flatMap((section) => draftsIn(written[section], [section], folder))
}

function draftsIn(node: Plain | undefined, path: PropertyKey[], folder: string): Draft[] {
  if (Array.isArray(node)) return node.flatMap((member, index) => draftsIn(member, [...path, index], folder))
  if (typeof node !== 'object' || node === null) return []
  return Object.entries(node).flatMap(([key, member]): Draft[] => {
    const at = [...path, key]
    if (typeof member !== 'string') return draftsIn(member, at, folder)
    if (!key.endsWith('File') || member === '') return []
    const fault = findFault(resolve(folder, member))
    return fault === undefined ? [] : [{ path: at, part: 'content', ...fault }]
  })
}

/** Why a file cannot be read, and what to do about it. */
function findFault(file: string): Pick<Draft, 'reason' | 'hint'> | undefined {
  try {
    if (statSync(file).isDirectory()) return { reason: `${file} is a folder`, hint: 'name a file in it' }
    accessSync(file, constants.R_OK)
    return undefined
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const code = 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      return { reason: `there is no file ${file}`, hint: 'a relative path begins in the folder of the configuration' }
    }
    if (code === 'EACCES')
      return {
        reason: `${file} cannot be read: permission denied`,
        hint: 'check the owner and mode of the file and of its folders',
      }
    return { reason: `${file} cannot be read: ${error.message}`, hint: undefined }
  }
}
