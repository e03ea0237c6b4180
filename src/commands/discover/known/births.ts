import { knownUnit } from '../../../config/points/spellings.ts'
import { draftOf } from './build.ts'
import { draftable } from './by-name.ts'
import type { PointDraft, Known, PointRole } from '../draft.ts'
import type { Ear } from '../heard/ear.ts'
import type { DeviceHeard, MetricHeard } from '../heard/nodes.ts'
import { roleInWords } from './words.ts'

const UNIT_PROPERTY = /^(?:eng(?:ineering)?[_ ]?units?|units?|uom)$/i
const ROLE_NAME = /(?:^|\/)role$/i

/** What Sparkplug nodes and their devices say of themselves: names, units and roles of their births. */
export function draftsOfBirths(ear: Ear): PointDraft[] {
  return [...ear.nodes.devices.values()].flatMap((device) =>
    [...device.metrics.values()].flatMap((metric) => draftOfMetric(ear, device, metric) ?? []),
  )
}

function draftOfMetric(ear: Ear, device: DeviceHeard, metric: MetricHeard): PointDraft | undefined {
  const { name, samples, least, most, falls, properties } = metric
  if (metric.readings === 0 || /^(?:bdSeq$|Node Control\/)/.test(name)) return undefined
  const engUnit = Object.entries(properties).find(([key]) => UNIT_PROPERTY.test(key))?.[1]
  const told = draftable(name, { written: engUnit, by: 'its birth', least, most })
  if (told === undefined) return undefined
  const [group = '', node = ''] = device.node.split('/')
  const base = `spBv1.0/${group}/${device.device === '' ? 'N' : 'D'}DATA/${node}`
  const above = name.split('/').slice(0, -1).join('/')
  const own = device.device === '' ? node : device.device
  return draftOf(
    ear,
    {
      topic: device.device === '' ? base : `${base}/${device.device}`,
      place: {
        format: undefined,
        cells: undefined,
        records: undefined,
        where: undefined,
        at: `/${name.replaceAll('~', '~0')}`,
      },
      decimal: '.',
      samples,
      least,
      most,
      falls,
      time: undefined,
      isPartial: false,
    },
    {
      ...told,
      part: JSON.stringify([device.node, device.device, above]),
      names: [
        partsOf(device) > 1 && above !== '' ? `${own}-${above}` : own,
        above,
        node,
        name.split('/').at(-1) ?? name,
      ],
      role: announcedRole(device, metric, above),
    },
  )
}

/** How many groups of metrics a device has that measure energy or power. */
function partsOf({ metrics }: DeviceHeard): number {
  const above = [...metrics.values()].flatMap(({ name, properties, readings }) => {
    const unit = Object.entries(properties).find(([key]) => UNIT_PROPERTY.test(key))?.[1]
    return readings > 0 && unit !== undefined && knownUnit(unit) !== undefined
      ? [name.split('/').slice(0, -1).join('/')]
      : []
  })
  return new Set(above).size
}

/** A role that the birth tells: as a property, or as a text among the metrics, of the same group or of the device. */
function announcedRole({ texts }: DeviceHeard, metric: MetricHeard, above: string): Known<PointRole> | undefined {
  const own = Object.entries(metric.properties).find(([key]) => ROLE_NAME.test(key))?.[1]
  const near = Object.entries(texts).filter(([name]) => ROLE_NAME.test(name))
  const text =
    own ??
    near.find(([name]) => name.split('/').slice(0, -1).join('/') === above)?.[1] ??
    near.find(([name]) => !name.includes('/'))?.[1]
  const found = text === undefined ? undefined : roleInWords([text])
  return found && { is: found.role, trust: 'announced', why: `its birth says role “${text}”` }
}
