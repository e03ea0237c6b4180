/** Bytes of the newest snapshot in the store argv[3] of the tree argv[2], as they lie in the database. */
import type * as StoreModule from '../../../src/store/store.ts'
import { load, tell } from './site.ts'

const [root = '', folder = ''] = process.argv.slice(2)
const { openStore } = await load<typeof StoreModule>(root, 'store/store.ts')
let bytes = 0
{
  await using store = await openStore({ path: folder, journalDays: 30, journalBytes: 1e12, rowReceivers: [] })
  for await (const section of store.start().sections) bytes += section.bytes.length
}
tell({ bytes })
