import type { KeyObject } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BadInput } from '../../config/bad-input.ts'
import { reportModel, type EnergyReport } from '../../config/reporting/report-schema.ts'
import { writeDurably } from '../../store/durable.ts'
import { MANIFEST, sha256Of, signManifest, SIGNATURE, type PackManifest, type PreviousPack } from './manifest.ts'

interface PackSource {
  readonly report: EnergyReport
  /** By name: all that goes into the pack but its manifest. */
  readonly files: ReadonlyMap<string, string>
  readonly key: KeyObject
  /** Why there is a further revision; undefined: the first needs none. */
  readonly reason: string | undefined
}

const MODE = 0o640

/**
 * Writes a revision of a report's pack below `folder`, behind those that are there, and gives its path. The manifest
 * comes last, so a pack that was cut short has none. Throws `BadInput` for a further revision without a reason.
 */
export async function writePack(folder: string, { report, files, key, reason }: PackSource): Promise<string> {
  const { site, period, rules, madeAtMs, software, status } = report
  const chain = join(folder, `${site}-${period.name}-${rules.id}`)
  const revision = nextRevision(chain)
  const previous = revision === 0 ? undefined : await previousOf(join(chain, `r${revision - 1}`), report, reason)
  const own = join(chain, `r${revision}`)
  for (const [name, text] of files) await writeDurably(join(own, name), text, MODE)
  const manifest: PackManifest = {
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
  const text = `${JSON.stringify(manifest, null, 2)}\n`
  await writeDurably(join(own, SIGNATURE), signManifest(Buffer.from(text), key), MODE)
  await writeDurably(join(own, MANIFEST), text, MODE)
  return own
}

/** The first revision without a manifest: what was cut short is written anew. */
function nextRevision(chain: string): number {
  let revision = 0
  while (existsSync(join(chain, `r${revision}`, MANIFEST))) revision++
  return revision
}

async function previousOf(folder: string, report: EnergyReport, reason: string | undefined): Promise<PreviousPack> {
  if (reason === undefined) {
    throw new BadInput(`${folder} holds this report: say with --reason why there is a further revision`)
  }
  const before = await reportIn(folder)
  return {
    manifest: sha256Of(await readFile(join(folder, MANIFEST))),
    reason,
    differences: differencesOf(before, report),
  }
}

async function reportIn(folder: string): Promise<EnergyReport> {
  try {
    return reportModel.parse(JSON.parse(await readFile(join(folder, 'report.json'), 'utf8')))
  } catch (error) {
    const todo = 'see with `coldaisle verify` what is wrong with it, or write to another folder'
    throw new BadInput(`the report in ${folder}, the revision before this one, cannot be read: ${todo}`, {
      cause: error,
    })
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
