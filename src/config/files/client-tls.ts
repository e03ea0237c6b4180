import { fileMark, readNamedFile } from './secret-file.ts'
import { tlsFaults, type TlsPart } from './tls-files.ts'

/** What a TLS client checks the other side against, and shows of itself (PEM). */
export interface ClientTls {
  ca?: Buffer
  cert?: Buffer
  key?: Buffer
}

type Named = Readonly<Partial<Record<TlsPart, string | undefined>>>

const PARTS = { caFile: 'ca', certFile: 'cert', keyFile: 'key' } as const

/**
 * Reads the PEM files of a connection to somewhere else, at once and whenever one of them has changed. `section` is
 * where the configuration names them. Throws an `Error` for a file that cannot be read at first; later what was read
 * before stays until all of them can be used together.
 */
export function createClientTls(section: string, named: Named): () => ClientTls {
  const paths = Object.keys(PARTS).flatMap((part) => named[part as TlsPart] ?? [])
  let mark = fileMark(paths)
  let read = readAll(section, named)
  return () => {
    const present = fileMark(paths)
    if (present === mark) return read
    try {
      const next = readAll(section, named)
      if (tlsFaults(new Map(partsOf(next)), undefined).length === 0) read = next
      mark = present
    } catch (error) {
      if (!(error instanceof Error)) throw error
      mark = present // half-way through being replaced: the next change shows it
    }
    return read
  }
}

function readAll(section: string, named: Named): ClientTls {
  const read: ClientTls = {}
  for (const [part, name] of Object.entries(PARTS)) {
    const path = named[part as TlsPart]
    if (path !== undefined) read[name] = readNamedFile(`${section}.${part}`, path)
  }
  return read
}

function partsOf({ ca, cert, key }: ClientTls): [string, Buffer][] {
  const parts: [TlsPart, Buffer | undefined][] = [
    ['caFile', ca],
    ['certFile', cert],
    ['keyFile', key],
  ]
  return parts.flatMap(([part, bytes]) => (bytes === undefined ? [] : [[part, bytes]]))
}
