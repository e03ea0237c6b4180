/**
 * The newest sound dry bulb of each inlet. Of most inlets the alarms need no more: a state is made with the first
 * breach, and begins with it.
 *
 *     inlet n   | newestMs | heardMs | value |     event time, arrival time, °C; -Infinity, -Infinity, NaN: none yet
 */
export const DRY_BULB_NUMBERS = 3

const HEARD = 1
const VALUE = 2

export function createDryBulbs(inlets: number): Float64Array {
  const dryBulbs = new Float64Array(DRY_BULB_NUMBERS * inlets).fill(-Infinity)
  for (let inlet = 0; inlet < inlets; inlet++) dryBulbs[DRY_BULB_NUMBERS * inlet + VALUE] = NaN
  return dryBulbs
}

/** Notes a dry bulb that has been judged, unless a newer one was. */
export function noteDryBulb(dryBulbs: Float64Array, inlet: number, tMs: number, valueC: number, nowMs: number): void {
  const at = DRY_BULB_NUMBERS * inlet
  if (tMs < dryBulbs[at]!) return
  dryBulbs[at] = tMs
  dryBulbs[at + HEARD] = nowMs
  dryBulbs[at + VALUE] = valueC
}

/** What an alarm on an inlet's dry bulb begins with. */
export function newestDryBulb(dryBulbs: Float64Array, inlet: number) {
  const at = DRY_BULB_NUMBERS * inlet
  return { newestMs: dryBulbs[at]!, heardMs: dryBulbs[at + HEARD]!, value: dryBulbs[at + VALUE]! }
}

/** Arrival time was set on by so much. What was stamped at arrival goes along. */
export function shiftDryBulbs(dryBulbs: Float64Array, byMs: number): void {
  for (let at = 0; at < dryBulbs.length; at += DRY_BULB_NUMBERS) {
    if (dryBulbs[at] === dryBulbs[at + HEARD]) dryBulbs[at]! += byMs
    dryBulbs[at + HEARD]! += byMs
  }
}
