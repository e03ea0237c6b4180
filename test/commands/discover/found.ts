import { createEar, hearOne, type Ear, type EarLimits } from '../../../src/commands/discover/heard/ear.ts'
import { counts, type PointDraft } from '../../../src/commands/discover/draft.ts'
import { selectionBy } from '../../../src/commands/discover/families/families.ts'
import { foundSite, type FoundSite } from '../../../src/commands/discover/found.ts'
import type { Payload } from '../../../src/ingest/root.ts'

export const BEGAN_MS = Date.UTC(2026, 2, 2, 10)

/** A message of a round: its topic, and what it says; retained copies come before the first round. */
export type Message = readonly [topic: string, payload: Payload | object, how?: 'retained']

export interface Rounds {
  count?: number
  everyS?: number
  limits?: EarLimits
}

/** What devices say in round `n`, heard for some rounds. */
export function heardFrom(
  says: (n: number, nowMs: number) => readonly Message[],
  { count = 12, everyS = 5, limits = { messages: 1e6, bytes: 1e9, topics: 20_000 } }: Rounds = {},
): Ear {
  const ear = createEar(limits)
  for (let n = 0; n < count; n++) {
    const nowMs = BEGAN_MS + n * everyS * 1000
    for (const [topic, payload, how] of says(n, nowMs)) {
      if (how === 'retained' && n > 0) continue
      const sent = typeof payload === 'object' && !(payload instanceof Uint8Array) ? JSON.stringify(payload) : payload
      hearOne(ear, { topic, payload: sent, nowMs, retain: how === 'retained' }, selectionBy)
    }
  }
  return ear
}

/** The configuration that is written of it, checked. */
export function siteFrom(says: Parameters<typeof heardFrom>[0], rounds?: Rounds): FoundSite {
  const said = { id: undefined, timezone: 'UTC', mqtt: undefined, heading: [], file: '/tmp/site.yaml' }
  return foundSite(heardFrom(says, rounds), said)
}

/** The text of all its files. */
export function textOf({ files }: FoundSite): string {
  return files.map(({ text }) => text).join('')
}

/** A point in a few words: `unit W, documented`, `? power` for one that asks. */
export function pointWords(draft: PointDraft): string {
  const { place, unit, measured, isRegister } = draft
  const what = isRegister ? 'count' : measured
  const where = `${draft.topic}${place.at === '' ? '' : ` ${place.at}`}`
  return counts(draft) ? `${where}: ${what} ${unit?.is} ${unit?.trust}` : `${where}: ${what} asks`
}

/** A boundary in a few words: `main / it-1 it-2`, or that it asks. */
export function boundaryWords({ boundaries, names }: FoundSite): string[] {
  return boundaries.map(({ facility, it, questions }) => {
    const list = (drafts: readonly PointDraft[]): string => drafts.map((draft) => names.get(draft)).join(' ')
    return questions.length > 0 ? 'asks' : `${list(facility)} / ${list(it)}`
  })
}
