import type { Plant } from '../plant/plant.ts'
import { rawAt } from './counts.ts'
import { lookMs, type Device, type PayloadMember } from './devices.ts'

/** When a device sends: at each look, or at those at which something has moved or its heart beats. */
export interface Sending {
  /** The times from where the last call ended up to but not including `endMs`, with the number of the look. */
  readonly until: (endMs: number) => Generator<{ readonly tMs: number; readonly step: number }>
}

/** From `fromMs` on. What is sent does not hang on whether it gets through. */
export function createSending(plant: Plant, device: Device, fromMs: number): Sending {
  const { dialect, everyMs, phaseMs, heartbeatMs } = device
  const isNews = everyMs < heartbeatMs && dialect.onChange !== undefined ? createNews(plant, device) : () => true
  let step = Math.ceil((fromMs - phaseMs) / everyMs) - 1
  while (lookMs(device, step) < fromMs) step++
  return {
    *until(endMs) {
      for (let tMs = lookMs(device, step); tMs < endMs; tMs = lookMs(device, ++step)) {
        if (isNews(tMs)) yield { tMs, step }
      }
    },
  }
}

/** Tells of each look, in order of time, whether it is worth a message. */
function createNews(plant: Plant, device: Device): (tMs: number) => boolean {
  const watched = device.members.filter(({ shown }) => shown !== undefined && shown !== 'energy')
  let sent: { readonly tMs: number; readonly raws: readonly number[] } | undefined
  return (tMs) => {
    const raws = watched.map((member) => rawAt(plant, device, member, [], tMs))
    const isNews =
      sent === undefined ||
      tMs - sent.tMs > device.heartbeatMs - device.everyMs ||
      watched.some((member, at) => hasMoved(device, member, raws[at] ?? NaN, sent?.raws[at] ?? NaN))
    if (isNews) sent = { tMs, raws }
    return isNews
  }
}

function hasMoved({ dialect }: Device, { shown, factor }: PayloadMember, now: number, before: number): boolean {
  if (shown === undefined || shown === 'energy') return false
  const band = dialect.onChange?.[shown] ?? 0
  const moved = Math.abs(now - before)
  return shown === 'power' ? moved > band * Math.abs(before) : moved * factor > band
}
