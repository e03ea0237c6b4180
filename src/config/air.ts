import { didYouMean } from './faults.ts'
import type { Draft } from './faults.ts'
import { kindOf, pointAt } from './readable.ts'
import type { Readable } from './readable.ts'
import { UNITS } from '../ingest/units.ts'
import type { Quantity } from '../ingest/units.ts'

/** What is wrong with inlets and halls that takes more than one member to see. */
export function checkAir(readable: Readable): Draft[] {
  const drafts: Draft[] = []
  for (const [name, inlet] of readable.inlets) {
    for (const key of ['dryBulb', 'humidity', 'dewPoint', 'outlet'] as const) {
      const quantity = key === 'humidity' ? 'humidity' : 'temperature'
      checkQuantity(drafts, readable, ['inlets', name, key], inlet[key], quantity)
    }
    checkMoisture(drafts, readable, name)
    const { edition } = readable.site
    if (inlet.class === 'H1' && (edition === '2011' || edition === '2015')) {
      const hint = 'set `site.edition` to 2021r, or a class A1 to A4'
      add(drafts, ['inlets', name, 'class'], `edition ${edition} has no class H1`, hint)
    }
  }
  for (const [name, place] of readable.outdoor) {
    const path = ['outdoor', name]
    for (const key of ['dryBulb', 'humidity', 'dewPoint'] as const) {
      checkQuantity(drafts, readable, [...path, key], place[key], key === 'humidity' ? 'humidity' : 'temperature')
    }
    if (place.humidity === undefined && place.dewPoint === undefined && 'dryBulb' in place)
      add(drafts, path, 'has no moisture', 'name its `humidity` or its `dewPoint`: a wet bulb needs one of them')
  }
  const halls = new Set([...readable.inlets.values()].map(({ hall }) => hall))
  for (const [name, hall] of readable.halls) {
    for (const key of ['supply', 'return'] as const) {
      checkQuantity(drafts, readable, ['halls', name, key], hall[key], 'temperature')
    }
    const known = [...halls].filter((it) => it !== undefined)
    if (!halls.has(name)) add(drafts, ['halls', name], 'no inlet is in this hall', didYouMean(name, known), 'key')
  }
  return drafts
}

function checkQuantity(
  drafts: Draft[],
  readable: Readable,
  path: string[],
  used: string | undefined,
  quantity: Quantity,
): void {
  if (used === undefined) return
  const point = pointAt(drafts, readable, path, used)
  if (point?.unit === undefined) return
  if (UNITS[point.unit]?.quantity === quantity) {
    if (kindOf(point) === 'gauge') return
    const reason = `"${used}" is kept as a mean over time, and air is judged by readings`
    return add(drafts, path, reason, 'remove `kind` from the point, or make another point of its topic')
  }
  const units = Object.keys(UNITS).filter((unit) => UNITS[unit]?.quantity === quantity)
  add(drafts, path, `"${used}" has the unit ${point.unit}`, `name a point in ${units.join(', ')}`)
}

/** A neighbour's moisture is for who has none, and must be the neighbour's own. Who says that he has none, has none. */
function checkMoisture(drafts: Draft[], { inlets }: Readable, name: string): void {
  const { humidity, dewPoint, humidityFrom, primary, moisture } = inlets.get(name) ?? {}
  if (primary === 'dewPoint' && dewPoint === undefined && humidityFrom === undefined) {
    add(
      drafts,
      ['inlets', name, 'primary'],
      '`primary: dewPoint` needs a `dewPoint`',
      'add it, or remove `primary`',
      'key',
    )
  }
  if (moisture === 'unmeasured' && (humidity ?? dewPoint ?? humidityFrom) !== undefined) {
    const reason = 'the inlet names a `humidity`, `dewPoint` or `humidityFrom`'
    add(drafts, ['inlets', name, 'moisture'], reason, 'keep one of them', 'key')
  }
  if (humidityFrom === undefined) return
  const path = ['inlets', name, 'humidityFrom']
  const other = inlets.get(humidityFrom)
  if (humidity !== undefined || dewPoint !== undefined) {
    add(drafts, path, 'the inlet has a `humidity` or `dewPoint` of its own', 'keep one of them', 'key')
  } else if (humidityFrom === name) {
    add(drafts, path, 'names the inlet itself', 'name another inlet')
  } else if (other === undefined) {
    add(drafts, path, `there is no inlet "${humidityFrom}"`, didYouMean(humidityFrom, inlets.keys()))
  } else if (other.humidity === undefined && other.dewPoint === undefined) {
    add(
      drafts,
      path,
      `inlet "${humidityFrom}" has neither \`humidity\` nor \`dewPoint\``,
      'name one with `humidity` or `dewPoint`',
    )
  }
}

function add(drafts: Draft[], path: PropertyKey[], reason: string, hint?: Draft['hint'], part?: Draft['part']): void {
  drafts.push({ path, part: part ?? 'content', reason, hint })
}
