/**
 * Delivers the packets that a store does not have yet and folds them in small slices. Told after how many commits of an
 * entry cut in two it dies, it kills itself then.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { openIntake } from '../../src/fold/intake.ts'
import type { Commit, Committed, Store } from '../../src/store/store.ts'
import { FROM_MS, largeSite, openAt, packetsOf, SMALL } from './slices-day.ts'
import { clockAt } from './clock-at.ts'

/** So many messages are on their way at once. */
const UNACKNOWLEDGED = 40

const [folder = '', seed = '', death = 'Infinity', killMs = '0'] = process.argv.slice(2)
const site = largeSite(folder)
await using opened = await openAt(folder)
let cuts = 0
const store: Store = { ...opened, commit: commitAndDie }

async function commitAndDie(commit: Commit): Promise<Committed> {
  const committed = await opened.commit(commit)
  if (commit.cut !== undefined && ++cuts >= Number(death)) {
    await sleep(Number(killMs))
    process.kill(process.pid, 'SIGKILL')
  }
  return committed
}

let known = 0
let nowMs = FROM_MS
for await (const entries of store.journal(1)) {
  known += entries.filter(({ topic }) => site.routes.has(topic)).length
  for (const entry of entries) nowMs = Math.max(nowMs, entry.nowMs)
}
const ignore = { onFull: () => {}, onCommit: () => {}, onOutputs: () => {} }
const intake = await openIntake(site, {
  ...ignore,
  store,
  clock: clockAt(() => nowMs),
  sliceUnits: SMALL,
  nearEntries: 30,
})
let waiting: Promise<void>[] = []
for (const packet of packetsOf(site, Number(seed)).slice(known)) {
  nowMs = Math.max(nowMs, packet.nowMs)
  waiting.push(new Promise((resolve) => intake.deliver({ ...packet, payload: Buffer.from(packet.payload) }, resolve)))
  if (waiting.length < UNACKNOWLEDGED) continue
  await Promise.all(waiting)
  waiting = []
}
await Promise.all(waiting)
await intake.caughtUp
await intake.close()
