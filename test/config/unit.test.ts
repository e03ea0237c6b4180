/** The systemd unit: what systemd itself says of it, and that it fits what the daemon promises. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { needs } from '../servers/servers.ts'

const UNIT = join(import.meta.dirname, '../../config/coldaisle.service')
const IMAGE = join(import.meta.dirname, '../../Dockerfile')
/** Of 10: systemd's own measure of what a service could do if it were taken over. */
const MOST_EXPOSURE = 1.5
const without = needs('systemd-analyze') ? '' : ': skipped, no systemd-analyze on this machine'

const settings = new Map(
  readFileSync(UNIT, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, key, value] = /^(\w+)=(.*)$/.exec(line) ?? []
      return key === undefined ? [] : [[key, value ?? ''] as const]
    }),
)

function analyze(...args: string[]): { status: number | null; text: string } {
  const { status, stdout, stderr } = spawnSync('systemd-analyze', [...args, '--no-pager', UNIT], { encoding: 'utf8' })
  return { status, text: `${stdout}${stderr}` }
}

test.skipIf(without)(`systemd finds no fault in it${without}`, () => {
  expect(analyze('verify')).toEqual({ status: 0, text: '' })
})

test.skipIf(without)(`systemd finds little that it could do to the machine${without}`, () => {
  const { text } = analyze('security', '--offline=true')
  const [, exposure] = /Overall exposure level for coldaisle\.service: ([\d.]+)/.exec(text) ?? []
  expect(Number(exposure)).toBeLessThan(MOST_EXPOSURE)
})

test('it waits longer than an ordered stop takes, and asks only the main process', () => {
  expect(Number(settings.get('TimeoutStopSec'))).toBeGreaterThan(30)
  expect(settings.get('KillMode')).toBe('mixed')
  expect(settings.get('ExecReload')).toBe('/bin/kill -HUP $MAINPID')
})

test('what a new start cannot mend is not started again', () => {
  expect(settings.get('Restart')).toBe('on-failure')
  expect(settings.get('RestartPreventExitStatus')?.split(' ')).toEqual(['2', '75'])
})

test('the image starts the daemon in the same environment', () => {
  const ofUnit = [...readFileSync(UNIT, 'utf8').matchAll(/^Environment=(.*)$/gm)].map(([, setting]) => setting)
  const ofImage = /^ENV (NODE_ENV=.*)$/m.exec(readFileSync(IMAGE, 'utf8'))?.[1]?.split(' ')
  expect(ofUnit.length).toBeGreaterThan(1)
  expect(ofImage).toEqual(ofUnit)
})
