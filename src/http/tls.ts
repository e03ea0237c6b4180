import { readNamedFile } from '../config/files/secret-file.ts'
import { tlsFaults, type TlsPart } from '../config/files/tls-files.ts'

/** PEM files of the page. With `caFile`, clients must show a certificate of these authorities. */
export interface PageTls {
  certFile: string
  keyFile: string
  caFile?: string
}

/** What an HTTPS server is made of, read from the files. Throws an `Error` that names the key and the path. */
export function readPageTls({ certFile, keyFile, caFile }: PageTls) {
  return {
    cert: readNamedFile('http.certFile', certFile),
    key: readNamedFile('http.keyFile', keyFile),
    minVersion: 'TLSv1.2' as const,
    ...(caFile !== undefined && {
      ca: readNamedFile('http.caFile', caFile),
      requestCert: true,
      rejectUnauthorized: true,
    }),
  }
}

/** The files that an HTTPS server is made of. */
export function filesOfTls({ certFile, keyFile, caFile }: PageTls): string[] {
  return [certFile, keyFile, ...(caFile === undefined ? [] : [caFile])]
}

/** Throws an `Error` where what the files hold cannot be shown to clients now: as `check` finds it. */
export function assertUsable(tls: PageTls, nowMs: number): void {
  const parts = (['certFile', 'keyFile', 'caFile'] as const).filter((part) => tls[part] !== undefined)
  const files = new Map(parts.map((part): [TlsPart, Buffer] => [part, readNamedFile(`http.${part}`, tls[part] ?? '')]))
  const [fault] = tlsFaults(files, nowMs)
  if (fault !== undefined) throw new Error(`http.${fault.key}: ${tls[fault.key]} ${fault.reason}`)
}
