import { createPublicKey, type KeyObject } from 'node:crypto'
import {
  fingerprintOf,
  isSignedBy,
  MANIFEST,
  sha256Of,
  SIGNATURE,
  type PackFile,
  type PackManifest,
  type PackSignature,
} from './manifest.ts'
import { openPack, revisionBefore } from './open.ts'

/** By whom a pack may be signed: without either, nothing is trusted. */
export interface PackTrust {
  readonly keys: readonly KeyObject[]
  /** Fingerprints that are pinned: a key that a pack brings along counts if it has one of these. */
  readonly fingerprints: readonly string[]
}

interface VerifiedPack {
  /** Undefined where it cannot be read. */
  readonly manifest: PackManifest | undefined
  /** What is wrong, a sentence each; empty: the pack is as it was signed, and so are those before it. */
  readonly faults: readonly string[]
}

/**
 * Verifies a pack, a folder or a `.zip`: the signature, every file, and that there is no other. Verifies the revisions
 * before it, which lie beside it, by the digests that manifests name. Never throws for what a pack holds.
 */
export async function verifyPack(path: string, trust: PackTrust): Promise<VerifiedPack> {
  const pack = await openPack(path)
  const bytes = await pack.bytes(MANIFEST)
  const manifest = parsed<PackManifest>(bytes)
  if (bytes === undefined || manifest === undefined || !hasForm(manifest)) {
    return { manifest: undefined, faults: [`${path}: ${MANIFEST} is missing or cannot be read`] }
  }
  const signed = await pack.bytes(SIGNATURE)
  const own = [...signatureFaults(bytes, signed, trust), ...pack.faults, ...(await fileFaults(pack, manifest))]
  const before = await chainFaults(path, manifest, trust)
  return { manifest, faults: [...own.map((fault) => `${path}: ${fault}`), ...before] }
}

/** Whether what a manifest names can be looked at: anybody may have written it. */
function hasForm({ files, revision, previous }: PackManifest): boolean {
  const isRevision = Number.isSafeInteger(revision) && revision >= 0
  const isList = Array.isArray(files) && files.every((file: Partial<PackFile> | null) => typeof file?.name === 'string')
  return isRevision && isList && (previous === undefined || typeof previous?.manifest === 'string')
}

function signatureFaults(bytes: Uint8Array, signed: Buffer | undefined, trust: PackTrust): string[] {
  const signature = parsed<PackSignature>(signed)
  if (signed === undefined || typeof signature?.signature !== 'string')
    return [`${SIGNATURE} is missing or cannot be read: nobody has signed it`]
  const keys = [...trust.keys, ...pinned(signature, trust.fingerprints)]
  if (keys.some((key) => isSignedBy(bytes, signed.toString('utf8'), signature, key))) return []
  return [`it is not signed by a key that is trusted, or its manifest has changed (it names ${signature.fingerprint})`]
}

/** The key that a pack brings along, if its fingerprint is pinned. */
function pinned({ publicKey }: PackSignature, fingerprints: readonly string[]): KeyObject[] {
  try {
    const key = createPublicKey(publicKey)
    return fingerprints.includes(fingerprintOf(key)) ? [key] : []
  } catch {
    return [] // what is no key is trusted by nobody, and the pack is told as not signed
  }
}

async function fileFaults(pack: Awaited<ReturnType<typeof openPack>>, { files }: PackManifest): Promise<string[]> {
  const faults: string[] = []
  const named = new Map(files.map((file) => [file.name, file]))
  for (const [name, isPlain] of pack.names) {
    if (!isPlain) faults.push(`${name} is no plain file`)
    if (name === MANIFEST || name === SIGNATURE || named.has(name)) continue
    faults.push(`${name} is not in the manifest: it was added or renamed`)
  }
  for (const { name, bytes, sha256 } of files) {
    if (!pack.names.has(name)) {
      faults.push(`${name} is missing: it was removed or renamed`)
      continue
    }
    if (pack.names.get(name) === false) continue
    const found = await pack.bytes(name)
    if (found?.length !== bytes || sha256Of(found) !== sha256) faults.push(`${name} has changed`)
  }
  return faults
}

async function chainFaults(path: string, { revision, previous }: PackManifest, trust: PackTrust): Promise<string[]> {
  if (revision === 0) return previous === undefined ? [] : [`${path}: revision 0 cannot have one before it`]
  if (previous === undefined) return [`${path}: revision ${revision} does not name the one before it`]
  const before = revisionBefore(path, revision)
  const bytes = await (await openPack(before)).bytes(MANIFEST)
  if (bytes === undefined) return [`${path}: the revision before it is missing: ${before}`]
  if (sha256Of(bytes) !== previous.manifest) {
    return [`${path}: the revision before it is another one than was named: ${before}`]
  }
  return [...(await verifyPack(before, trust)).faults]
}

function parsed<Shape>(bytes: Buffer | undefined): Shape | undefined {
  try {
    const found: unknown = bytes === undefined ? undefined : JSON.parse(bytes.toString('utf8'))
    return typeof found === 'object' && found !== null ? (found as Shape) : undefined
  } catch {
    return undefined // told as one that cannot be read
  }
}
