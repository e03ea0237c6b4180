/** @import { Refused, View } from './types.ts' */
import { byId, make, say } from './elements.js'
import { nowMs } from './view.js'
import { clock, plain } from './words.js'

/** What was refused within a day, the newest first: how often, and what the last packet kept of it says. */

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

/** @param {Refused['packets'][number] | undefined} packet */
function textOf(packet) {
  if (packet === undefined) return '–'
  const text = packet.payload ?? `0x${packet.payload_hex ?? ''}`
  return text.length > PAYLOAD_LENGTH ? `${text.slice(0, PAYLOAD_LENGTH)}…` : text
}
