/** What the first rounds compile makes the floor, which runs first, too dear. */
const LEAST_ROUNDS = 4
const MOST_ROUNDS = 25

/** A piece of work; what it does before and after its own work is not for the caller to count. */
type Work = () => unknown

/**
 * Compares the CPU time (all threads of this process) of pieces of work with that of a floor, run in turn.
 *
 * Each is told by its cheapest run. Other processes only ever add to a run, so the rounds go on until all are below
 * `most` times the floor; work that is really dearer never gets there and ends after 25 rounds.
 * @returns the ratio of each piece of work to the floor
 */
export async function costRatios(floor: Work, works: readonly Work[], most: number): Promise<number[]> {
  const least = [floor, ...works].map(() => Infinity)
  const ratios = () => least.slice(1).map((ms) => ms / least[0]!)
  const isDone = (round: number) => round >= LEAST_ROUNDS && ratios().every((ratio) => ratio < most)
  for (let round = 0; round < MOST_ROUNDS && !isDone(round); round++)
    for (const [n, work] of [floor, ...works].entries()) {
      const began = process.cpuUsage()
      await work()
      const { user, system } = process.cpuUsage(began)
      least[n] = Math.min(least[n]!, (user + system) / 1000)
    }
  console.log(`CPU of the cheapest run, ms: ${least.map((ms) => Math.round(ms)).join(', ')}`)
  return ratios()
}
