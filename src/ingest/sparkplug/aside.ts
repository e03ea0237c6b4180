import type { DeviceBirth, NodeBirth } from './births.ts'

/**
 * Messages of a node that nobody could read when they came, as a birth may have been missed. They count once it is known
 * that none was: the messages that others had overtaken come, or the node's next birth is of the same session (`bdSeq`)
 * and a device's aliases are what they were.
 */
export interface Aside {
  /** Of the session that they are of, if nothing was missed. */
  readonly bdSeq: number
  /** By device, what its aliases stood for before. */
  readonly births: ReadonlyMap<string, DeviceBirth>
  /** Whether the node itself has since been born in this session. */
  isReborn: boolean
  messages: AsideMessage[]
}

export interface AsideMessage {
  readonly device: string
  readonly bytes: Uint8Array
  /** How many readings were told as `before_birth` when it came. */
  readonly refused: number
}

/** Of all nodes together. What comes beyond that is not set aside. */
const MOST_BYTES = 524_288

/** From now on what the node sends may mean something else. */
export function beginAside(node: NodeBirth): void {
  const isKnown = node.devices.size > 0 && !Number.isNaN(node.bdSeq)
  if (isKnown) node.aside = { bdSeq: node.bdSeq, births: node.devices, isReborn: false, messages: [] }
  else if (node.aside?.isReborn === true) node.aside = undefined
}

/** Keeps a message of which no reading could be told. */
export function setAside(all: ReadonlyMap<string, NodeBirth>, { aside }: NodeBirth, message: AsideMessage): void {
  if (aside === undefined || aside.isReborn || !aside.births.has(message.device)) return
  let bytes = message.bytes.length
  for (const node of all.values()) for (const other of node.aside?.messages ?? []) bytes += other.bytes.length
  if (bytes <= MOST_BYTES) aside.messages.push(message)
}

/** Gives all that was set aside, as nothing was missed. */
export function takeAside(node: NodeBirth): AsideMessage[] {
  const messages = node.aside?.messages ?? []
  node.aside = undefined
  return messages
}

/** The node itself is born: what was set aside in another session will never count. */
export function noteNodeBirth(node: NodeBirth, bdSeq: number): void {
  if (node.aside?.bdSeq !== bdSeq) node.aside = undefined
  else node.aside.isReborn = true
}

/** A device, or the node itself (''), is born: gives what this proves of it. The rest of it will never count. */
export function provenByBirth(node: NodeBirth, device: string): AsideMessage[] {
  const { aside } = node
  if (aside === undefined) return []
  const own = aside.messages.filter((it) => it.device === device)
  aside.messages = aside.messages.filter((it) => it.device !== device)
  const isProven = aside.isReborn && isSame(aside.births.get(device), node.devices.get(device))
  return isProven ? own : []
}

function isSame(before: DeviceBirth | undefined, after: DeviceBirth | undefined): boolean {
  if (before === undefined || after === undefined || before.byName.size !== after.byName.size) return false
  if (before.byAlias.size !== after.byAlias.size) return false
  const isNamed = [...before.byName].every(([name, { datatype }]) => after.byName.get(name)?.datatype === datatype)
  return isNamed && [...before.byAlias].every(([alias, { name }]) => after.byAlias.get(alias)?.name === name)
}
