import * as z from 'zod'

import type { PlainMap } from '../document/document.ts'
import { plainMap } from '../document/plain.ts'
import type { Draft } from '../faults.ts'
import { isLoopback } from '../listen-address.ts'
import { refuse, strict, text } from '../members.ts'
import { bytesFault, bytesOf, urlFault, type StringFault } from '../strings.ts'

const STREAM = /^[A-Za-z0-9_-]{1,64}$/

function streamFault(written: string): StringFault | undefined {
  if (STREAM.test(written)) return undefined
  return { reason: `${JSON.stringify(written)} is no name of a stream`, hint: 'use 1 to 64 of A–Z a–z 0–9 _ -' }
}

/** A connection to NATS: to any of its servers, as somebody. */
const nats = strict({
  servers: z
    .array(text('such as tls://nats-1:4222', urlFault(['nats', 'tls'])))
    .min(1)
    .max(16)
    .describe('servers of one cluster, nats or tls; any of them is asked'),
  username: text('account').exactOptional(),
  passwordFile: text('file that holds the password, relative to this one').exactOptional(),
  credsFile: text('file of credentials (JWT and seed), as nsc writes it').exactOptional(),
  nkeyFile: text('file that holds the seed of an nkey').exactOptional(),
  caFile: text('certificate authorities that the servers are checked against (PEM)').exactOptional(),
  certFile: text('our certificate (PEM)').exactOptional(),
  keyFile: text("our certificate's key (PEM)").exactOptional(),
})

/** Where `coldaisle edge` sends its journal. */
export const edge = strict({
  nats,
  stream: strict({
    name: text('the JetStream stream; the site is its subject NAME.SITE', streamFault).default('coldaisle'),
    replicas: z.int().min(1).max(5).default(3).describe('servers that keep each message'),
    days: z.number().positive().max(3660).default(7).describe('how long messages are kept'),
    bytes: z
      .union([z.int().positive(), z.string().check(refuse(bytesFault)).transform(bytesOf)])
      .prefault('10 GB')
      .describe('how much the stream may take, of all its sites; when it is full, edges keep what they have'),
  }).prefault({}),
})

const WAYS = ['username', 'credsFile', 'nkeyFile', 'certFile'] as const

/** What is wrong with the section `edge` that takes more than one member to see. */
export function edgeDrafts(written: PlainMap): Draft[] {
  if (written['edge'] === undefined) return []
  const link = plainMap(plainMap(written['edge'])['nats'])
  const id = plainMap(written['site'])['id']
  const dotted =
    typeof id === 'string' && id.includes('.')
      ? [
          draft(['site', 'id'], 'the site is a subject of the stream, and a dot would make two of it', 'use - or _', {
            part: 'content',
          }),
        ]
      : []
  return [...dotted, ...accountDrafts(link), ...serverDrafts(link)]
}

function accountDrafts(link: PlainMap): Draft[] {
  const at = (key: string, reason: string, hint: string) => draft(['edge', 'nats', key], reason, hint)
  const drafts: Draft[] = []
  if ('passwordFile' in link !== 'username' in link) {
    const key = 'username' in link ? 'username' : 'passwordFile'
    drafts.push(at(key, '`username` and `passwordFile` go together', 'add the other or remove this one'))
  }
  if ('certFile' in link !== 'keyFile' in link) {
    const key = 'certFile' in link ? 'certFile' : 'keyFile'
    drafts.push(at(key, '`certFile` and `keyFile` go together', 'add the other or remove this one'))
  }
  const [first, second] = WAYS.filter((key) => key !== 'certFile' && key in link)
  if (first !== undefined && second !== undefined)
    drafts.push(at(second, `\`${first}\` and \`${second}\` exclude each other`, 'keep one of them'))
  return drafts
}

/** Beyond this machine only over TLS, and as somebody. */
function serverDrafts(link: PlainMap): Draft[] {
  const servers = Array.isArray(link['servers']) ? link['servers'] : []
  return servers.flatMap((server, n) => {
    if (typeof server !== 'string' || !URL.canParse(server)) return []
    const { protocol, hostname } = new URL(server)
    if (isLoopback(hostname)) return []
    const path = ['edge', 'nats', 'servers', n]
    const open =
      protocol === 'tls:'
        ? []
        : [draft(path, 'would send readings over the network without TLS', 'write tls://', { part: 'content' })]
    if (WAYS.some((key) => key in link)) return open
    const hint = 'add `credsFile`, `nkeyFile`, `certFile` and `keyFile`, or `username` and `passwordFile`'
    return [...open, draft(path, 'would be asked over the network without an account', hint, { part: 'content' })]
  })
}

function draft(
  path: PropertyKey[],
  reason: string,
  hint: string,
  { part }: Pick<Draft, 'part'> = { part: 'key' },
): Draft {
  return { path, part, reason, hint }
}
