import { resolve } from 'node:path'
import type { Command } from 'commander'
import { BadInput } from '../../config/bad-input.ts'
import { readPublicKey, type PackManifest } from '../../reports/pack/manifest.ts'
import { verifyPack, type PackTrust } from '../../reports/pack/verify.ts'
import { addText } from '../arguments.ts'
import { printable } from '../columns.ts'
import { CommandFailed, FAILED } from '../ending.ts'

export interface TrustArguments {
  key?: string[]
  fingerprint?: string[]
}

export function addVerify(coldaisle: Command): void {
  coldaisle
    .command('verify')
    .description('whether evidence packs are as they were signed, and so are the revisions before them')
    .argument('<pack...>', 'folders or .zip files of packs, such as reports/dc5-2026-eu-2024-1364/r0')
    .option(...KEY_OPTION)
    .option(...FINGERPRINT_OPTION)
    .action(async (packs: string[], options: TrustArguments) => {
      const trust = trustOf(options)
      const faults: string[] = []
      for (const pack of packs) {
        const folder = resolve(pack)
        const found = await verifyPack(folder, trust)
        faults.push(...found.faults)
        if (found.manifest !== undefined && found.faults.length === 0) {
          process.stdout.write(`${folder}: ${soundText(found.manifest)}\n`)
        }
      }
      if (faults.length > 0) throw new CommandFailed(FAILED, faults.map(printable).join('\n'))
    })
}

export const KEY_OPTION = [
  '--key <file>',
  'public key (PEM) that may have signed them; may be given again',
  addText,
] as const
export const FINGERPRINT_OPTION = [
  '--fingerprint <SHA256:…>',
  'of a public key that may have signed them: the pack brings the key along',
  addText,
] as const

/** Throws `BadInput` where nobody is trusted: a signature by anybody says nothing. */
export function trustOf({ key = [], fingerprint = [] }: TrustArguments): PackTrust {
  if (key.length + fingerprint.length === 0) {
    throw new BadInput('say whose signature counts: --key FILE or --fingerprint SHA256:…')
  }
  return { keys: key.map(readPublicKey), fingerprints: fingerprint }
}

function soundText({ site, period, rules, status, revision, signedAtByMachine, files }: PackManifest): string {
  const of = `${site} ${period} ${rules}, ${status}, revision ${revision}`
  return `sound: ${of}, ${files.length} files, signed ${signedAtByMachine} by the clock of the machine`
}
