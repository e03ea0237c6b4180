/** SIGHUP: a change that takes a restart is refused by name, with everything else that came with it. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { pathsForRestart } from '../../src/config/reload.ts'
import { startDaemon, until, type TestDaemon } from '../servers/daemon.ts'
import { freePort } from '../servers/servers.ts'

const POINT = '{ topic: dc/main, unit: kW, everyS: 10 }'

async function points(daemon: TestDaemon): Promise<string[]> {
  const site = (await (await fetch(`${daemon.url}/api/v1/site`)).json()) as { points: { point: string }[] }
  return site.points.map(({ point }) => point)
}

test('a change that takes a restart is refused with its name and what to do; without it the rest is applied', async () => {
  const listen = `127.0.0.1:${await freePort()}`
  const fixed = `site: { id: dc, timezone: UTC }\nmqtt: { listen: "${listen}" }\n`
  const more = `points: { main: ${POINT}, second: ${POINT.replace('main', 'second')} }\n`
  await using daemon = await startDaemon(`${fixed}points: { main: ${POINT} }\n`)
  daemon.reload(`${fixed.replace('id: dc', 'id: dd')}log: { level: debug }\n${more}`)
  await until('the refusal', 60_000, () => daemon.log().includes('the configuration is not changed'))
  expect(daemon.log()).toContain(
    'site.id, log changed, which takes a restart: restart the daemon, or take the change back',
  )
  expect(await points(daemon)).toEqual(['main'])
  daemon.reload(`${fixed}${more}`)
  await until('the reload', 60_000, () => daemon.log().includes('configuration reloaded'))
  expect(await points(daemon)).toEqual(['main', 'second'])
  expect(await daemon.stop()).toBe(0)
}, 180_000)

test('the help of `run` and the example name each part that takes a restart', () => {
  const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
  const help = spawnSync(process.execPath, [main, 'run', '--help'], { encoding: 'utf8' }).stdout
  const example = readFileSync(new URL('../../config/example.yaml', import.meta.url), 'utf8')
  const [said = ''] = /SIGHUP has a running daemon[^]*?is refused/.exec(example) ?? []
  expect(pathsForRestart()).toContain('site.id')
  for (const path of pathsForRestart()) {
    expect(help).toContain(path)
    expect(said).toMatch(new RegExp(`\\b${RegExp.escape(path)}\\b`))
  }
})
