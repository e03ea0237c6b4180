import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readNamedFile, readSecret, readSecretText } from '../../src/config/files/secret-file.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'coldaisle-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function written(content: string): string {
  const path = join(folder, 'secret')
  writeFileSync(path, content, 'latin1')
  return path
}

describe('a secret is what the file holds, without one line end', () => {
  test.each([
    ['open sesame', 'open sesame'],
    ['open sesame\n', 'open sesame'],
    ['open sesame\r\n', 'open sesame'],
    ['open sesame \n', 'open sesame '],
    [' open sesame\t', ' open sesame\t'],
    ['open sesame\r', 'open sesame\r'],
    ['\xff\xfe\x00', '\xff\xfe\x00'],
    ['key\n\n', 'key\n'],
    ['two\nlines', 'two\nlines'],
  ])('%j', (content, secret) => {
    expect(readSecret('mqtt.passwordFile', written(content)).toString('latin1')).toBe(secret)
  })

  test.each(['', '\n', '\r\n'])('%j holds none', (content) => {
    const path = written(content)
    expect(() => readSecret('notify.heartbeat.secretFile', path)).toThrow(
      `notify.heartbeat.secretFile: ${path} is empty`,
    )
  })
})

describe('a secret as text', () => {
  test('is UTF-8', () => {
    const path = join(folder, 'word')
    writeFileSync(path, 'schlüssel \r\n')
    expect(readSecretText('influx.passwordFile', path)).toBe('schlüssel ')
  })

  test.each(['token\n\n', 'name\ntoken', '\ntoken'])('%j is refused: it has several lines', (content) => {
    const path = written(content)
    expect(() => readSecretText('influx.tokenFile', path)).toThrow(`influx.tokenFile: ${path} has several lines`)
  })
})

test('a file that cannot be read is named with its key and the cause', () => {
  const absent = join(folder, 'absent')
  for (const read of [readNamedFile, readSecret, readSecretText]) {
    expect(() => read('mqtt.caFile', absent)).toThrow(`mqtt.caFile: ${absent} cannot be read (ENOENT)`)
  }
  expect(() => readNamedFile('mqtt.caFile', folder)).toThrow(`mqtt.caFile: ${folder} cannot be read (EISDIR)`)
})
