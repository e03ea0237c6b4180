/**
 * The seeded proofs: tests that draw their cases from seeds, so that more seeds are more cases. Each takes its share in
 * every run of the tests (`gate`) and its full size in `npm run soak`. SEEDS=full asks for the full size, SEEDS=40 for
 * seeds 1 to 40, for instance of one file. test/README.md tells when each was last run in full, and what it showed.
 */
export const PROOFS = {
  'small days': { file: 'oracle/small-days', gate: 300, full: 1_000 },
  weeks: { file: 'oracle/weeks', gate: 1, full: 60 },
  'rich days': { file: 'oracle/rich-days', gate: 24, full: 60 },
  'orders of arrival': { file: 'oracle/rich-days', gate: 20, full: 64 },
  'registers count': { file: 'oracle/rich-days', gate: 48, full: 160 },
  incidents: { file: 'core/alarms/incidents', gate: 200, full: 500 },
  storms: { file: 'core/alarms/storms', gate: 20, full: 200 },
  'recomputed nights': { file: 'recompute/seeds', gate: 2, full: 8 },
  'database faults': { file: 'send/influx/drain', gate: 5, full: 20 },
  'kills of the daemon': { file: 'daemon/kills', gate: 4, full: 200 },
  'kills of the store': { file: 'store/kills', gate: 3, full: 97 },
  'turned bits': { file: 'store/flips', gate: 24, full: 200 },
  'cut files': { file: 'store/flips', gate: 8, full: 200 },
  'storms of the network': { file: 'faults/chaos', gate: 1, full: 12 },
  'deaths between slices': { file: 'fold/slices', gate: 3, full: 40 },
  'stated uncertainty': { file: 'core/energy/stated', gate: 400, full: 4_000 },
  'simulated lives': { file: 'simulation/simulation', gate: 200, full: 3_000 },
  'fuzzed payloads': { file: 'ingest/payload-fuzz', gate: 2_000, full: 20_000 },
  'hostile messages': { file: 'ingest/hostile', gate: 4_000, full: 100_000 },
  'hostile names': { file: 'commands/discover/hostile', gate: 200, full: 5_000 },
  'restored nights': { file: 'core/snapshot/snapshot', gate: 4, full: 20 },
  'late air': { file: 'scenarios/air-order', gate: 4, full: 20 },
  'stuck air': { file: 'oracle/stuck-air', gate: 6, full: 60 },
  'rows of air': { file: 'oracle/air-rows', gate: 8, full: 60 },
  backlogs: { file: 'scenarios/backlogs', gate: 4, full: 60 },
  'indicator days': { file: 'oracle/indicator-days', gate: 4, full: 200 },
  'sparkplug hours': { file: 'oracle/sparkplug-hours', gate: 2, full: 60 },
  'rates of change': { file: 'scenarios/rate', gate: 6, full: 30 },
  'avoided energy': { file: 'savings/avoided', gate: 4, full: 200 },
  'weather years': { file: 'simulators/weather', gate: 30, full: 30 },
} as const

export type Proof = keyof typeof PROOFS

/** How many seeds this run takes of a proof. Throws for a SEEDS that is neither `full` nor a whole number from 1 on. */
export function seedCount(proof: Proof): number {
  const asked = process.env['SEEDS']
  if (asked === undefined || asked === '') return PROOFS[proof].gate
  if (asked === 'full') return PROOFS[proof].full
  if (!/^[1-9]\d*$/.test(asked)) throw new Error(`SEEDS=${asked}: "full" or a whole number from 1 on is wanted`)
  return Number(asked)
}

/** The seeds of a proof, from `first` on. */
export function seedsOf(proof: Proof, first = 1): number[] {
  return Array.from({ length: seedCount(proof) }, (_, n) => first + n)
}
