/** What DSX sends as the quality of a sound value. */
const GOOD = 1

/**
 * A value message of NVIDIA DSX Exchange (BMS event bus 1.0.0): `{ value, timestamp, quality }`, or a list of them.
 * What has any quality but good says nothing, as DSX itself sends null for what is not known.
 */
export function dsxValue(root: unknown): unknown {
  if (Array.isArray(root)) return root.map(dsxValue)
  if (typeof root === 'number') return null
  if (typeof root !== 'object' || root === null) return root
  const { quality, timestamp } = root as { quality?: unknown; timestamp?: unknown }
  return quality === GOOD ? root : { timestamp }
}
