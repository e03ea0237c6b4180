import { readFileSync } from 'node:fs'

/** The release that runs, such as 0.2.0. */
export function versionOf(): string {
  const manifest = readFileSync(new URL(import.meta.resolve('coldaisle/package.json')), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}
