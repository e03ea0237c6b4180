import { didYouMean, type Draft } from '../faults.ts'
import type { Readable } from '../readable.ts'

/** What is wrong with what is said of gateways. */
export function gatewayDrafts({ written, points, site }: Readable): Draft[] {
  const known = new Set([...points.values()].flatMap(({ gateway }) => gateway ?? []))
  return gatewaysIn(written).flatMap(([name, { uplink, seq, seqModulus }]): Draft[] => {
    const path = ['gateways', name]
    if (!known.has(name)) {
      const reason = `no point has "${name}" as its gateway`
      return [{ path, part: 'key', reason, hint: didYouMean(name, known) }]
    }
    if (seqModulus !== undefined && seq === undefined) {
      const hint = 'add `seq`, or remove it'
      return [{ path: [...path, 'seqModulus'], part: 'key', reason: 'has no effect without `seq`', hint }]
    }
    if (uplink === undefined && seq === undefined) {
      return [{ path, part: 'content', reason: 'says neither `uplink` nor `seq`', hint: 'add one, or remove it' }]
    }
    if (uplink !== site.id) return []
    const reason = 'has the name of the site, which stands for all gateways already'
    return [{ path: [...path, 'uplink'], part: 'content', reason, hint: 'give it another name, or leave it out' }]
  })
}

/** Names of uplinks, as they are written. */
export function uplinksIn(written: Readable['written']): string[] {
  return gatewaysIn(written).flatMap(([, { uplink }]) => (typeof uplink === 'string' ? [uplink] : []))
}

function gatewaysIn(written: Readable['written']): [name: string, keys: Readonly<Record<string, unknown>>][] {
  const section = written['gateways']
  if (typeof section !== 'object' || section === null || Array.isArray(section)) return []
  return Object.entries(section).map(([name, keys]: [string, unknown]) => [
    name,
    typeof keys === 'object' && keys !== null ? { ...keys } : {},
  ])
}
