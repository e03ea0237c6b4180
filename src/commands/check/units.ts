import type { PointHeard } from './heard.ts'
import { lossBandOf } from '../../config/points/loss-band.ts'
import { amountOf, toBase, UNITS, type Conversion } from '../../ingest/units.ts'
import type { Site } from '../../site/site.ts'

const FAR_ABOVE = 3
/** In the middle, as ratios go, between a hundred and a thousand: what load and size alone do not explain. */
const THOUSANDFOLD = 316
const COLDEST_C = -40
const HOTTEST_C = 80
/** No rack breathes air above it; 68 to 80 °F are the commonest numbers that are not °C. */
const HOTTEST_INLET_C = 50
const USUAL_C = 23
const SMALLER: Readonly<Record<string, string>> = { MW: 'kW', kW: 'W', MWh: 'kWh', kWh: 'Wh', Wh: 'J' }
const LARGER: Readonly<Record<string, string>> = { kW: 'MW', W: 'kW', kWh: 'MWh', Wh: 'kWh', J: 'Wh' }
const TEMPERATURES = ['°C', '°F', 'K']

/** Why a point's numbers are implausible for its declared unit, with a hint; undefined where they are not. */
export function oddUnit(site: Site, heard: readonly PointHeard[], index: number): string | undefined {
  const point = heard[index]
  const config = site.config.points[site.points[index] ?? '']
  if (point === undefined || config === undefined || point.readings === 0) return undefined
  switch (config.kind) {
    case 'gauge': {
      const quantity = UNITS[config.unit]?.quantity
      if (quantity === 'temperature') return oddTemperature(site, index, point, config.unit)
      return quantity === 'humidity' ? oddHumidity(point) : undefined
    }
    case 'register':
      return amountOf(config.unit) === 'energy' ? oddRegister(site, index, point) : undefined
    case 'power':
    case 'mean':
    case 'energy':
      return config.maxKw === undefined ? oddAmongPeers(site, heard, index) : oddPower(site, index, point)
  }
}

/** Why what a meter loses on the way to those fed from it is outside of its declared band. */
export function oddLosses(site: Site, heard: readonly PointHeard[], index: number): string | undefined {
  const name = site.points[index] ?? ''
  const written = site.config.points[name]?.loss
  const band = written === undefined ? undefined : lossBandOf(written)
  if (band === undefined) return undefined
  const fed = site.points.flatMap((child, n) => (site.config.points[child]?.parent === name ? [n] : []))
  const ownKw = meanKw(site, heard, index)
  const fedKw = fed.reduce((sum, child) => sum + meanKw(site, heard, child), 0)
  const share = (ownKw - fedKw) / ownKw
  if (!Number.isFinite(share) || (share >= band.least && share <= band.most)) return undefined
  const percent = Number((share * 100).toPrecision(3))
  return `${percent} % of ${rounded(ownKw)} kW does not come to those fed from it, declared is ${written}`
}

function oddPower(site: Site, index: number, point: PointHeard): string | undefined {
  const { unit = '', maxKw = Infinity } = site.config.points[site.points[index] ?? ''] ?? {}
  const mostKw = Math.max(Math.abs(point.most), Math.abs(point.least)) / wattsPer(site, index) / 1000
  if (mostKw <= FAR_ABOVE * maxKw) return undefined
  const smaller = SMALLER[unit]
  const fits = smaller !== undefined && mostKw / 1000 <= FAR_ABOVE * maxKw
  const hint = fits ? `in ${smaller} it would be ${rounded(mostKw / 1000)} kW` : 'correct `unit`, `factor` or `maxKw`'
  return `${rounded(mostKw)} kW is ${rounded(mostKw / maxKw)} × maxKw: ${hint}`
}

/** Without a rating the others of its role must do. */
function oddAmongPeers(site: Site, heard: readonly PointHeard[], index: number): string | undefined {
  const { unit = '', role } = site.config.points[site.points[index] ?? ''] ?? {}
  const ownKw = meanKw(site, heard, index)
  if (role === undefined || !(ownKw > 0)) return undefined
  const peersKw = site.points
    .flatMap((name, peer) => (peer === index || site.config.points[name]?.role !== role ? [] : [peer]))
    .map((peer) => meanKw(site, heard, peer))
    .filter((kw) => kw > 0)
  const farKw = peersKw.filter((kw) => ownKw / kw >= THOUSANDFOLD || kw / ownKw >= THOUSANDFOLD).sort((a, b) => a - b)
  const peerKw = farKw[farKw.length >> 1]
  if (peerKw === undefined || farKw.length * 2 <= peersKw.length) return undefined
  // Of two that differ, one line says it all.
  if (peersKw.length === 1 && ownKw < peerKw) return undefined
  const other = (ownKw > peerKw ? SMALLER : LARGER)[unit] ?? 'another unit'
  return `${rounded(ownKw)} kW among ${role} points of about ${rounded(peerKw)} kW: is it ${other}?`
}

/** Mean of what came, kW; NaN for a point that measures no power. */
function meanKw(site: Site, heard: readonly PointHeard[], index: number): number {
  const point = heard[index]
  const kind = site.plan.points[index]?.kind
  if (point === undefined || kind === undefined || kind === 'gauge' || kind === 'register') return NaN
  if (site.plan.points[index]?.amount !== 'energy') return NaN
  return Math.abs(point.sum / point.readings) / wattsPer(site, index) / 1000
}

/** A point of kind energy tells joules of `everyS`: so many make a watt. */
function wattsPer(site: Site, index: number): number {
  const plan = site.plan.points[index]
  return plan?.kind === 'energy' ? plan.everyMs / 1000 : 1
}

function oddRegister(site: Site, index: number, point: PointHeard): string | undefined {
  const { roseJ, fellJ } = point.register
  const { unit = '', maxKw, register, factor = 1 } = site.config.points[site.points[index] ?? ''] ?? {}
  if (fellJ > 0) {
    const cause = register?.rolloverAt === undefined ? 'a reset, no running count, or no `rolloverAt`' : 'a reset'
    return `the count fell by ${rounded(fellJ / 3.6e6)} kWh: ${cause}?`
  }
  if (maxKw === undefined) return undefined
  const s = (point.newestMs - point.oldestMs) / 1000
  // The last digit of the first reading may have been about to turn.
  const lastDigitJ = toBase(conversionOf(unit), 10 ** -point.decimals) * factor
  const leastKw = (roseJ - lastDigitJ) / s / 1000
  if (!(leastKw > maxKw)) return undefined
  const smaller = SMALLER[unit]
  const fits = smaller !== undefined && leastKw / (smaller === 'J' ? 3600 : 1000) <= maxKw
  const hint = fits ? `is it ${smaller}?` : 'correct `unit`, `factor` or `maxKw`'
  return `the count rose by ${rounded(roseJ / 3.6e6)} kWh in ${rounded(s)} s, faster than maxKw ${maxKw} allows: ${hint}`
}

function oddTemperature(site: Site, index: number, point: PointHeard, unit: string): string | undefined {
  const hottestC = isInlet(site, index) ? HOTTEST_INLET_C : HOTTEST_C
  const oddC = point.most > hottestC ? point.most : point.least < COLDEST_C ? point.least : undefined
  if (oddC === undefined) return undefined
  const raw = point.lastRaw
  const fits = TEMPERATURES.filter((other) => other !== unit)
    .map((other) => ({ name: other, c: celsius(other, raw) }))
    .concat({ name: `tenths of ${unit} (\`factor: 0.1\`)`, c: celsius(unit, raw / 10) })
    .filter(({ c }) => c >= 0 && c <= HOTTEST_INLET_C)
    .sort((a, b) => Math.abs(a.c - USUAL_C) - Math.abs(b.c - USUAL_C))
    .map(({ name, c }) => `${name} would be ${rounded(c)} °C`)
  const hint = fits.length > 0 ? fits.join(', ') : "a sensor's word for no reading? `min` and `max` refuse it"
  return `${rounded(oddC)} °C: ${hint}`
}

function celsius(unit: string, raw: number): number {
  return toBase(conversionOf(unit), raw)
}

function conversionOf(unit: string): Conversion {
  const conversion = UNITS[unit]
  if (conversion === undefined) throw new Error(`unknown unit ${unit}`)
  return conversion
}

function isInlet(site: Site, index: number): boolean {
  const name = site.points[index] ?? ''
  return (
    site.config.points[name]?.role === 'inlet' ||
    site.plan.inlets.some(({ dryBulb, dewPoint }) => dryBulb === index || dewPoint === index)
  )
}

function oddHumidity({ least, most }: PointHeard): string | undefined {
  if (least < 0) return `${rounded(least)} %: below 0`
  if (most > 105) return `${rounded(most)} %: above 105${most <= 1000 && most > 110 ? ', tenths (`factor: 0.1`)?' : ''}`
  if (most === 0) return 'never above 0 %: a dead sensor?'
  return most <= 1 ? `never above ${rounded(most)} %: a share (\`factor: 100\`)?` : undefined
}

function rounded(number: number): string {
  return Number(number.toPrecision(4)).toLocaleString('en-US', { maximumSignificantDigits: 4 })
}
