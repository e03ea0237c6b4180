/**
 * Does the work of packing.ts on the store in argv[2], and writes what its receiver hears to the file in argv[3], a
 * JSON a line. Ends itself with SIGKILL at the moment in argv[4]: n is behind the commit of step n, n - 0.5 before the
 * step. For kills.test.ts.
 */
import { appendFileSync, writeSync } from 'node:fs'
import { openPacked, packSteps, STEPS } from './packing.ts'

const [, , path = '', heardFile = '', endAt = ''] = process.argv

const store = await openPacked(path)
writeSync(1, 'open')
await packSteps(store, STEPS, {
  onStep(step) {
    if (step === Number(endAt)) process.kill(process.pid, 'SIGKILL')
  },
  onHeard: (heard) => appendFileSync(heardFile, `${JSON.stringify(heard)}\n`),
})
await store.close()
