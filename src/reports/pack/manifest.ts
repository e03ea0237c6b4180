import { createHash, createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto'
import { BadInput } from '../../config/bad-input.ts'
import { readNamedFile } from '../../config/files/secret-file.ts'

/**
 * What a pack holds, and which revision it is. Revisions form a chain, each of a folder of its own:
 *
 * ```
 * dc5-2026-eu-2024-1364/
 *   r0/  report.json … manifest.json  manifest.sig
 *   r1/  …           manifest.json: previous { manifest: SHA-256 of r0/manifest.json, reason, differences }
 * ```
 */
export interface PackManifest {
  readonly form: 1
  readonly site: string
  readonly period: string
  readonly rules: string
  readonly status: string
  readonly revision: number
  readonly software: string
  /** By the clock of the machine: no authority has stamped it. */
  readonly signedAtByMachine: string
  readonly previous?: PreviousPack
  readonly files: readonly PackFile[]
}

export interface PackFile {
  readonly name: string
  readonly bytes: number
  readonly sha256: string
}

export interface PreviousPack {
  readonly manifest: string
  readonly reason: string
  readonly differences: readonly { readonly of: string; readonly old?: number; readonly new?: number }[]
}

/** `manifest.sig`: who has signed the bytes of the manifest. */
export interface PackSignature {
  readonly algorithm: 'Ed25519'
  readonly fingerprint: string
  /** SPKI, PEM. */
  readonly publicKey: string
  readonly signature: string
}

export const MANIFEST = 'manifest.json'
export const SIGNATURE = 'manifest.sig'

export function sha256Of(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** `SHA256:` and the digest of a public key in its SPKI form: what can be told by telephone, and pinned. */
export function fingerprintOf(key: KeyObject): string {
  return `SHA256:${sha256Of(key.export({ type: 'spki', format: 'der' }))}`
}

/** Reads the key that signs. Throws `BadInput` with what to do where it is none. */
export function readSigningKey(file: string, named = '--sign'): KeyObject {
  return ed25519(file, named, createPrivateKey, 'openssl genpkey -algorithm ed25519 -out key.pem')
}

/** Reads a key that packs are verified by. Throws `BadInput` with what to do where it is none. */
export function readPublicKey(file: string): KeyObject {
  return ed25519(file, '--key', createPublicKey, 'openssl pkey -in key.pem -pubout -out public.pem')
}

function ed25519(file: string, option: string, create: (pem: Buffer) => KeyObject, command: string): KeyObject {
  const make = `: make one with \`${command}\``
  let key: KeyObject
  try {
    key = create(readNamedFile(option, file))
  } catch (error) {
    throw new BadInput(`${option} ${file} holds no key that can be read${make}`, { cause: error })
  }
  if (key.asymmetricKeyType === 'ed25519') return key
  throw new BadInput(`${option} ${file} is no Ed25519 key${make}`)
}

/** The text of `manifest.sig`. */
export function signManifest(bytes: Uint8Array, key: KeyObject): string {
  return signatureText(createPublicKey(key), sign(null, bytes, key).toString('base64'))
}

/** Whether `text` is what a key has signed these bytes with, to the last letter. */
export function isSignedBy(bytes: Uint8Array, text: string, { signature }: PackSignature, key: KeyObject): boolean {
  return text === signatureText(key, signature) && verify(null, bytes, key, Buffer.from(signature, 'base64'))
}

function signatureText(publicKey: KeyObject, signature: string): string {
  const signed: PackSignature = {
    algorithm: 'Ed25519',
    fingerprint: fingerprintOf(publicKey),
    publicKey: String(publicKey.export({ type: 'spki', format: 'pem' })),
    signature,
  }
  return `${JSON.stringify(signed, null, 2)}\n`
}
