import { fileMark, readNamedFile } from './secret-file.ts'
import { tlsFaults, tlsFaultText, type TlsPart } from './tls-files.ts'

/** PEM files of a server of ours. With `caFile`, clients must show a certificate of these authorities. */
export interface ServerTls {
  /** The section of the configuration that names them. */
  section: 'mqtt' | 'http'
  certFile: string
  keyFile: string
  caFile?: string
}

/** A server that can show another certificate from now on. */
interface TlsServer {
  setSecureContext(options: ReturnType<typeof readServerTls>): void
}

/** What a TLS server is made of, read from the files. Throws an `Error` that names the key and the path. */
export function readServerTls(tls: ServerTls) {
  const { section, certFile, keyFile, caFile } = tls
  return {
    cert: readNamedFile(`${section}.certFile`, certFile),
    key: readNamedFile(`${section}.keyFile`, keyFile),
    minVersion: 'TLSv1.2' as const,
    ...(caFile !== undefined && {
      ca: readNamedFile(`${section}.caFile`, caFile),
      requestCert: true,
      rejectUnauthorized: true,
    }),
  }
}

/**
 * What has a server go on with its files as they are now, for new connections. It says whether they have changed, and
 * throws an `Error` where they cannot be shown to clients at `nowMs`: then the server keeps what it has.
 */
export function createTlsRenewal(server: TlsServer, tls: ServerTls): (nowMs: number) => boolean {
  const { certFile, keyFile, caFile } = tls
  const files = [certFile, keyFile, ...(caFile === undefined ? [] : [caFile])]
  let mark = fileMark(files)
  return (nowMs) => {
    const present = fileMark(files)
    if (present === mark) return false
    mark = present
    const read = readServerTls(tls)
    assertUsable(tls, nowMs)
    server.setSecureContext(read)
    return true
  }
}

function assertUsable(tls: ServerTls, nowMs: number): void {
  const parts = (['certFile', 'keyFile', 'caFile'] as const).filter((part) => tls[part] !== undefined)
  const files = new Map(
    parts.map((part): [TlsPart, Buffer] => [part, readNamedFile(`${tls.section}.${part}`, tls[part] ?? '')]),
  )
  const [fault] = tlsFaults(files, nowMs)
  if (fault !== undefined) throw new Error(tlsFaultText(tls.section, tls, fault))
}
