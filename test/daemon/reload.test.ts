/** SIGHUP: a change that takes a restart is refused by name, with everything else that came with it. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { connectAsync } from 'mqtt'
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

test('half a file takes nothing away: it is asked for twice, or refused for its missing end mark', async () => {
  const head = `site: { id: dc, timezone: UTC }\nmqtt: { listen: "127.0.0.1:${await freePort()}" }\npoints:\n`
  const names = Array.from({ length: 20 }, (_, n) => `p${String(n).padStart(2, '0')}`)
  const text = (count: number, end = '...\n') =>
    head +
    names
      .slice(0, count)
      .map((name) => `  ${name}: ${POINT.replace('main', name)}\n`)
      .join('') +
    end
  const told = async (words: string, times = 1) => until(words, 60_000, () => daemon.log().split(words).length > times)
  await using daemon = await startDaemon(text(20))
  daemon.reload(text(14, ''))
  await told('no longer ends with a line of three dots')
  daemon.reload(text(18))
  await told('configuration reloaded')
  expect(await points(daemon)).toEqual(names.slice(0, 18))
  daemon.reload(text(16))
  await told('takes away 2 of 18 points (p16, p17): reload once more within a minute if that is meant')
  daemon.reload(text(10))
  await told('takes away 8 of 18 points (p10, p11, p12, p13, p14 and 3 more)')
  expect(await points(daemon)).toEqual(names.slice(0, 18))
  daemon.reload(text(10))
  await told('configuration reloaded', 2)
  expect(await points(daemon)).toEqual(names.slice(0, 10))
  expect(await daemon.stop()).toBe(0)
}, 180_000)

test('a reload that would end a standing alarm is asked for twice, and the alarm is retired, not over', async () => {
  const port = await freePort()
  const head = `site: { id: dc, timezone: UTC }\nmqtt: { listen: "127.0.0.1:${port}" }\n`
  const spare = Array.from({ length: 20 }, (_, n) => `  s${n}: { topic: s/${n}, unit: °C }\n`).join('')
  const rule = 'alarms: { inlet_allowable: { onDelayS: 0 } }\n'
  const text = `${head}${rule}points:\n${spare}  t: { topic: dc/t, unit: °C }\ninlets: { hot: { dryBulb: t } }\n`
  await using daemon = await startDaemon(text)
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { protocolVersion: 4 })
  await client.publishAsync('dc/t', '41', { qos: 1 })
  const states = async () => {
    const answer = await fetch(`${daemon.url}/api/v1/rows?measurement=alarm&tag.alarm=inlet_allowable`)
    return ((await answer.json()) as { fields: { state: string } }[]).map(({ fields }) => fields.state)
  }
  await until('the alarm', 60_000, async () => (await states()).includes('raised'))
  const cooler = text.replace('hot:', 'cold:')
  daemon.reload(cooler)
  await until('the question', 60_000, () =>
    daemon.log().includes('it ends alarms that stand (inlet_allowable of hot): reload once more within a minute'),
  )
  expect(await states()).toEqual(['raised'])
  daemon.reload(cooler)
  await until('the reload', 60_000, () => daemon.log().includes('configuration reloaded'))
  await until('its end', 60_000, async () => (await states()).length === 2)
  expect(await states()).toEqual(['raised', 'retired'])
  await client.endAsync()
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
