import { existsSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { MANIFEST, type PackManifest } from './manifest.ts'
import { openArchive } from './zip.ts'

/** What lies in a pack, a folder or a `.zip`, whoever has put it there. */
interface OpenPack {
  /** By name, whether it is a plain file: a link is none. */
  readonly names: ReadonlyMap<string, boolean>
  /** What is wrong with the archive itself. */
  readonly faults: readonly string[]
  /** Undefined where there is none, or something that never ends, such as a pipe. */
  bytes(name: string): Promise<Buffer | undefined>
}

const ZIP = '.zip'

/** Opens a pack; one that is not there, or no archive, holds nothing. */
export async function openPack(path: string): Promise<OpenPack> {
  return path.endsWith(ZIP) ? await openZip(path) : await openFolder(path)
}

async function openFolder(folder: string): Promise<OpenPack> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const files = entries.filter((it) => !it.isDirectory())
  return {
    names: new Map(files.map((it) => [relative(folder, join(it.parentPath, it.name)), it.isFile()])),
    faults: [],
    bytes: (name) => bytesOf(join(folder, name)),
  }
}

async function openZip(file: string): Promise<OpenPack> {
  const bytes = await bytesOf(file)
  const archive = bytes === undefined ? undefined : openArchive(bytes)
  return {
    names: new Map([...(archive?.names ?? [])].map((name) => [name, true])),
    faults: archive?.faults ?? [],
    bytes: async (name) => archive?.bytes(name),
  }
}

async function bytesOf(file: string): Promise<Buffer | undefined> {
  try {
    return (await stat(file)).isFile() ? await readFile(file) : undefined
  } catch {
    return undefined // told as missing by who asked for it
  }
}

/** The manifest of a pack of our own, as it is written; undefined where it cannot be read. */
export async function readManifest(path: string): Promise<PackManifest | undefined> {
  const bytes = await (await openPack(path)).bytes(MANIFEST)
  try {
    return bytes === undefined ? undefined : (JSON.parse(bytes.toString()) as PackManifest)
  } catch {
    return undefined // `verify` tells what is wrong with it
  }
}

/** Where a revision of a chain lies, in either form; undefined: it is not there, or was cut short. */
export function packRevision(chain: string, revision: number): string | undefined {
  return revisionFrom(join(chain, 'r'), revision)
}

/** The newest revision of a chain; undefined: there is none. */
export function newestRevision(chain: string): { revision: number; path: string } | undefined {
  let newest: { revision: number; path: string } | undefined
  for (let revision = 0; ; revision++) {
    const path = packRevision(chain, revision)
    if (path === undefined) return newest
    newest = { revision, path }
  }
}

/** The revision before one, beside it: `r0` of `r1`, `dc5-2026-r0.zip` of `dc5-2026-r1.zip`. */
export function revisionBefore(path: string, revision: number): string {
  const bare = path.endsWith(ZIP) ? path.slice(0, -ZIP.length) : path
  const own = `r${revision}`
  const start = bare.endsWith(own) ? bare.slice(0, -own.length + 1) : join(dirname(path), 'r')
  return revisionFrom(start, revision - 1) ?? `${start}${revision - 1}`
}

function revisionFrom(start: string, revision: number): string | undefined {
  const bare = `${start}${revision}`
  if (existsSync(join(bare, MANIFEST))) return bare
  return existsSync(bare + ZIP) ? bare + ZIP : undefined
}
