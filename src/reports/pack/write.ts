import type { KeyObject } from 'node:crypto'
import { join } from 'node:path'
import { BadInput } from '../../config/bad-input.ts'
import { reportModel, type EnergyReport } from '../../config/reporting/report-schema.ts'
import { writeDurably } from '../../store/durable.ts'
import { MANIFEST, sha256Of, signManifest, SIGNATURE, type PackManifest, type PreviousPack } from './manifest.ts'
import { newestRevision, openPack } from './open.ts'
import { zipped } from './zip.ts'

interface PackSource {
  readonly report: EnergyReport
  /** By name: all that goes into the pack but its manifest. */
  readonly files: ReadonlyMap<string, string>
  /** Undefined: nobody signs it. */
  readonly key: KeyObject | undefined
  /** Why there is a further revision; undefined: the first needs none. */
  readonly reason: string | undefined
  readonly form: 'folder' | 'zip'
}

const MODE = 0o640

/**
 * Writes a revision of a report's pack below `folder`, behind those that are there, and gives its path. The manifest
 * comes last, so a folder that was cut short has none; an archive is there as a whole or not at all. Throws `BadInput`
 * for a further revision without a reason.
 */
export async function writePack(folder: string, { report, files, key, reason, form }: PackSource): Promise<string> {
  const chain = chainOf(folder, report)
  const before = newestRevision(chain)
  const revision = before === undefined ? 0 : before.revision + 1
  const previous = before === undefined ? undefined : await previousOf(before.path, report, reason)
  const manifest = Buffer.from(`${JSON.stringify(manifestOf(report, files, revision, previous), null, 2)}\n`)
  const signature = key === undefined ? [] : [[SIGNATURE, signManifest(manifest, key)] as const]
  const all = new Map([...files, ...signature, [MANIFEST, manifest.toString()] as const])
  const own = join(chain, `r${revision}`)
  if (form === 'folder') {
    for (const [name, text] of all) await writeDurably(join(own, name), text, MODE)
    return own
  }
  await writeDurably(`${own}.zip`, zipped(all), MODE)
  return `${own}.zip`
}

/** Where all revisions of a report lie. */
export function chainOf(
  folder: string,
  { site, period, rules }: { site: string; period: { name: string }; rules: { id: string } },
): string {
  return join(folder, `${site}-${period.name}-${rules.id}`)
}

function manifestOf(
  { site, period, rules, madeAtMs, software, status }: EnergyReport,
  files: ReadonlyMap<string, string>,
  revision: number,
  previous: PreviousPack | undefined,
): PackManifest {
  return {
    form: 1,
    site,
    period: period.name,
    rules: rules.id,
    status,
    revision,
    software,
    signedAtByMachine: new Date(madeAtMs).toISOString(),
    ...(previous !== undefined && { previous }),
    files: [...files]
      .map(([name, text]) => ({ name, bytes: Buffer.byteLength(text), sha256: sha256Of(text) }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  }
}

async function previousOf(path: string, report: EnergyReport, reason: string | undefined): Promise<PreviousPack> {
  if (reason === undefined) {
    throw new BadInput(`${path} holds this report: say with --reason why there is a further revision`)
  }
  const pack = await openPack(path)
  try {
    const before = reportModel.parse(JSON.parse(String(await pack.bytes('report.json'))))
    const manifest = await pack.bytes(MANIFEST)
    if (manifest === undefined) throw new Error(`${MANIFEST} is missing`)
    return { manifest: sha256Of(manifest), reason, differences: differencesOf(before, report) }
  } catch (error) {
    const todo = 'see with `coldaisle verify` what is wrong with it, or write to another folder'
    throw new BadInput(`the report in ${path}, the revision before this one, cannot be read: ${todo}`, { cause: error })
  }
}

/** Fields and indicators whose number has changed, come or gone. */
function differencesOf(before: EnergyReport, now: EnergyReport): PreviousPack['differences'] {
  const [old, present] = [numbersOf(before), numbersOf(now)]
  return [...new Set([...old.keys(), ...present.keys()])].flatMap((of) => {
    const [was, is] = [old.get(of), present.get(of)]
    if (was === is) return []
    return [{ of, ...(was !== undefined && { old: was }), ...(is !== undefined && { new: is }) }]
  })
}

function numbersOf({ fields, indicators }: EnergyReport): Map<string, number> {
  return new Map(
    [...fields, ...indicators].flatMap(({ id, value }) => (typeof value === 'number' ? [[id, value]] : [])),
  )
}
