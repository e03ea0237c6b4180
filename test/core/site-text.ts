import { formatFault, parseConfig, type Config } from '../../src/config/config.ts'

/** A configuration given as YAML text; a fault in it is an error of the test. */
export function configOf(yaml: string): Config {
  const read = parseConfig(yaml, { file: '/nowhere/site.yaml' })
  if ('faults' in read) throw new Error(read.faults.map(formatFault).join('\n'))
  return read.config
}
