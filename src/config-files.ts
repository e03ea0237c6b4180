import { accessSync, constants, statSync } from 'node:fs'
import { resolve } from 'node:path'

import type { Draft } from './config-faults.ts'
import type { PlainMap } from './document.ts'

/** Keys that name a file which has to be there, by the section that they stand in. */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  mqtt: ['passwordFile', 'caFile', 'certFile', 'keyFile'],
  influx: ['passwordFile', 'tokenFile', 'caFile', 'certFile', 'keyFile'],
}

/**
 * What is wrong with the files that a configuration names; `written` is its plain content, `folder` where relative paths
 * begin. The files are found, not read. Only for who asks: a replay needs none of them.
 */
export function fileDrafts(written: PlainMap, folder: string): Draft[] {
  return Object.entries(NAMED).flatMap(([section, keys]) =>
    keys.flatMap((key): Draft[] => {
      const members = written[section]
      const path = typeof members === 'object' && members !== null && !Array.isArray(members) ? members[key] : undefined
      if (typeof path !== 'string' || path === '') return []
      const fault = findFault(resolve(folder, path))
      return fault === undefined ? [] : [{ path: [section, key], part: 'content', ...fault }]
    }),
  )
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
      return { reason: `there is no file ${file}`, hint: 'a relative path begins where the configuration lies' }
    }
    if (code === 'EACCES')
      return {
        reason: `${file} may not be read`,
        hint: 'check owner and mode, of its folders too, for the user that runs',
      }
    return { reason: `${file} cannot be read: ${error.message}`, hint: undefined }
  }
}
