/** Of the tree argv[2] and the configuration file argv[3]: its own functions, so that two commits can be compared. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type * as Config from '../../../src/config/config.ts'
import type * as SiteModule from '../../../src/site/site.ts'

export async function load<T>(root: string, path: string): Promise<T> {
  return (await import(pathToFileURL(join(root, 'src', path)).href)) as T
}

export async function siteOf(root: string, text: string): Promise<SiteModule.Site> {
  const { parseConfig } = await load<typeof Config>(root, 'config/config.ts')
  const { createSite } = await load<typeof SiteModule>(root, 'site/site.ts')
  const read = parseConfig(text, { file: '/nowhere/site.yaml' })
  if ('faults' in read) throw new Error(JSON.stringify(read.faults))
  return createSite(read.config)
}

/** Says what was found and ends; a failure reaches whoever started this. */
export function tell(result: unknown): void {
  process.send?.({ result }, () => process.exit())
}
