import { calendarOf } from './calendar.ts'
import type { Day } from './days.ts'
import { loneReadings } from './lone.ts'
import { slips } from './slips.ts'
import { registerSteps } from './register.ts'
import type { Told } from './run.ts'
import type { Answer } from './oracle.ts'

/** How often each thing that days are made to bring did happen, by its name. */
export type Seen = Map<string, number>

/** All that must have happened somewhere; a test over days in which one of them never does is blind for it. */
export const MUST_HAPPEN: readonly string[] = `
accepted, duplicate, conflict, retained, future, too_late, negative, out_of_range, non_finite, no_value, bad_payload
bad_time, unknown_topic, overtaken, hold, faster, slower
kind power, kind mean, kind energy, kind register, kind gauge
register: step, register: rollover, register: fall, register: above rating, register: gap
register: young, register: return, register: confirmed, register: next day
register: skipped, register: bridged, register: over a swap
decimal rollover rated, decimal rollover not rated, binary rollover rated, binary rollover not rated
interval without data, interval partly known, estimated, masked, revised, restated, suspect, coarse, slipped, slipped down
day of 23 h, day of 24 h, day of 25 h, month, window with a PUE, window without a PUE
planted disorder, planted late burst, planted burst of all, planted duplicates, planted conflicts, planted gap
planted gap of all, planted loss, planted skew, planted future, planted retained, planted bad payloads, planted strays
planted stuck, planted unit slip, planted reversed, planted silence
planted stored rising, planted stored falling, planted stored shuffled, planted stored by all
planted reset, planted swap, planted jitter, planted spikes, planted register gap
planted zeros, planted young counts, planted stale counts, planted lone readings, left out, planted slips down
planted clock ahead, planted clock behind, stamped by a wrong clock`
  .trim()
  .split(/, |\n/)

export function noteDay(seen: Seen, day: Day, answer: Answer, told: Told): void {
  const note = (name: string, times = 1) => seen.set(name, (seen.get(name) ?? 0) + times)
  for (const name of day.planted) note(`planted ${name}`)
  for (const [outcome, times] of Object.entries(answer.outcomes)) note(outcome, times)
  notePoints(note, day, answer)
  const newest = new Map<string, number>()
  for (const { topic, payload } of day.packets) {
    const tMs = stampOf(payload)
    if (tMs < (newest.get(topic) ?? -Infinity)) note('overtaken')
    newest.set(topic, Math.max(tMs, newest.get(topic) ?? -Infinity))
  }
  note('stamped by a wrong clock', answer.clocked.length)
  noteRows(note, day, answer, told)
}

type Note = (name: string, times?: number) => void

function notePoints(note: Note, { scenario, paces }: Day, { samples }: Answer): void {
  for (const pace of paces) note(pace)
  for (const point of scenario.points) {
    note(`kind ${point.kind}`)
    if (point.hold) note('hold')
    const slipped = slips(point, samples.get(point.name) ?? [])
    note('slipped', slipped.length)
    note('slipped down', slipped.filter(({ isDown }) => isDown).length)
    note('left out', loneReadings(scenario.lengthMs, point, samples.get(point.name) ?? []).size)
    if (point.kind !== 'register') continue
    const { verdicts } = registerSteps(point, samples.get(point.name) ?? [])
    for (const [verdict, times] of Object.entries(verdicts)) note(`register: ${verdict}`, times)
    const base = Math.log2((point.modulusJ ?? 0) / 3600) % 1 === 0 ? 'binary' : 'decimal'
    const rated = point.maxKw === undefined ? 'not rated' : 'rated'
    note(`${base} rollover ${rated}`, verdicts.rollover ?? 0)
  }
}

function noteRows(note: Note, { scenario }: Day, { rows }: Answer, told: Told): void {
  for (const { fields, revision } of told.rows.values()) {
    if (revision > 0) note('revised')
    if (fields['state'] === 'restated') note('restated')
  }
  note('rows', rows.size)
  note('loose', [...rows.values()].filter(({ within }) => Object.keys(within).length > 0).length)
  const calendar = calendarOf(scenario.timezone)
  for (const { measurement, fields, tags, timeMs } of rows.values()) {
    const coverage = Number(fields['coverage'])
    if (Number(fields['estimated_share']) > 0) note('estimated')
    if (measurement === 'energy' && coverage < 1)
      note(coverage === 0 ? 'interval without data' : 'interval partly known')
    if (measurement !== 'pue') continue
    note(fields['pue'] === undefined ? 'window without a PUE' : 'window with a PUE')
    if (coverage > 0 && coverage < 1) note('masked')
    if (fields['suspect'] === true) note('suspect')
    const ratio = Number(fields['facility_j']) / Number(fields['it_j'])
    if (fields['suspect'] === true && ratio >= 1 && ratio <= 2) note('coarse')
    if (tags['window'] === 'month') note('month')
    if (tags['window'] !== 'day') continue
    const { fromMs, toMs } = calendar('day', timeMs - 1)
    note(`day of ${(toMs - fromMs) / 3_600_000} h`)
  }
}

/** Epoch milliseconds of a payload's stamp; NaN where it has none that a device would send. */
function stampOf(payload: unknown): number {
  const stamp = typeof payload === 'string' ? /"ts":("?)([^",}]+)\1/.exec(payload)?.[2] : undefined
  if (stamp === undefined) return NaN
  const ms = /^[\d.]+$/.test(stamp) ? Number(stamp) : Date.parse(stamp)
  return ms < 1e11 ? ms * 1000 : ms
}
