/** @import { DeadLetter, Refused, View } from './types.ts' */
import { byId, make, say } from './elements.js'
import { nowMs } from './view.js'
import { clock, plain } from './words.js'

/** What was refused, the newest first: readings within a day by us, rows by InfluxDB. How often, why, and an example. */

const SHOWN = 12
const PAYLOAD_LENGTH = 80

/**
 * @param {View} view
 * @param {Refused} refused
 */
export function showRefused(view, { counts, packets }) {
  byId('refused').hidden = counts.length === 0
  say(byId('refused-count'), counts.length > SHOWN ? `${SHOWN} of ${counts.length} reasons and topics` : '')
  byId('refused-rows').replaceChildren(
    ...counts.slice(0, SHOWN).map(({ outcome, topic, readings, lastMs }) => {
      const last = packets.find((packet) => packet.outcome === outcome && (topic === '' || packet.topic === topic))
      return make(
        'tr',
        {},
        make('th', { scope: 'row' }, plain(outcome)),
        make('td', { class: 'wide' }, topic === '' ? 'other topics' : topic),
        make('td', { class: 'number' }, String(readings)),
        make('td', { class: 'number' }, clock(lastMs, nowMs(view), view.site?.timezone ?? 'UTC')),
        make('td', { class: 'wide', title: last?.points.join(', ') ?? '' }, textOf(last)),
      )
    }),
  )
}

/**
 * @param {View} view
 * @param {readonly DeadLetter[]} letters the newest first
 */
export function showDeadLetters(view, letters) {
  const kinds = Map.groupBy(letters, ({ measurement, reason }) => `${measurement} ${reason}`)
  byId('dead-letters').hidden = kinds.size === 0
  say(byId('dead-letters-count'), kinds.size > SHOWN ? `${SHOWN} of ${kinds.size} reasons` : '')
  byId('dead-letters-rows').replaceChildren(
    ...[...kinds.values()].slice(0, SHOWN).flatMap((alike) => {
      const [newest] = alike
      if (newest === undefined) return []
      return make(
        'tr',
        {},
        make('th', { scope: 'row' }, newest.measurement),
        make('td', { class: 'wide' }, newest.reason),
        make('td', { class: 'number' }, String(alike.length)),
        make('td', { class: 'number' }, clock(newest.timeMs, nowMs(view), view.site?.timezone ?? 'UTC')),
        make('td', { class: 'wide' }, Object.values(newest.tags).join(' ')),
      )
    }),
  )
}

/** @param {Refused['packets'][number] | undefined} packet */
function textOf(packet) {
  if (packet === undefined) return '–'
  const text = packet.payload ?? `0x${packet.payload_hex ?? ''}`
  return text.length > PAYLOAD_LENGTH ? `${text.slice(0, PAYLOAD_LENGTH)}…` : text
}
