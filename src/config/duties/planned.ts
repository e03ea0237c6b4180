import * as z from 'zod'

import { didYouMean, type Draft } from '../faults.ts'
import { strict, text } from '../members.ts'
import type { Readable } from '../readable.ts'
import { nameFault } from '../strings.ts'
import { ALARM_KINDS } from '../../core/contract/alarm-kinds.ts'
import { localFault } from './local-time.ts'
import { ruleFault } from './recurrence.ts'

/** Where planned work is, as commands to the alarms name it: all that it names must fit; none: the whole site. */
const PLACES = ['hall', 'rack', 'gateway', 'class'] as const

/** Planned work: from when, for how long, where, and what it does meanwhile. Also what a command `plan` says. */
export const plannedWork = strict({
  name: text('by which rows, notices and commands know it', nameFault),
  from: text('when it begins first, local time of the site, such as 2026-03-03T08:00', localFault),
  hours: z
    .number()
    .min(1 / 60)
    .max(90 * 24)
    .describe('for so long each time'),
  rrule: text(
    'when it begins again (RFC 5545), such as FREQ=MONTHLY;BYDAY=1TU; absent: once',
    ruleFault,
  ).exactOptional(),
  hall: text('only in this hall').exactOptional(),
  rack: text('only at this rack').exactOptional(),
  gateway: text('only behind this gateway').exactOptional(),
  class: text('only at inlets of this class').exactOptional(),
  alarms: z
    .union([z.array(z.enum(ALARM_KINDS)).min(1), z.literal('none')])
    .exactOptional()
    .describe('kinds that are shelved meanwhile; absent: all of the place'),
  compliance: z.boolean().default(true).describe('compliance tells the time as planned (`planned_pct`)'),
  who: text('who has it done', blankFault).max(64),
  why: text('what is done', blankFault).max(256),
})

function blankFault(written: string) {
  return written.trim() === '' ? { reason: 'it is blank' } : undefined
}

export const planned = z
  .array(plannedWork)
  .max(1000)
  .default([])
  .describe('work that is known beforehand: alarms of its place are shelved, compliance tells its share')

/** Names that are said twice, and places that are not there. */
export function plannedDrafts({ written, points, inlets }: Readable): Draft[] {
  const list = written['planned']
  if (!Array.isArray(list)) return []
  const all = [...inlets]
  const known: Readonly<Record<(typeof PLACES)[number], ReadonlySet<string>>> = {
    hall: new Set(all.map(([, { hall = 'hall' }]) => hall)),
    rack: new Set(all.map(([name, { rack }]) => rack ?? name)),
    gateway: new Set([...points.values()].flatMap(({ gateway }) => gateway ?? [])),
    class: new Set(all.map(([, inlet]) => inlet.class ?? 'A1')),
  }
  const seen = new Set<unknown>()
  return list.flatMap((work: unknown, index): Draft[] => {
    const members: Readonly<Record<string, unknown>> = typeof work === 'object' && work !== null ? { ...work } : {}
    const path = ['planned', index]
    const { name } = members
    const isTwice = typeof name === 'string' && seen.has(name)
    seen.add(name)
    const twice: Draft = {
      path: [...path, 'name'],
      part: 'content',
      reason: `other planned work has the name "${String(name)}"`,
    }
    return [
      ...(isTwice ? [twice] : []),
      ...PLACES.flatMap((place): Draft[] => {
        const at = members[place]
        if (typeof at !== 'string' || at === '' || known[place].has(at)) return []
        const reason = `there is no ${place} "${at}" here`
        return [{ path: [...path, place], part: 'content', reason, hint: didYouMean(at, known[place]) }]
      }),
    ]
  })
}
