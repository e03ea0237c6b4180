/** What DSX sends as the quality of a sound value. */
const GOOD = 1

/**
 * A value message of NVIDIA DSX Exchange (BMS event bus 1.0.0): `{ value, timestamp, quality }`. A value of any quality
 * but good is null, as DSX itself sends what is not known.
 */
export function dsxValue(root: unknown): unknown {
  if (typeof root !== 'object' || root === null || Array.isArray(root)) return root
  const { quality } = root as { quality?: unknown }
  return quality === GOOD ? root : { ...root, value: null }
}
