import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { newestRevision, openPack, readManifest, packRevision } from '../pack/open.ts'
import type { PackManifest } from '../pack/manifest.ts'

/** A report that is kept: the newest revision of its chain. */
export interface KeptReport {
  /** Name of its chain: site, period and rules. */
  readonly chain: string
  readonly manifest: PackManifest
  /** Revisions that are one file, the newest first; others lie as folders on the machine. */
  readonly archives: readonly number[]
}

const NAME = /^[\w.-]{1,200}$/

/** So many reports are listed; older ones stay in the folder. */
const MOST_LISTED = 200

/** The reports of a folder of packs, those made last first; one whose manifest cannot be read is left out. */
export async function keptReports(folder: string): Promise<KeptReport[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => NAME.test(name))
  const chains = names.flatMap((chain) => {
    const newest = newestRevision(join(folder, chain))
    return newest === undefined ? [] : [{ chain, ...newest }]
  })
  const dated = await Promise.all(chains.map(async (it) => ({ ...it, madeMs: (await stat(it.path)).mtimeMs })))
  const listed = dated.toSorted((a, b) => b.madeMs - a.madeMs).slice(0, MOST_LISTED)
  const read = await Promise.all(
    listed.map(async ({ chain, path, revision }) => ({
      chain,
      manifest: await readManifest(path),
      archives: archivesOf(join(folder, chain), revision),
    })),
  )
  return read
    .flatMap(({ manifest, ...it }) => (manifest === undefined ? [] : [{ ...it, manifest }]))
    .toSorted((a, b) => (a.manifest.signedAtByMachine < b.manifest.signedAtByMachine ? 1 : -1))
}

function archivesOf(chain: string, newest: number): number[] {
  const revisions = Array.from({ length: newest + 1 }, (_, n) => newest - n)
  return revisions.filter((revision) => packRevision(chain, revision)?.endsWith('.zip'))
}

/** The daily and monthly tables that lie beside the packs, the newest first. */
export async function keptTables(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [])
  return names
    .filter((name) => NAME.test(name) && name.endsWith('.csv'))
    .toSorted()
    .toReversed()
}

/** A revision's path in a folder of packs; undefined where there is none of that name. */
export function keptRevision(folder: string, chain: string, revision: number): string | undefined {
  return NAME.test(chain) && /^[^.]/.test(chain) ? packRevision(join(folder, chain), revision) : undefined
}

/** A file of a pack, as the manifest names it. */
export async function keptFile(path: string, name: string): Promise<Buffer | undefined> {
  return await (await openPack(path)).bytes(name)
}
