import { unzipSync, zipSync } from 'fflate'

/** What a `.zip` holds, by name; and what is wrong with it as an archive, a sentence each. */
interface Unzipped {
  readonly files: ReadonlyMap<string, Buffer>
  readonly faults: readonly string[]
}

/** A pack of ten years of pages is some 30 MB; an archive that claims more than this is not unpacked. */
const MOST_BYTES = 512 * 1024 * 1024

/** Files as one archive; the same files give the same bytes on every machine. */
export function zipped(files: ReadonlyMap<string, string>): Uint8Array {
  const inside = [...files].map(([name, text]) => [name, Buffer.from(text)] as const)
  // The earliest local time that an archive can say; when it was made is told by the manifest, in UTC
  return zipSync(Object.fromEntries(inside), { level: 9, mtime: new Date(1980, 0, 1) })
}

/** Undefined for what is no archive. Folders in it are passed over. */
export function unzipped(bytes: Uint8Array): Unzipped | undefined {
  const seen = new Set<string>()
  const faults: string[] = []
  let size = 0
  const take = ({ name, originalSize }: { name: string; originalSize: number }): boolean => {
    if (name.endsWith('/')) return false
    if (seen.has(name)) faults.push(`${name} is in the archive twice`)
    seen.add(name)
    size += originalSize
    if (size > MOST_BYTES) faults.push(`the archive holds more than ${MOST_BYTES} bytes: ${name} is not read`)
    return size <= MOST_BYTES
  }
  try {
    const files = unzipSync(bytes, { filter: take })
    return { files: new Map(Object.entries(files).map(([name, content]) => [name, Buffer.from(content)])), faults }
  } catch {
    return undefined // told as one that cannot be read
  }
}
