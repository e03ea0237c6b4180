import { unzipSync, zipSync } from 'fflate'

/** An archive that is unpacked as it is asked for. */
interface Archive {
  readonly names: ReadonlySet<string>
  /** What is wrong with it as an archive, a sentence each. */
  readonly faults: readonly string[]
  /** Undefined where there is no such file, or its bytes cannot be unpacked. */
  bytes(name: string): Buffer | undefined
}

/** A year's pack is some 2 MB; an archive whose files claim more than this is not unpacked. */
const MOST_BYTES = 512 * 1024 * 1024

/** Files as one archive; the same files give the same bytes on every machine. */
export function zipped(files: ReadonlyMap<string, string>): Uint8Array {
  const inside = [...files].map(([name, text]) => [name, Buffer.from(text)] as const)
  // The earliest local time that an archive can say; when it was made is told by the manifest, in UTC
  return zipSync(Object.fromEntries(inside), { level: 9, mtime: new Date(1980, 0, 1) })
}

/** Undefined for what is no archive. Folders in it are passed over. */
export function openArchive(bytes: Uint8Array): Archive | undefined {
  const names = new Set<string>()
  const faults: string[] = []
  let size = 0
  const list = ({ name, originalSize }: { name: string; originalSize: number }): boolean => {
    if (name.endsWith('/')) return false
    if (names.has(name)) faults.push(`${name} is in the archive twice`)
    names.add(name)
    size += originalSize
    return false
  }
  if (unpacked(bytes, list) === undefined) return undefined
  if (size > MOST_BYTES)
    return { names, faults: [`it would unpack to more than ${MOST_BYTES} bytes`], bytes: () => undefined }
  return {
    names,
    faults,
    bytes(name) {
      const found = unpacked(bytes, (file) => file.name === name)?.[name]
      return found === undefined ? undefined : Buffer.from(found)
    },
  }
}

function unpacked(bytes: Uint8Array, filter: (file: { name: string; originalSize: number }) => boolean) {
  try {
    return unzipSync(bytes, { filter })
  } catch {
    return undefined // told as one that cannot be read, or has changed
  }
}
