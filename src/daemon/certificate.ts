import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'

const DAY_MS = 86_400_000
const PEM = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g

/** Days before its end at which a certificate is worth a word: a month, a week, a day. */
const CERTIFICATE_WARN_DAYS = [30, 7, 1] as const

/**
 * Days until the first certificate in the file (PEM, all of a chain; or one in DER) ends, with fractions; negative once
 * it has ended. Throws Error with its cause when the file cannot be read or holds none.
 */
export async function certificateDaysLeft(file: string, nowMs: number): Promise<number> {
  try {
    const bytes = await readFile(file)
    const blocks: (string | Buffer)[] = bytes.toString('latin1').match(PEM) ?? [bytes]
    const endsMs = blocks.map((block) => new X509Certificate(block).validToDate.getTime())
    return (Math.min(...endsMs) - nowMs) / DAY_MS
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
