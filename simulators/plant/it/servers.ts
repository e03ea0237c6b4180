/**
 * A rack's servers: power by use and by inlet temperature, air flow by their own fans.
 *
 *     speed 1 ┤            ╭──     flat up to the knee, then straight up to full speed;
 *             │          ╱         air in proportion to the speed, power with its cube
 *        base ┤─────────╯
 *             └─────────┴──┴── inlet °C
 *                     knee  full
 *
 * Sources: ASHRAE TC 9.9, "2011 Thermal Guidelines" white paper, figure 2: server power rises by 3..8 % from 15 to
 * 30 °C, fans and leakage together; 45..80 cfm/kW. SPECpower results of 2015..2020: idle at 20..40 % of full power.
 * Range: inlet 5..45 °C, use 0..1.
 */
import { AIR_J_PER_KG_K } from '../../weather/moist.ts'

export interface ServerMake {
  /** Power at no use, as a share of the rating; without fans, at 20 °C. */
  readonly idle: number
  /** Power that full use adds, as a share of the rating. */
  readonly dynamic: number
  /** Leakage: the idle power's relative rise per kelvin above 20 °C. */
  readonly leakPerK: number
  /** Fans at full speed, as a share of the rating. */
  readonly fan: number
  /** Fan speed without use, and what full use adds. */
  readonly baseSpeed: number
  readonly useSpeed: number
  readonly kneeC: number
  readonly fullC: number
  /** Warming of the air at rated power and full speed, K. */
  readonly warmingK: number
  /** Heat capacity of the servers by rated watt, J/(K W): a rack of 10 kW holds 300 kg of metal and boards. */
  readonly heldJPerKW: number
}

/** Makes differ: a usual one, one that begins early, one at constant speed, one with cold plates. */
export const SERVER_MAKES = {
  usual: {
    idle: 0.3,
    dynamic: 0.6,
    leakPerK: 0.002,
    fan: 0.1,
    baseSpeed: 0.3,
    useSpeed: 0.3,
    kneeC: 25,
    fullC: 40,
    warmingK: 8,
    heldJPerKW: 18,
  },
  early: {
    idle: 0.25,
    dynamic: 0.63,
    leakPerK: 0.003,
    fan: 0.12,
    baseSpeed: 0.28,
    useSpeed: 0.3,
    kneeC: 22,
    fullC: 38,
    warmingK: 8,
    heldJPerKW: 18,
  },
  constant: {
    idle: 0.4,
    dynamic: 0.48,
    leakPerK: 0.002,
    fan: 0.12,
    baseSpeed: 0.7,
    useSpeed: 0,
    kneeC: 60,
    fullC: 61,
    warmingK: 8,
    heldJPerKW: 18,
  },
  plated: {
    idle: 0.32,
    dynamic: 0.64,
    leakPerK: 0.002,
    fan: 0.03,
    baseSpeed: 0.09,
    useSpeed: 0.09,
    kneeC: 30,
    fullC: 45,
    warmingK: 8,
    heldJPerKW: 18,
  },
} satisfies Record<string, ServerMake>

/** Speed that the fans go to, as a share of full speed. */
export function fanSpeed(make: ServerMake, use: number, inletC: number): number {
  const base = make.baseSpeed + make.useSpeed * use
  const above = (inletC - make.kneeC) / (make.fullC - make.kneeC)
  return above <= 0 ? base : Math.min(1, base + (1 - base) * above)
}

/** Power of a rack of `ratedW`, fans included. */
export function serverW(make: ServerMake, ratedW: number, use: number, inletC: number, speed: number): number {
  const leak = Math.max(0.9, 1 + make.leakPerK * (inletC - 20))
  return ratedW * (make.idle * leak + make.dynamic * use + make.fan * speed * speed * speed)
}

/** Air through a rack, kg/s of dry air. */
export function serverKgS(make: ServerMake, ratedW: number, speed: number): number {
  return (speed * ratedW) / (AIR_J_PER_KG_K * make.warmingK)
}

/**
 * How far the breaker of a rack's feed is heated after `dtS` more; at 1 it trips. It bears 1.13 times its rating for
 * ever and 1.45 times for less than an hour, the conventional currents of IEC 60898-1.
 */
export function breakerHeat(heat: number, load: number, dtS: number): number {
  return Math.max(0, heat + ((load * load - 1.13 * 1.13) * dtS) / 1800)
}
