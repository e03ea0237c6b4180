/** A run that is published in real time has stamps of this moment, as devices have. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connectAsync } from 'mqtt'
import { afterAll, expect, test } from 'vitest'
import { needs, startMosquitto } from '../servers/servers.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const PACKETS = 40
const folder = mkdtempSync(join(tmpdir(), 'coldaisle-real-time-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test.skipIf(!needs('mosquitto'))(
  'each packet reaches the broker within 2 s of its stamp, in whichever second the run begins',
  async () => {
    const site = join(folder, 'site.yaml')
    writeFileSync(
      site,
      `
site: { id: dc, timezone: UTC }
points:
  main: { topic: dc/main, at: /kw, timeAt: /ts, unit: kW, everyS: 1, role: facility }
  r{1..8}: { topic: 'dc/r{1..8}', at: /kw, timeAt: /ts, unit: kW, everyS: 1, role: it }
boundaries: { dc: { facility: [main], it: ['r{1..8}'] } }
`,
    )
    await using broker = await startMosquitto()
    const listener = await connectAsync(broker.url)
    const ages: number[] = []
    const enough = new Promise<void>((resolve) => {
      listener.on('message', (_, payload) => {
        const nowMs = Date.now()
        const { ts } = JSON.parse(payload.toString()) as { ts: number }
        if (ages.push(nowMs - ts) === PACKETS) resolve()
      })
    })
    await listener.subscribeAsync('#', { qos: 1 })
    const simulate = [MAIN, 'simulate', '--config', site, '--to', broker.url]
    const child = spawn(process.execPath, simulate, { stdio: 'ignore' })
    const ended = once(child, 'close')
    try {
      await enough
    } finally {
      child.kill('SIGTERM')
      await listener.endAsync()
    }
    expect(await ended).toEqual([0, null])
    expect(Math.min(...ages)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...ages)).toBeLessThan(2_000)
  },
  60_000,
)
