import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatFault, readConfig, type Config } from '../../src/config/config.ts'

/** A configuration given as YAML text; a fault in it is an error of the test. */
export function configOf(yaml: string): Config {
  const folder = mkdtempSync(join(tmpdir(), 'coldaisle-'))
  try {
    const file = join(folder, 'site.yaml')
    writeFileSync(file, yaml)
    const read = readConfig(file, {})
    if ('faults' in read) throw new Error(read.faults.map(formatFault).join('\n'))
    return read.config
  } finally {
    rmSync(folder, { recursive: true })
  }
}
