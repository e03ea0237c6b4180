/** Asks the URLs that follow from argv[4] by turns, one every argv[2] ms for argv[3] seconds; gives how long each took. */
import { setTimeout as sleep } from 'node:timers/promises'

const [everyMs = '5', seconds = '1', ...urls] = process.argv.slice(2)
const tookMs: number[][] = urls.map(() => [])
const beganMs = performance.now()
for (let n = 0; performance.now() - beganMs < Number(seconds) * 1000; n++) {
  const askedMs = performance.now()
  const answer = await fetch(urls[n % urls.length] ?? '')
  await answer.arrayBuffer()
  if (!answer.ok) throw new Error(`${answer.url} answered ${answer.status}`)
  const took = performance.now() - askedMs
  tookMs[n % urls.length]?.push(took)
  if (took < Number(everyMs)) await sleep(Number(everyMs) - took)
}
process.send?.({ result: tookMs }, () => process.exit())
