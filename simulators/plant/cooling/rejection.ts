/**
 * What gives heat to the outside: a wet tower, a dry cooler, or a hybrid that is wetted above a temperature. It makes
 * water colder the less heat it has to take; its fans turn as fast as the wanted temperature needs.
 */
import type { Outside } from '../spec.ts'

export interface HeatRejection {
  readonly kind: 'tower' | 'dry' | 'hybrid'
  readonly fansW: number
  /** At full load and full speed the water comes this close to the wet bulb (tower) or to the air, K. */
  readonly approachK: number
  /** The controls make the water no colder than this, °C. */
  readonly leastC: number
  /** A hybrid is wetted above this temperature of the air. */
  readonly wetAboveC: number
  /** Times the salts of the make-up water may thicken before water is bled off: 3..7. */
  readonly cycles: number
}

/** A wetted air intake takes the air this far towards its wet bulb. */
export const PRECOOLED = 0.7

/** Temperature that the cooler works against, °C. */
export function sinkC({ kind, wetAboveC }: HeatRejection, { dryC, wetC }: Outside): number {
  switch (kind) {
    case 'tower':
      return wetC
    case 'dry':
      return dryC
    case 'hybrid':
      return dryC > wetAboveC ? dryC - PRECOOLED * (dryC - wetC) : dryC
  }
}

/** The coldest water at full speed, °C; a tower does not freeze. */
export function coldestC(rejection: HeatRejection, outside: Outside, load: number): number {
  return Math.max(2, sinkC(rejection, outside) + rejection.approachK * load)
}

/** Power of its fans to make water of `waterC` at a load, W. */
export function rejectionFans(rejection: HeatRejection, outside: Outside, load: number, waterC: number): number {
  const spareK = Math.max(rejection.approachK * 0.2, waterC - sinkC(rejection, outside))
  const speed = Math.max(0.2, Math.min(1, (load * rejection.approachK) / spareK))
  return rejection.fansW * speed ** 3
}
