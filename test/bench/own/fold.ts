/**
 * CPU time of folding the recording argv[4] by the tree argv[2] and the configuration argv[3]; its rows go nowhere. The
 * first argv[5] packets are folded before and not measured.
 */
import { readFileSync } from 'node:fs'
import type * as Sinks from '../../../src/core/contract/sink.ts'
import type * as PipelineModule from '../../../src/fold/pipeline.ts'
import { load, siteOf, tell } from './site.ts'

const [root = '', config = '', recording = '', before = '0'] = process.argv.slice(2)
const { NOWHERE } = await load<typeof Sinks>(root, 'core/contract/sink.ts')
const { accept, createPipeline } = await load<typeof PipelineModule>(root, 'fold/pipeline.ts')
const pipeline = createPipeline(await siteOf(root, readFileSync(config, 'utf8')), NOWHERE)
const nowMs = Date.now()
const packets = readFileSync(recording, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => {
    const { topic, payload } = JSON.parse(line) as { topic: string; payload: string }
    return { nowMs, topic, payload: Buffer.from(payload), retain: false }
  })
for (const packet of packets.splice(0, Number(before))) accept(pipeline, packet)
const cpu = process.cpuUsage()
for (const packet of packets) accept(pipeline, packet)
const { user, system } = process.cpuUsage(cpu)
tell({ cpuUs: (user + system) / packets.length, packets: pipeline.packets })
