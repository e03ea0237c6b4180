import { fileMark, readNamedFile } from './secret-file.ts'
import { tlsFaults, tlsFaultText, type NamedTls, type TlsPart } from './tls-files.ts'

/** What a TLS client checks the other side against, and shows of itself (PEM). */
export interface ClientTls {
  ca?: Buffer
  cert?: Buffer
  key?: Buffer
}

const PARTS = { caFile: 'ca', certFile: 'cert', keyFile: 'key' } as const

/**
 * Reads the PEM files of a connection to somewhere else, at once and whenever one of them has changed. `section` is
 * where the configuration names them. Throws an `Error` for a file that cannot be read at first. Later what was read
 * before stays until all of them can be used together; `onChange` gets why they cannot, or undefined once they can.
 */
export function createClientTls(
  section: string,
  named: NamedTls,
  onChange: (fault: string | undefined) => void,
): () => ClientTls {
  const paths = Object.keys(PARTS).flatMap((part) => named[part as TlsPart] ?? [])
  let mark = fileMark(paths)
  let read = readAll(section, named)
  return () => {
    const present = fileMark(paths)
    if (present === mark) return read
    mark = present // of files half-way through being replaced, too: the next change shows it
    const next = usable(section, named)
    if (typeof next !== 'string') read = next
    onChange(typeof next === 'string' ? next : undefined)
    return read
  }
}

/** The files as they are now, or why they cannot be used together. */
function usable(section: string, named: NamedTls): ClientTls | string {
  try {
    const next = readAll(section, named)
    const [fault] = tlsFaults(new Map(partsOf(next)), undefined)
    return fault === undefined ? next : tlsFaultText(section, named, fault)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return error.message
  }
}

function readAll(section: string, named: NamedTls): ClientTls {
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
