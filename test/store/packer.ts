/**
 * Does the work of packing.ts on the store in argv[2], and prints what the receiver hears, a JSON a line. Ends itself
 * with SIGKILL at the moment in argv[3]: n is behind the commit of step n, n - 0.5 before it. For kills.test.ts.
 */
import { writeSync } from 'node:fs'
import { openPacked, packSteps, STEPS } from './packing.ts'

const [, , path = '', endAt = ''] = process.argv

const store = await openPacked(path)
writeSync(1, '"open"\n')
await packSteps(store, STEPS, {
  onStep(step) {
    if (step === Number(endAt)) process.kill(process.pid, 'SIGKILL')
  },
  onHeard: (heard) => void writeSync(1, `${JSON.stringify(heard)}\n`),
})
await store.close()
