import type { DeviceBirth, NodeBirth } from './births.ts'

/**
 * Messages of a node that nobody could read when they came, as a birth may have been missed. They are read once it is
 * known that none was. Either the messages come that these had overtaken. Or the node is born in the same session
 * (`bdSeq`), and the aliases of a device are what they were.
 */
export interface Unread {
  /** Of the session that they are of, if nothing was missed. */
  readonly bdSeq: number
  /** By device, what its aliases stood for before. */
  readonly births: ReadonlyMap<string, DeviceBirth>
  /** Whether the node itself has since been born in this session. */
  isReborn: boolean
  messages: UnreadMessage[]
}

export interface UnreadMessage {
  readonly device: string
  readonly bytes: Uint8Array
  /** How many readings were told as `before_birth` when it came. */
  readonly refused: number
}

/** Of all nodes together. What comes beyond that is not set aside. */
const MOST_BYTES = 524_288

/** From now on what the node sends may mean something else. */
export function beginUnread(node: NodeBirth): void {
  const isKnown = node.devices.size > 0 && !Number.isNaN(node.bdSeq)
  if (isKnown) node.unread = { bdSeq: node.bdSeq, births: node.devices, isReborn: false, messages: [] }
  else if (node.unread?.isReborn === true) node.unread = undefined
}

/** Keeps a message of which no reading could be told. */
export function keepUnread(all: ReadonlyMap<string, NodeBirth>, { unread }: NodeBirth, message: UnreadMessage): void {
  if (unread === undefined || unread.isReborn || !unread.births.has(message.device)) return
  let bytes = message.bytes.length
  for (const node of all.values()) for (const other of node.unread?.messages ?? []) bytes += other.bytes.length
  if (bytes <= MOST_BYTES) unread.messages.push(message)
}

/** Gives all that was set aside, as nothing was missed. */
export function takeUnread(node: NodeBirth): UnreadMessage[] {
  const messages = node.unread?.messages ?? []
  node.unread = undefined
  return messages
}

/** The node itself is born: what was set aside in another session will never count. */
export function noteNodeBirth(node: NodeBirth, bdSeq: number): void {
  if (node.unread?.bdSeq !== bdSeq) node.unread = undefined
  else node.unread.isReborn = true
}

/** A device, or the node itself (''), is born: gives what this proves of it. The rest of it will never count. */
export function provenByBirth(node: NodeBirth, device: string): UnreadMessage[] {
  const { unread } = node
  if (unread === undefined) return []
  const own = unread.messages.filter((it) => it.device === device)
  unread.messages = unread.messages.filter((it) => it.device !== device)
  const isProven = unread.isReborn && isSame(unread.births.get(device), node.devices.get(device))
  return isProven ? own : []
}

function isSame(before: DeviceBirth | undefined, after: DeviceBirth | undefined): boolean {
  if (before === undefined || after === undefined || before.byName.size !== after.byName.size) return false
  if (before.byAlias.size !== after.byAlias.size) return false
  const isNamed = [...before.byName].every(([name, { datatype }]) => after.byName.get(name)?.datatype === datatype)
  return isNamed && [...before.byAlias].every(([alias, { name }]) => after.byAlias.get(alias)?.name === name)
}
