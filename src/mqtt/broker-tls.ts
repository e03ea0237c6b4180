import { readNamedFile } from '../config/files/secret-file.ts'

/** PEM files of the embedded broker. With `caFile`, clients must show a certificate of that authority. */
export interface TlsFiles {
  certFile: string
  keyFile: string
  caFile?: string
}

/** What a TLS server is made of, read from the files. Throws an `Error` that names the key and the path. */
export function readTls({ certFile, keyFile, caFile }: TlsFiles) {
  return {
    cert: readNamedFile('mqtt.certFile', certFile),
    key: readNamedFile('mqtt.keyFile', keyFile),
    ...(caFile !== undefined && {
      ca: readNamedFile('mqtt.caFile', caFile),
      requestCert: true,
      rejectUnauthorized: true,
    }),
  }
}
