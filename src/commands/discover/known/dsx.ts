import { rootOf } from '../../../ingest/root.ts'
import { draftOf, numbersOfSeries, type Numbers } from './build.ts'
import { draftable } from './by-name.ts'
import type { PointDraft } from '../draft.ts'
import type { Ear } from '../heard/ear.ts'
import { isMap } from '../heard/members.ts'
import type { Claim } from './recognise.ts'

/** What DSX metadata tell of one point (BMS event bus 1.0.0). */
interface Metadata {
  readonly objectType: string
  readonly pointType: string
  readonly tagPath: string
  /** What it belongs to: an object, what it is associated with, or a rack. */
  readonly id: string
  readonly name: string
  readonly engUnit: string | undefined
  readonly serves: readonly string[]
  readonly areas: readonly string[]
  readonly isWritten: boolean
}

/** What serves what, by the ids of objects. */
export interface Served {
  readonly type: ReadonlyMap<string, string>
  readonly serves: ReadonlyMap<string, ReadonlySet<string>>
}

const TOPIC = /^BMS\/v1\/PUB\/Metadata\/([^/]+)\/([^/]+)\/(.+)$/
/** Values come on change and every 100 s, by the specification. */
const EVERY_S = 100

function metadataOf(ear: Ear): Metadata[] {
  return [...ear.announcements].flatMap(([topic, payload]) => {
    const [, objectType, pointType, tagPath] = TOPIC.exec(topic) ?? []
    const root = rootOf(payload)
    if (objectType === undefined || pointType === undefined || tagPath === undefined || !isMap(root)) return []
    const { objectId, associateId, rackLocationId, objectName, rackLocationName, engUnit, servesId, processArea } = root
    const id = [objectId, associateId, rackLocationId].find((it) => typeof it === 'string')
    const name = [objectName, rackLocationName].find((it) => typeof it === 'string')
    return [
      {
        objectType,
        pointType,
        tagPath,
        id: typeof id === 'string' ? id : tagPath,
        name: typeof name === 'string' ? name : (tagPath.split('/').at(-1) ?? tagPath),
        engUnit: typeof engUnit === 'string' ? engUnit : undefined,
        serves: textsIn(servesId),
        areas: textsIn(processArea),
        isWritten: root['isSetpoint'] === true || root['integration'] !== undefined || root['phase'] !== undefined,
      },
    ]
  })
}

function textsIn(list: unknown): string[] {
  return Array.isArray(list) ? list.filter((it) => typeof it === 'string').slice(0, 1000) : []
}

/** Points of DSX metadata: units and objects are announced, `hold` and `everyS` stand in the specification. */
export function draftsOfMetadata(ear: Ear, claim: Claim): PointDraft[] {
  return metadataOf(ear).flatMap((it) => {
    const topic = `BMS/v1/PUB/Value/${it.objectType}/${it.pointType}/${it.tagPath}`
    const claimed = claim(topic, ({ format }) => format === 'dsx')
    const least = claimed?.series.least ?? NaN
    const most = claimed?.series.most ?? NaN
    const told = it.isWritten
      ? undefined
      : draftable(it.pointType, { written: it.engUnit, by: 'its metadata', least, most })
    if (told === undefined) return []
    const listenedS = (ear.lastMs - ear.firstMs) / 1000
    const isDead = claimed === undefined && listenedS > EVERY_S
    return [
      draftOf(ear, claimed === undefined ? unheard(topic) : numbersOfSeries(claimed.heard, claimed.series), {
        ...told,
        hold: told.measured !== 'energy',
        everyS: { is: EVERY_S, trust: 'documented', why: 'DSX: on change, and every 100 s' },
        part: dsxPart(it.id),
        names: [it.name, ...it.areas, it.objectType, it.pointType],
        wish: `${it.name}-${[...it.areas, it.pointType].join('-')}`,
        questions: isDead ? ['is it alive? Its metadata were heard, but no value'] : [],
      }),
    ]
  })
}

function unheard(topic: string): Numbers {
  const place = { format: 'dsx', cells: undefined, records: undefined, where: undefined, at: '' } as const
  return { topic, place, decimal: '.', samples: [], least: NaN, most: NaN, falls: 0, time: undefined, isPartial: false }
}

/** The part of a draft that belongs to an object of DSX. */
export function dsxPart(id: string): string {
  return JSON.stringify(['dsx', id])
}

/** Who serves whom, over all that the metadata say. */
export function servedOf(ear: Ear): Served {
  const type = new Map<string, string>()
  const serves = new Map<string, Set<string>>()
  for (const { id, objectType, serves: served } of metadataOf(ear)) {
    if (objectType === 'System') continue
    // Who is named by several kinds is a meter, or a rack, first
    if (!type.has(id) || objectType === 'PowerMeter' || objectType === 'Rack') type.set(id, objectType)
    const all = serves.get(id) ?? new Set()
    for (const it of served) all.add(it)
    serves.set(id, all)
  }
  return { type, serves }
}
