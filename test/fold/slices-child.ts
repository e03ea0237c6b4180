/** Delivers the packets that a store does not have yet, folds them in small slices, and says when it begins. */
import { openIntake } from '../../src/fold/intake.ts'
import { FROM_MS, largeSite, openAt, packetsOf, SMALL } from './slices-day.ts'

/** So many messages are on their way at once. */
const UNACKNOWLEDGED = 40

const [folder = '', seed = ''] = process.argv.slice(2)
const site = largeSite(folder)
await using store = await openAt(folder)
let known = 0
for await (const entries of store.journal(1)) known += entries.filter(({ topic }) => site.routes.has(topic)).length
let nowMs = FROM_MS
const ignore = { onFull: () => {}, onCommit: () => {}, onOutputs: () => {} }
const intake = await openIntake(site, { ...ignore, store, clock: () => nowMs, sliceUnits: SMALL })
process.stdout.write('running\n')
let waiting: Promise<void>[] = []
for (const packet of packetsOf(site, Number(seed)).slice(known)) {
  nowMs = Math.max(nowMs, packet.nowMs)
  waiting.push(new Promise((resolve) => intake.deliver({ ...packet, payload: Buffer.from(packet.payload) }, resolve)))
  if (waiting.length < UNACKNOWLEDGED) continue
  await Promise.all(waiting)
  waiting = []
}
await Promise.all(waiting)
await intake.close()
