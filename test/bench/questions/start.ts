import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startDaemon } from '../../servers/daemon.ts'
import { cpuMs } from '../machine.ts'
import { runOwn } from '../own.ts'
import { mainOf, startBroker, untilReady } from '../passage.ts'
import type { Question } from '../question.ts'
import { exampleSite } from '../sites.ts'
import { exampleStream } from '../streams.ts'
import { replayOnce } from './replay.ts'

const LIMIT_MS = 400_000

export const start: Question = {
  name: 'start',
  asks: 'a daemon that starts with a journal of the example’s packets and no snapshot, until it is ready: a million packets, a tenth with --quick',
  floor: '`coldaisle replay` of the same packets, rows to /dev/null',
  needs: ['mosquitto'],
  reads: 'proc',
  limitS: { quick: 30, usual: 60, full: 900 },
  async measure({ tree, size, folder }) {
    const stream = exampleStream(folder, size === 'quick' ? 4 : 38.4)
    const config = join(folder, 'start.json')
    const path = join(folder, `start-store-${Date.now()}`)
    writeFileSync(config, JSON.stringify(exampleSite()))
    const { count } = await runOwn<{ count: number }>('fill-journal', [tree.root, path, stream.file])
    const floor = await replayOnce(tree, config, stream.file)
    await using broker = await startBroker()
    const text = JSON.stringify({ ...exampleSite(), store: { path }, mqtt: { url: broker.url } })
    const beganMs = performance.now()
    await using daemon = await startDaemon(text, { ready: false, main: mainOf(tree) })
    await untilReady(daemon, LIMIT_MS)
    const tookMs = performance.now() - beganMs
    return [
      { line: 'until ready', unit: 's', measured: tookMs / 1000, floor: floor.wallMs / 1000 },
      { line: 'packets', unit: '/s', measured: (count * 1000) / tookMs, floor: (count * 1000) / floor.wallMs },
      {
        line: 'CPU a packet',
        unit: 'µs',
        measured: (cpuMs(daemon.pid()) * 1000) / count,
        floor: (floor.cpuMs * 1000) / count,
      },
    ]
  },
}
