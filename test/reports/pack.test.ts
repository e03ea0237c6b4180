/** Evidence packs: what is in them, what verify accepts, and each way in which it must not. */
import { execFileSync } from 'node:child_process'
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { cpSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ruleSetNamed } from '../../src/config/rules/rules.ts'
import type { EnergyReport } from '../../src/config/reporting/report-schema.ts'
import { withStatus } from '../../src/reports/pack/finality.ts'
import { packFiles } from '../../src/reports/pack/files.ts'
import { fingerprintOf, readPublicKey, readSigningKey } from '../../src/reports/pack/manifest.ts'
import { verifyPack } from '../../src/reports/pack/verify.ts'
import { writePack } from '../../src/reports/pack/write.ts'
import { openArchive, zipped } from '../../src/reports/pack/zip.ts'
import { dayPage, reportOf, siteConfig } from './site-of-report.ts'

const folder = mkdtempSync(join(tmpdir(), 'coldaisle-pack-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const { privateKey } = generateKeyPairSync('ed25519')
const publicKey = createPublicKey(privateKey)
const other = generateKeyPairSync('ed25519')
const pages = [dayPage({ day: '2026-10-05' })]
const rules = ruleSetNamed('eu-2024-1364')

async function pack(
  into: string,
  of: { it?: number; reason?: string; key?: KeyObject; form?: 'zip' } = {},
): Promise<string> {
  const own = [dayPage({ day: '2026-10-05', it: of.it ?? 1000 })]
  const report = reportOf({ pages: own })
  const files = packFiles(report, own, rules, siteConfig())
  return writePack(into, { report, files, key: of.key ?? privateKey, reason: of.reason, form: of.form ?? 'folder' })
}

/** Copies the chain of revisions, does something to it, and gives what verify finds of revision 1. */
async function faultsAfter(harm: (chain: string) => void, keys: readonly KeyObject[] = [publicKey]): Promise<string[]> {
  const chain = mkdtempSync(join(folder, 'harmed-'))
  cpSync(sound, chain, { recursive: true })
  harm(chain)
  const { faults } = await verifyPack(join(chain, 'r1'), { keys, fingerprints: [] })
  return faults.map((fault) => fault.replaceAll(chain, ''))
}

let sound = ''
beforeAll(async () => {
  await pack(join(folder, 'sound'))
  await pack(join(folder, 'sound'), { it: 990, reason: 'meter it was read again' })
  sound = join(folder, 'sound', 'dc5-2026-10-05-eu-2024-1364')
})

test('a pack holds the report in all forms and what it is made of', () => {
  expect(readdirSync(join(sound, 'r0'), { recursive: true }).map(String).toSorted()).toEqual([
    'configuration.json',
    'days.csv',
    'explain.json',
    'manifest.json',
    'manifest.sig',
    'pages.ndjson',
    'report.csv',
    'report.de.html',
    'report.en.html',
    'report.fr.html',
    'report.json',
    'rules',
    'rules/eu-2024-1364.yaml',
    'software.json',
  ])
})

test('each file has one last line end, and the sums of the pages are those of the report', () => {
  const lines = readFileSync(join(sound, 'r0', 'pages.ndjson'), 'utf8')
    .trim()
    .split('\n')
  const found = lines.map((line) => JSON.parse(line) as (typeof pages)[number])
  const report = JSON.parse(readFileSync(join(sound, 'r0', 'report.json'), 'utf8')) as EnergyReport
  const joules = found.flatMap(({ sums }) => sums).filter(({ sum }) => sum === 'facility')
  expect(joules.reduce((all, { measuredJ }) => all + measuredJ, 0) / 3.6e6).toBe(
    report.fields.find(({ id }) => id === 'e_dc')?.value,
  )
})

describe('verify', () => {
  test('accepts it by its key and by the fingerprint of its key', async () => {
    expect(await faultsAfter(() => {})).toEqual([])
    const pinned = { keys: [], fingerprints: [fingerprintOf(publicKey)] }
    expect((await verifyPack(join(sound, 'r1'), pinned)).faults).toEqual([])
  })

  test('a further revision tells its reason and what differs', async () => {
    const { manifest } = await verifyPack(join(sound, 'r1'), { keys: [publicKey], fingerprints: [] })
    expect(manifest?.previous).toMatchObject({
      reason: 'meter it was read again',
      differences: [{ of: 'e_it', old: 1000, new: 990 }, { of: 'pue', old: 1.2, new: 1200 / 990 }, { of: 'wue' }],
    })
    await expect(pack(join(folder, 'sound'))).rejects.toThrow(/say with --reason/)
  })

  test.each(['', '{}', '{"form":1'])('a report before it that holds %j is told with what to do', async (text) => {
    const into = mkdtempSync(join(folder, 'broken-'))
    writeFileSync(join(await pack(into), 'report.json'), text)
    await expect(pack(into, { reason: 'again' })).rejects.toThrow(/r0, the revision before.*coldaisle verify/)
  })

  test('rejects each file of which one byte has changed', async () => {
    const files = readdirSync(join(sound, 'r1'), { recursive: true, withFileTypes: true }).filter((it) => it.isFile())
    expect(files).toHaveLength(13)
    for (const { name, parentPath } of files) {
      const inside = join(parentPath.slice(join(sound, 'r1').length), name)
      const faults = await faultsAfter((chain) => {
        const file = join(chain, 'r1', inside)
        const bytes = readFileSync(file)
        const at = Math.floor(bytes.length / 2)
        bytes[at] = (bytes[at] ?? 0) ^ 1
        writeFileSync(file, bytes)
      })
      expect([name, ...faults].join(': ')).toMatch(/has changed|cannot be read|not signed|missing/)
    }
  })

  test.each<[name: string, harm: (chain: string) => void, expected: RegExp]>([
    ['added', (chain) => writeFileSync(join(chain, 'r1', 'note.txt'), 'hi'), /^\/r1: note\.txt is not in the manifest/],
    ['missing', (chain) => rmSync(join(chain, 'r1', 'days.csv')), /^\/r1: days\.csv is missing/],
    [
      'renamed',
      (chain) => renameSync(join(chain, 'r1', 'days.csv'), join(chain, 'r1', 'day.csv')),
      /day\.csv is not in the manifest.*days\.csv is missing/,
    ],
    [
      'put in place of by a link',
      (chain) => {
        renameSync(join(chain, 'r1', 'days.csv'), join(chain, 'elsewhere.csv'))
        symlinkSync(join(chain, 'elsewhere.csv'), join(chain, 'r1', 'days.csv'))
      },
      /days\.csv is no plain file/,
    ],
  ])('rejects a file %s', async (_name, harm, expected) => {
    expect((await faultsAfter(harm)).join('; ')).toMatch(expected)
  })

  test('tells of a pipe, which is never read to its end', { timeout: 5_000 }, async () => {
    const pipeFor = (name: string) => (chain: string) => {
      rmSync(join(chain, 'r1', name))
      execFileSync('mkfifo', [join(chain, 'r1', name)])
    }
    expect(await faultsAfter(pipeFor('days.csv'))).toEqual(['/r1: days.csv is no plain file'])
    expect(await faultsAfter(pipeFor('manifest.json'))).toEqual(['/r1: manifest.json is missing or cannot be read'])
    expect((await faultsAfter(pipeFor('manifest.sig')))[0]).toContain('nobody has signed it')
  })

  test.each([
    { files: [null] },
    { files: [{ name: 5 }] },
    { files: {} },
    { files: [], previous: null },
    { files: [], previous: {} },
    { files: [], revision: 1, previous: null },
    { files: [], revision: '1' },
    { files: [], revision: -1 },
    { files: [], revision: 0.5 },
  ])('says of a manifest like %j that it cannot be read', async (manifest) => {
    const text = JSON.stringify({ revision: 0, ...manifest })
    const harm = (chain: string) => writeFileSync(join(chain, 'r1', 'manifest.json'), text)
    expect(await faultsAfter(harm)).toEqual(['/r1: manifest.json is missing or cannot be read'])
  })

  test('rejects another key, a pack that nobody has signed, and any signature where none is trusted', async () => {
    expect(await faultsAfter(() => {}, [other.publicKey])).toHaveLength(2)
    expect((await faultsAfter((chain) => rmSync(join(chain, 'r1', 'manifest.sig'))))[0]).toContain('nobody has signed')
    expect((await verifyPack(join(sound, 'r0'), { keys: [], fingerprints: ['SHA256:0'] })).faults).toHaveLength(1)
  })

  test('rejects a revision whose predecessor is gone, or another one than it names', async () => {
    expect(await faultsAfter((chain) => rmSync(join(chain, 'r0'), { recursive: true }))).toEqual([
      '/r1: the revision before it is missing: /r0',
    ])
    await pack(join(folder, 'strange'), { it: 500 })
    const strange = join(folder, 'strange', 'dc5-2026-10-05-eu-2024-1364', 'r0')
    const faults = await faultsAfter((chain) => cpSync(strange, join(chain, 'r0'), { recursive: true }))
    expect(faults).toEqual(['/r1: the revision before it is another one than was named: /r0'])
  })
})

describe('a pack that is one .zip', () => {
  const read = (file: string) => {
    const archive = openArchive(readFileSync(file))
    return new Map([...(archive?.names ?? [])].map((name) => [name, String(archive?.bytes(name))]))
  }
  const faultsOf = async (file: string, keys = [publicKey]) => {
    const { faults } = await verifyPack(file, { keys, fingerprints: [] })
    return faults.map((fault) => fault.replace(`${file}: `, ''))
  }
  let file = ''
  beforeAll(async () => {
    file = await pack(join(folder, 'zipped'), { form: 'zip' })
  })

  test('holds what the folder holds, to the same bytes each time and in each time zone', async () => {
    expect(file).toMatch(/dc5-2026-10-05-eu-2024-1364\/r0\.zip$/)
    expect([...read(file).keys()].toSorted()).toEqual(
      readdirSync(join(sound, 'r0'), { recursive: true, withFileTypes: true })
        .filter((it) => it.isFile())
        .map((it) => join(it.parentPath, it.name).slice(join(sound, 'r0/').length))
        .toSorted(),
    )
    const zone = process.env['TZ']
    process.env['TZ'] = 'Pacific/Apia'
    const again = await pack(join(folder, 'zipped-again'), { form: 'zip' })
    if (zone === undefined) delete process.env['TZ']
    else process.env['TZ'] = zone
    expect(readFileSync(again).equals(readFileSync(file))).toBe(true)
    expect(await faultsOf(file)).toEqual([])
  })

  test.each<[words: string, harm: (files: Map<string, string>) => void, expected: RegExp]>([
    ['a file has changed', (files) => files.set('days.csv', `${files.get('days.csv')} `), /^days\.csv has changed$/],
    ['a file was added', (files) => files.set('note.txt', 'hi'), /^note\.txt is not in the manifest/],
    ['a file is missing', (files) => files.delete('days.csv'), /^days\.csv is missing/],
    ['the signature is missing', (files) => files.delete('manifest.sig'), /nobody has signed it/],
    ['the manifest has changed', (files) => files.set('manifest.json', `${files.get('manifest.json')} `), /not signed/],
  ])('%s', async (_words, harm, expected) => {
    const files = read(file)
    harm(files)
    const harmed = join(mkdtempSync(join(folder, 'harmed-')), 'r0.zip')
    writeFileSync(harmed, zipped(files))
    expect((await faultsOf(harmed)).join('; ')).toMatch(expected)
  })

  test('another key, a file that comes twice, and what is no archive', async () => {
    expect((await faultsOf(file, [other.publicKey]))[0]).toMatch(/not signed by a key that is trusted/)
    const twice = join(mkdtempSync(join(folder, 'harmed-')), 'r0.zip')
    const files = read(file)
    files.set('days.csX', 'another table')
    writeFileSync(
      twice,
      Buffer.from(Buffer.from(zipped(files)).toString('latin1').replaceAll('days.csX', 'days.csv'), 'latin1'),
    )
    expect(await faultsOf(twice)).toEqual(['days.csv is in the archive twice', 'days.csv has changed'])
    writeFileSync(twice, 'PK? no')
    expect(await faultsOf(twice)).toEqual(['manifest.json is missing or cannot be read'])
  })

  test('follows a folder, and is followed by one; sent elsewhere, both keep their names', async () => {
    const chain = mkdtempSync(join(folder, 'mixed-'))
    await pack(chain)
    const second = await pack(chain, { it: 990, reason: 'read again', form: 'zip' })
    const third = await pack(chain, { it: 980, reason: 'read once more' })
    expect(await faultsOf(third)).toEqual([])
    const [mail, mailed] = [join(chain, 'dc5-r1.zip'), join(chain, 'dc5-r0.zip')]
    cpSync(second, mail)
    expect((await faultsOf(mail))[0]).toMatch(/the revision before it is missing: .*\/dc5-r0$/)
    await pack(join(chain, 'other'), { form: 'zip' })
    cpSync(join(chain, 'other', 'dc5-2026-10-05-eu-2024-1364', 'r0.zip'), mailed)
    expect(await faultsOf(mail)).toEqual([])
  })
})

describe('a report is final', () => {
  const report = reportOf({ pages })
  const base = { final: true, incomplete: undefined, author: 'Ann', releasedBy: 'Ben', backlogMs: 7 * 86_400_000 }
  const on = (day: string) => ({ ...base, nowMs: Date.parse(day) })

  test('once no backlog can come: 7 days after its end', () => {
    expect(() => withStatus(report, on('2026-10-12T23:59Z'))).toThrow(/cannot be final before 2026-10-13T00:00/)
    expect(withStatus(report, on('2026-10-13T00:00Z'))).toMatchObject({ status: 'final', releasedBy: 'Ben' })
  })

  test('by two people', () => {
    expect(() => withStatus(report, { ...on('2026-11-01'), releasedBy: 'Ann' })).toThrow(/a second person/)
    expect(() => withStatus(report, { ...on('2026-11-01'), author: undefined })).toThrow(/a second person/)
  })

  test('with 95 % known, or a reason', () => {
    const gappy = reportOf({ pages: [dayPage({ day: '2026-10-05', coverage: 0.94 })] })
    expect(() => withStatus(gappy, on('2026-11-01'))).toThrow(/only 94.00 % of 2026-10-05 is known/)
    const told = withStatus(gappy, { ...on('2026-11-01'), incomplete: 'meter main was away' })
    expect(told).toMatchObject({ status: 'final, incomplete', incompleteBecause: 'meter main was away' })
    expect(withStatus(gappy, { ...on('2026-11-01'), final: false }).status).toBe('preliminary')
  })
})

test('keys that are none say how to make one', () => {
  const file = join(folder, 'key.pem')
  writeFileSync(file, 'no key')
  expect(() => readSigningKey(file)).toThrow(
    /holds no key that can be read: make one with `openssl genpkey -algorithm ed25519/,
  )
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  writeFileSync(file, rsa.publicKey.export({ type: 'spki', format: 'pem' }))
  expect(() => readPublicKey(file)).toThrow(/is no Ed25519 key/)
})
