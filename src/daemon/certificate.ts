import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Config } from '../config/config.ts'

const DAY_MS = 86_400_000
const PEM = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g

/** Days before its end at which a certificate is worth a word: a month, a week, a day. */
const CERTIFICATE_WARN_DAYS = [30, 7, 1] as const

/** A file of certificates that the configuration names, by the path of its key. */
interface CertificateFile {
  name: string
  file: string
  /** Authorities that the other side is checked against; else what we show. */
  isAuthority: boolean
}

/** All files of certificates that a configuration names: of our listeners, of us as a client, of authorities. */
export function certificateFiles({ mqtt, influx, edge, http, notify }: Config): CertificateFile[] {
  const { alertmanager, webhooks, emails, heartbeat } = notify
  const sections: [string, { certFile?: string; caFile?: string } | undefined][] = [
    ['mqtt', mqtt],
    ['influx', influx],
    ['edge.nats', edge?.nats],
    ['http', http],
    ['notify.alertmanager', alertmanager],
    ...webhooks.map((it, n): [string, typeof it] => [`notify.webhooks[${n}]`, it]),
    ...emails.map((it, n): [string, typeof it] => [`notify.emails[${n}]`, it]),
    ['notify.heartbeat', heartbeat],
  ]
  return sections.flatMap(([section, { certFile, caFile } = {}]) => [
    ...(certFile === undefined ? [] : [{ name: `${section}.certFile`, file: certFile, isAuthority: false }]),
    ...(caFile === undefined ? [] : [{ name: `${section}.caFile`, file: caFile, isAuthority: true }]),
  ])
}

/**
 * Days until the first certificate in the file (PEM, all of a chain; or one in DER) ends, with fractions; negative once
 * it has ended. Of `authorities` it is the last one: who changes them keeps the old beside the new for a while, and a
 * system's bundle always holds some that end. Throws Error with its cause when the file holds none that can be read.
 */
export async function certificateDaysLeft(
  file: string,
  nowMs: number,
  of: 'chain' | 'authorities' = 'chain',
): Promise<number> {
  try {
    const bytes = await readFile(file)
    const blocks: (string | Buffer)[] = bytes.toString('latin1').match(PEM) ?? [bytes]
    const endsMs = blocks.map((block) => new X509Certificate(block).validToDate.getTime())
    const endMs = of === 'chain' ? Math.min(...endsMs) : Math.max(...endsMs)
    return (endMs - nowMs) / DAY_MS
  } catch (error) {
    throw new Error(`${file} holds no certificate that can be read`, { cause: error })
  }
}

/** In words how near the end is: `good`, `30 days`, `7 days`, `1 day` (at most that many are left) or `ended`. */
export function certificateState(daysLeft: number): string {
  if (daysLeft <= 0) return 'ended'
  const reached = CERTIFICATE_WARN_DAYS.findLast((days) => daysLeft <= days)
  return reached === undefined ? 'good' : reached === 1 ? '1 day' : `${reached} days`
}
