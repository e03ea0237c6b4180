import type { Config } from '../../config/config.ts'
import { localMs, stretchOf } from '../../config/duties/local-time.ts'
import { ANY_ROUTE, WEEKDAYS } from '../../config/duties/schedules.ts'
import { zoneOffsetMs } from '../../ingest/time-zones.ts'
import { STANDING_STATES, wantedOf, type AlarmTransition, type Duty, type Wanted } from './types.ts'

type Schedules = Config['notify']['schedules']
type Schedule = Schedules[string]
type Rota = NonNullable<Schedule['rota']>
type Quiet = Schedule['quiet'][number]

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const MINUTES = 1440

/**
 * What the schedules of its routes say of a receiver (D178). Turns and quiet hours are of the site's local time: a turn
 * ends at the same time of day in summer and in winter. Undefined: it is told at any time.
 */
export function dutyOf(
  config: Wanted & { readonly onCall?: string },
  { site, notify }: Pick<Config, 'site' | 'notify'>,
): Duty | undefined {
  const { schedules } = notify
  const { onCall, routes = [ANY_ROUTE] } = config
  if (!routes.some((route) => schedules[route] !== undefined)) return undefined
  const { timezone } = site
  // By which of its routes it is told; a receiver that names none has the schedule of all others
  const through = (transition: AlarmTransition): readonly string[] =>
    config.routes === undefined ? routes : routes.filter((route) => transition.routes?.includes(route))
  const rotas = (transition: AlarmTransition): Rota[] =>
    through(transition).flatMap((route) => schedules[route]?.rota ?? [])
  const inTurn = (transition: AlarmTransition, fromMs: number, toMs: number): string[] => [
    ...new Set(rotas(transition).flatMap((rota) => inTurns(rota, timezone, fromMs, toMs))),
  ]
  return {
    wanted: (queued) => wantedOf(config, [queued]),
    isQuiet: (transition, nowMs) =>
      through(transition).every((route) =>
        (schedules[route]?.quiet ?? []).some((quiet) => isOf(quiet, transition) && isWithin(quiet, timezone, nowMs)),
      ),
    isOnCall(transition, atMs) {
      if (onCall === undefined) return true
      const fromMs = isCall(transition) ? atMs : Math.min(transition.startsAtMs, atMs)
      return inTurn(transition, fromMs, atMs).includes(onCall)
    },
    onCall(transition, atMs) {
      return rotas(transition).length === 0 ? undefined : inTurn(transition, atMs, atMs)
    },
  }
}

/** It calls somebody to act, whoever that is now; all else is told to those who know of it. */
function isCall({ state }: AlarmTransition): boolean {
  return STANDING_STATES.has(state) && state !== 'acked'
}

function isOf({ severities }: Quiet, { severity, severities: had = [] }: AlarmTransition): boolean {
  return [severity, ...had].every((it) => severities.some((quiet) => quiet === it))
}

/** Whether an instant is within quiet hours. Those over midnight belong to the day on which they begin. */
function isWithin({ hours, days }: Quiet, timezone: string, tMs: number): boolean {
  const localMinutes = Math.floor((tMs + zoneOffsetMs(tMs, timezone)) / MINUTE_MS)
  const day = Math.floor(localMinutes / MINUTES)
  const minute = localMinutes - day * MINUTES
  const [from, to] = stretchOf(hours)
  const isOn = (that: number) => days === undefined || days.some((name) => name === WEEKDAYS[that % 7])
  if (from < to) return minute >= from && minute < to && isOn(day)
  return (minute >= from && isOn(day)) || (minute < to && isOn(day - 1))
}

/** Who is on call from one instant to another, each once; before the rota begins nobody is. */
function inTurns({ from, days, who }: Rota, timezone: string, fromMs: number, toMs: number): string[] {
  const beginMs = localMs(from)
  const turnAt = (tMs: number) => Math.floor((tMs + zoneOffsetMs(tMs, timezone) - beginMs) / (days * DAY_MS))
  const first = Math.max(0, turnAt(fromMs))
  const last = Math.min(turnAt(toMs), first + who.length - 1)
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, n) => who[(first + n) % who.length] ?? '')
}

/** Of each route who is on call now, until when, and who is next; and its quiet hours. As lines for people. */
export function dutyLines({ site, notify }: Pick<Config, 'site' | 'notify'>, nowMs: number): string[] {
  const { timezone } = site
  return Object.entries(notify.schedules).flatMap(([route, { rota, quiet }]) => [
    ...(rota === undefined ? [] : [`${nameOf(route)}: ${rotaText(rota, timezone, nowMs)}`]),
    ...quiet.map(({ hours, days, severities }) => {
      const on = days === undefined ? '' : ` from ${days.join(', ')}`
      return `${nameOf(route)}: ${severities.join(' and ')} wait ${hours}${on} (${timezone})`
    }),
  ])
}

function nameOf(route: string): string {
  return route === ANY_ROUTE ? 'all other receivers' : `route ${route}`
}

function rotaText({ from, days, who }: Rota, timezone: string, nowMs: number): string {
  const beginMs = localMs(from)
  const turn = Math.floor((nowMs + zoneOffsetMs(nowMs, timezone) - beginMs) / (days * DAY_MS))
  const until = new Date(beginMs + Math.max(0, turn + 1) * days * DAY_MS).toISOString().slice(0, 16).replace('T', ' ')
  if (turn < 0) return `nobody is on call until ${until} (${timezone}), then ${who[0] ?? ''}`
  const at = (n: number) => who[n % who.length] ?? ''
  return `${at(turn)} is on call until ${until} (${timezone}), then ${at(turn + 1)}`
}
