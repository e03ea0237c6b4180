import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../../config/config.ts'
import { createClientTls } from '../../config/files/client-tls.ts'
import { connectNats } from '../../nats/nats.ts'
import { openHighWater } from '../../store/database/high-water.ts'
import { groupOfMessage, lastSeqOf } from '../../store/journal/message.ts'

/**
 * Has the next start give numbers behind those that the stream has of the site: for an edge whose disk was lost. What
 * is between counts as missing here, and is in the stream. Gives the stream's last number; 0: it has none. Throws Error
 * when the stream cannot be read, or its last message is no group of a journal.
 */
export async function goOnBehindStream({ edge, site, store }: Config): Promise<number> {
  if (edge === undefined) return 0
  const { nats, stream } = edge
  const subject = `${stream.name}.${site.id}`
  await using link = await connectNats(nats, createClientTls('edge.nats', nats, () => {})(), `coldaisle ${site.id}`)
  const last = await link.last(stream.name, subject)
  if (last === undefined) return 0
  const group = groupOfMessage(last.bytes)
  if (typeof group === 'string') throw new Error(`the last message on ${subject} ${group}`)
  mkdirSync(store.path, { recursive: true, mode: 0o700 })
  using mark = openHighWater(join(store.path, 'high-water'))
  if (lastSeqOf(group) > (mark.found ?? 0)) mark.write(lastSeqOf(group))
  return lastSeqOf(group)
}
