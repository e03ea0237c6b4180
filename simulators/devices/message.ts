/** What a device's message looks like: its numbers at their places, and what else such devices send. */
import type { Plant } from '../plant/plant.ts'
import { rawAt, type RegisterCount } from './counts.ts'
import type { Device, PayloadMember } from './devices.ts'

/**
 * The payloads that a device sends at a time: one, or one for each of those that points of its topic tell apart by
 * their content. Registers count on with each call, so calls must be in order of time.
 */
export function payloadsAt(
  plant: Plant,
  device: Device,
  registers: readonly RegisterCount[],
  { tMs, nth }: { readonly tMs: number; readonly nth: number },
): string[] {
  const { topic, members, stamped, dialect } = device
  const [first] = members
  const isBare = !stamped && members.every(({ at }) => at.length === 0) && dialect.around === undefined
  if (first !== undefined && isBare) return [String(rawAt(plant, device, first, registers, tMs))]
  const messages = new Map<string, Branch>()
  for (const member of members) {
    const root: Branch =
      messages.get(member.message) ?? dialect.around?.({ topic, tMs, nth }) ?? (isIndex(member.at[0]) ? [] : {})
    messages.set(member.message, root)
    const at = member.at.length === 0 ? ['value'] : member.at
    put(root, [...member.record, ...at], rawAt(plant, device, member, registers, tMs))
    for (const place of member.plus) put(root, [...member.record, ...place], 0)
    for (const { at: place, is } of member.where) put(root, [...member.record, ...place], is)
    if (stamped) putStamp(root, member, tMs)
  }
  return [...messages.values()].map((root) => JSON.stringify(root))
}

function putStamp(root: Branch, { record, timeAt, timeForm }: PayloadMember, tMs: number): void {
  const { shiftMs, write, timeOfDayAt } = timeForm
  const [stamp, timeOfDay] = write(tMs - shiftMs)
  if (stamp !== undefined) put(root, [...record, ...timeAt], stamp)
  if (timeOfDay !== undefined && timeOfDayAt !== undefined) put(root, [...record, ...timeOfDayAt], timeOfDay)
}

type Branch = Record<string, unknown> | unknown[]

/** Puts a leaf at the place of a JSON Pointer; tokens that are numbers make arrays. */
function put(root: Branch, tokens: readonly string[], leaf: string | number | boolean): void {
  let node = root as Record<string, unknown>
  for (const [depth, token] of tokens.slice(0, -1).entries()) {
    const below = node[token]
    if (typeof below !== 'object' || below === null) node[token] = isIndex(tokens[depth + 1]) ? [] : {}
    node = node[token] as Record<string, unknown>
  }
  node[tokens.at(-1) ?? 'value'] = leaf
}

function isIndex(token: string | undefined): boolean {
  return token !== undefined && /^(?:0|[1-9]\d{0,2})$/.test(token)
}
