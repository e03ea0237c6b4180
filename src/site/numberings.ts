import type { Config, PointConfig } from '../config/config.ts'
import type { NumberingPlan } from '../core/contract/alarm-plan.ts'
import { parsePointer } from '../ingest/pointer.ts'
import type { MemberIs, NumberAt } from '../ingest/route.ts'
import { isSparkplug } from '../ingest/sparkplug/topics.ts'

/** Messages that their sender numbers, and on which topics they come. */
export interface NumberedMessages {
  readonly plan: NumberingPlan
  readonly topics: ReadonlySet<string>
  readonly seq: string
  readonly where: PointConfig['where']
}

/**
 * Of each topic the count that its points name, by the first of them; devices that share a topic (`where`) each have
 * their own. Of each gateway the count of all its messages, whatever their topic.
 */
export function numberingsOf({ points, gateways }: Config, gatewayNames: readonly string[]): NumberedMessages[] {
  const found = new Map<string, NumberedMessages>()
  for (const [of, { topic, seq, seqModulus, where }] of Object.values(points).entries()) {
    if (seq === undefined) continue
    const key = JSON.stringify([topic, seq, where])
    if (found.has(key)) continue
    const plan = { kind: 'messages_lost', of, modulus: seqModulus ?? Infinity } as const
    found.set(key, { plan, topics: new Set([topic]), seq, where })
  }
  const ofGateways = gatewayNames.flatMap((name, of): NumberedMessages[] => {
    const { seq, seqModulus } = gateways[name] ?? {}
    if (seq === undefined) return []
    const behind = Object.values(points).filter(({ gateway, topic }) => gateway === name && !isSparkplug(topic))
    const plan = { kind: 'gateway_messages_lost', of, modulus: seqModulus ?? Infinity } as const
    return [{ plan, topics: new Set(behind.map(({ topic }) => topic)), seq, where: undefined }]
  })
  return [...found.values(), ...ofGateways]
}

/** Per topic where its messages have their numbers. */
export function numbersByTopic(numberings: readonly NumberedMessages[]): Map<string, NumberAt[]> {
  const byTopic = new Map<string, NumberAt[]>()
  for (const [numbering, { topics, seq, where }] of numberings.entries()) {
    const number = { numbering, at: parsePointer(seq), where: conditionsOf(where) }
    for (const topic of topics) byTopic.set(topic, [...(byTopic.get(topic) ?? []), number])
  }
  return byTopic
}

/** What must stand where in a message, by JSON Pointers. */
export function conditionsOf(where: PointConfig['where']): MemberIs[] {
  return Object.entries(where ?? {}).map(([pointer, is]) => ({ at: parsePointer(pointer), is: String(is) }))
}
