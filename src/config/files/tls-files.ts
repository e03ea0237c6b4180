import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto'
import { createSecureContext } from 'node:tls'

export type TlsPart = 'certFile' | 'keyFile' | 'caFile'

/** Paths of the PEM files of one connection, as the configuration names them. */
export type NamedTls = Readonly<Partial<Record<TlsPart, string | undefined>>>

interface TlsFault {
  key: TlsPart
  /** What its file is or does, to follow the file's name. */
  reason: string
  hint?: string
}

const CERTIFICATE =
  /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[\s\S]+?-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g
const KEY = /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/
const LOCKED = /-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: 4,ENCRYPTED/

/**
 * Why the files of one TLS connection cannot be used. They may hold no certificate or key, or a key of another
 * certificate, or be too weak for OpenSSL. With `nowMs` the certificate is ours to show, and must hold then.
 */
export function tlsFaults(files: ReadonlyMap<string, Buffer>, nowMs: number | undefined): TlsFault[] {
  const faults: TlsFault[] = []
  const certificates = (key: 'certFile' | 'caFile'): X509Certificate[] => {
    const bytes = files.get(key)
    const read = bytes === undefined ? [] : certificatesIn(bytes)
    if (Array.isArray(read)) return read
    faults.push({ key, ...read })
    return []
  }
  const [ours] = certificates('certFile')
  certificates('caFile')
  const keyBytes = files.get('keyFile')
  const ourKey = keyBytes === undefined ? undefined : keyIn(keyBytes)
  if (ourKey !== undefined && 'reason' in ourKey) faults.push({ key: 'keyFile', ...ourKey })
  if (ours === undefined) return faults
  if (ourKey !== undefined && !('reason' in ourKey) && !ours.checkPrivateKey(ourKey)) {
    faults.push({
      key: 'keyFile',
      reason: 'is the key of another certificate',
      hint: 'name the key that `certFile` was made with',
    })
  }
  if (faults.length === 0) faults.push(...weaknesses(files))
  if (nowMs !== undefined) faults.push(...timeFaults(ours, nowMs))
  return faults
}

/** A fault as a sentence that names the key of the configuration and the file. */
export function tlsFaultText(section: string, named: NamedTls, { key, reason }: TlsFault): string {
  return `${section}.${key}: ${named[key]} ${reason}`
}

/** What OpenSSL does not work with, though each part can be read: RSA of 1024 bits, an MD5 signature. */
function weaknesses(files: ReadonlyMap<string, Buffer>): TlsFault[] {
  try {
    createSecureContext({ cert: files.get('certFile'), key: files.get('keyFile'), ca: files.get('caFile') })
    return []
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const why = 'reason' in error ? String(error.reason) : error.message
    const hint = 'make one with RSA of 2048 bits or more, or with the curve P-256'
    return [{ key: 'certFile', reason: `is refused by OpenSSL: ${why}`, hint }]
  }
}

/** Certificates of a PEM text, the first of a chain first; or why there is none. */
function certificatesIn(bytes: Buffer): X509Certificate[] | Omit<TlsFault, 'key'> {
  const text = bytes.toString('latin1')
  const blocks = text.match(CERTIFICATE)
  if (blocks === null) {
    const isKey = KEY.test(text)
    return {
      reason: `holds no certificate${isKey ? ', but a key' : ''}`,
      hint: isKey ? 'are `certFile` and `keyFile` the wrong way round?' : 'PEM is wanted: -----BEGIN CERTIFICATE-----',
    }
  }
  try {
    return blocks.map((block) => new X509Certificate(block))
  } catch {
    return { reason: 'holds a certificate that cannot be read', hint: 'was it cut off or changed? Write it anew' }
  }
}

function keyIn(bytes: Buffer): KeyObject | Omit<TlsFault, 'key'> {
  const text = bytes.toString('latin1')
  if (LOCKED.test(text)) {
    return { reason: 'holds a key with a passphrase', hint: 'write it without: openssl pkey -in KEY -out NEW' }
  }
  if (!KEY.test(text)) return { reason: 'holds no private key', hint: 'PEM is wanted: -----BEGIN PRIVATE KEY-----' }
  try {
    return createPrivateKey(bytes)
  } catch {
    return { reason: 'holds a key that cannot be read', hint: 'was it cut off or changed? Write it anew' }
  }
}

function timeFaults({ validFromDate, validToDate }: X509Certificate, nowMs: number): TlsFault[] {
  const at = (date: Date) => date.toISOString().replace('.000', '')
  const hint = 'clients would refuse us: show a certificate that holds now'
  if (validToDate.getTime() <= nowMs) return [{ key: 'certFile', reason: `ended on ${at(validToDate)}`, hint }]
  if (validFromDate.getTime() > nowMs) return [{ key: 'certFile', reason: `begins only on ${at(validFromDate)}`, hint }]
  return []
}
