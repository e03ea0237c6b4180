import * as z from 'zod'

import { didYouMean, type Draft } from '../faults.ts'
import { strict, text } from '../members.ts'
import { nameFault } from '../strings.ts'
import { SEVERITIES } from '../../core/contract/alarm-kinds.ts'
import type { Plain, PlainMap } from '../document/document.ts'
import { plainList, plainMap } from '../document/plain.ts'
import { hoursFault, localFault } from './local-time.ts'

/** Days of the week in the order of their numbers, the first being that of 1970-01-01. */
export const WEEKDAYS = ['thu', 'fri', 'sat', 'sun', 'mon', 'tue', 'wed'] as const

/** The key of the schedule for receivers that ask for no routes. */
export const ANY_ROUTE = '*'

const person = text('a name that receivers have as `onCall`', nameFault)

const rota = strict({
  from: text('when the first of them takes over, local time of the site, such as 2026-03-02T08:00', localFault),
  days: z.int().min(1).max(366).default(7).describe('so many days later the next one does, at the same time of day'),
  who: z.array(person).min(1).max(100).describe('in turn; behind the last comes the first'),
})

const quiet = strict({
  hours: text('local times of day from and to, such as 22:00-07:00', hoursFault),
  days: z.array(z.enum(WEEKDAYS)).min(1).exactOptional().describe('days on which such hours begin; absent: all'),
  severities: z
    .array(z.enum(SEVERITIES))
    .min(1)
    .default(['low', 'warning'])
    .describe('an alarm that never had another severity than these is held until the hours are over'),
})

const schedule = strict({
  rota: rota.exactOptional().describe('who is on call: receivers with `onCall` are told in their turn only'),
  quiet: z.array(quiet).max(8).default([]).describe('when alarms of low severity wait for the end of the hours'),
})

/** When a route tells whom. */
export const schedules = z
  .record(z.union([z.literal(ANY_ROUTE), text('a route', nameFault)]), schedule)
  .default({})
  .describe('by route: who is on call, and quiet hours; * is for receivers that name no `routes`')

/** What is wrong between the schedules and the receivers. */
export function scheduleDrafts(section: PlainMap): Draft[] {
  const all = plainMap(section['schedules'])
  const receivers = (['webhooks', 'emails'] as const).flatMap((list) =>
    plainList(section[list]).map((written, index) => ({ path: ['notify', list, index], members: plainMap(written) })),
  )
  const asked = new Set(receivers.flatMap(({ members }) => routesOf(members)))
  return [
    ...Object.keys(all).flatMap((route): Draft[] => {
      if (asked.has(route)) return []
      const reason =
        route === ANY_ROUTE ? 'every receiver names its `routes`' : `no receiver asks for the route "${route}"`
      return [{ path: ['notify', 'schedules', route], part: 'key', reason, hint: didYouMean(route, asked) }]
    }),
    ...receivers.flatMap(({ path, members }) => onCallDrafts(path, members, all)),
    ...Object.entries(all).flatMap(([route, written]) => {
      const told = receivers.flatMap(({ members }) =>
        typeof members['onCall'] === 'string' && routesOf(members).includes(route) ? [members['onCall']] : [],
      )
      return aloneDrafts(route, whoIn(written), new Set(told))
    }),
  ]
}

/** Somebody who is on call by no rota of his routes would never be told. */
function onCallDrafts(path: PropertyKey[], members: PlainMap, all: PlainMap): Draft[] {
  const { onCall } = members
  if (typeof onCall !== 'string') return []
  const known = new Set(routesOf(members).flatMap((route) => whoIn(all[route])))
  if (known.has(onCall)) return []
  const reason = `no rota of its routes has "${onCall}": it would never be told`
  return [{ path: [...path, 'onCall'], part: 'content', reason, hint: didYouMean(onCall, known) }]
}

/** Where some of a rota have receivers of their own, the turn of one who has none would tell nobody. */
function aloneDrafts(route: string, who: readonly string[], told: ReadonlySet<string>): Draft[] {
  if (told.size === 0) return []
  return who.flatMap((name, index): Draft[] => {
    if (told.has(name)) return []
    const reason = `no receiver of this route has \`onCall: ${name}\`: nobody would be told in that turn`
    const path = ['notify', 'schedules', route, 'rota', 'who', index]
    return [{ path, part: 'content', reason, hint: 'add the receiver, or take the name out' }]
  })
}

function routesOf({ routes }: PlainMap): string[] {
  return routes === undefined ? [ANY_ROUTE] : plainList(routes).filter((it): it is string => typeof it === 'string')
}

function whoIn(written: Plain | undefined): string[] {
  return plainList(plainMap(plainMap(written)['rota'])['who']).filter((it): it is string => typeof it === 'string')
}
