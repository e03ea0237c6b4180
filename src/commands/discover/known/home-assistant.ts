import { rootOf } from '../../../ingest/root.ts'
import { draftOf, numbersOfSeries, sharedQuestion } from './build.ts'
import { draftable } from './by-name.ts'
import type { PointDraft, Measured } from '../draft.ts'
import type { Ear } from '../heard/ear.ts'
import { isMap, pointerTo } from '../heard/members.ts'
import { isSameUnit } from '../../../ingest/formats/number.ts'
import { documentedAt, familyOf } from '../families/families.ts'
import type { Claim } from './recognise.ts'

type Members = Readonly<Record<string, unknown>>

/** An entity as a device announces it, its short forms written out. */
interface Entity {
  readonly stateTopic: string
  readonly template: string
  readonly unit: string | undefined
  readonly deviceClass: string
  readonly stateClass: string
  readonly name: string
  readonly device: string
}

const TOPIC = /^(?:.+\/)?(?<component>sensor|device)\/(?:[^/]+\/)?[^/]+\/config$/
const MEASURED: Readonly<Record<string, Measured>> = {
  power: 'power',
  energy: 'energy',
  temperature: 'temperature',
  humidity: 'humidity',
}
/** A member's path, and filters that leave the number as it is. */
const PATH =
  /^\{\{-?\s*value_json((?:\.\w+|\[\s*'[^']+'\s*\]|\[\s*"[^"]+"\s*\])+)\s*(?:\|\s*(?:float|round)(?:\([^()]*\))?\s*)*-?\}\}$/
const BARE = /^(?:\{\{-?\s*value\s*(?:\|\s*(?:float|round)(?:\([^()]*\))?\s*)*-?\}\})?$/
const STEP = /\.(\w+)|\[\s*'([^']+)'\s*\]|\[\s*"([^"]+)"\s*\]/g
const MOST_COMPONENTS = 256

/** What devices announce for Home Assistant: topic, member, unit, and what is measured. */
export function draftsOfHomeAssistant(ear: Ear, claim: Claim): PointDraft[] {
  const entities = [...ear.announcements].flatMap(([topic, payload]) => {
    const component = TOPIC.exec(topic)?.groups?.['component']
    const root = component === undefined ? undefined : rootOf(payload)
    return isMap(root) ? entitiesOf(root, component === 'device') : []
  })
  const said = Map.groupBy(entities, placeKey)
  return entities.flatMap((entity) => draftOfEntity(ear, claim, entity, said.get(placeKey(entity)) ?? []) ?? [])
}

/** Entities of one key speak of the same number. */
function placeKey({ stateTopic, template }: Entity): string {
  return JSON.stringify([stateTopic, pointerOf(template) ?? template])
}

function entitiesOf(root: Members, isDevice: boolean): Entity[] {
  const device = first(root, 'device', 'dev')
  const base = text(root, '~')
  if (!isDevice) return [entityOf(root, device, base)]
  const components = first(root, 'components', 'cmps')
  if (!isMap(components)) return []
  return Object.values(components)
    .slice(0, MOST_COMPONENTS)
    .flatMap((it) =>
      isMap(it) && ['sensor', ''].includes(text(it, 'platform', 'p'))
        ? [entityOf({ ...root, ...it }, device, base)]
        : [],
    )
}

function entityOf(members: Members, device: unknown, base: string): Entity {
  const written = text(members, 'state_topic', 'stat_t')
  const stateTopic = base === '' ? written : written.replace(/^~/, base).replace(/~$/, base)
  const identifiers = isMap(device) ? first(device, 'identifiers', 'ids') : undefined
  const named = isMap(device) ? text(device, 'name') : ''
  const id: unknown = Array.isArray(identifiers) ? identifiers[0] : identifiers
  return {
    stateTopic,
    template: text(members, 'value_template', 'val_tpl').trim(),
    unit: text(members, 'unit_of_measurement', 'unit_of_meas') || undefined,
    deviceClass: text(members, 'device_class', 'dev_cla'),
    stateClass: text(members, 'state_class', 'stat_cla'),
    name: text(members, 'name'),
    device: named || (typeof id === 'string' ? id : ''),
  }
}

function first(members: Members, long: string, short: string): unknown {
  return members[long] ?? members[short]
}

function text(members: Members, long: string, short = long): string {
  const found = first(members, long, short)
  return typeof found === 'string' ? found : ''
}

/** `alike`: all entities of its number. */
function draftOfEntity(ear: Ear, claim: Claim, entity: Entity, alike: readonly Entity[]): PointDraft | undefined {
  const { stateTopic, unit, deviceClass, stateClass, device, name } = entity
  const at = pointerOf(entity.template)
  if (at === undefined) {
    // What a template calculates is not what the member says: nobody may guess from its name
    claim(stateTopic, (place) => entity.template.includes(place.at.split('/').at(-1) ?? ''))
    return undefined
  }
  const claimed = claim(stateTopic, (place) => place.at === at && place.records === undefined)
  const measured = MEASURED[deviceClass]
  if (claimed === undefined || measured === undefined) return undefined
  const { heard, series } = claimed
  const { least, most } = series
  const told = draftable(deviceClass, { written: unit, by: 'its announcement', least, most })
  if (told === undefined || told.measured !== measured) return undefined
  const isCount = stateClass === 'total_increasing' || stateClass === 'total'
  return draftOf(ear, numbersOfSeries(heard, series), {
    ...told,
    isRegister: isCount,
    part: JSON.stringify(['announced', device === '' ? stateTopic : device]),
    names: [device === '' ? stateTopic : device, stateTopic, name],
    questions: [
      ...sharedQuestion(heard, series.place),
      ...contradictions(entity, alike, at),
      ...(measured === 'energy' && !isCount ? ['is it a running count? It is not announced as one (state_class)'] : []),
    ],
  })
}

/** Whether others, or the makers' documents, say something else of the same number: then nobody knows which is true. */
function contradictions(entity: Entity, alike: readonly Entity[], at: string): string[] {
  const told = [...new Set(alike.map(wordsOf))]
  if (told.length > 1) return [`which is true? It is announced as ${told.join(', and as ')}`]
  const known = familyOf(entity.stateTopic)
  const number = known === undefined ? undefined : documentedAt(known, at)?.number
  if (known === undefined || number === undefined) return []
  const { measured, unit = entity.unit ?? '' } = number
  if (measured === MEASURED[entity.deviceClass] && isSameUnit(entity.unit ?? '', unit)) return []
  return [
    `which is true? It is announced as ${wordsOf(entity)}, and documented as ${measured} in ${unit} (${known.family.name})`,
  ]
}

/** What an entity says that its number is. */
function wordsOf({ deviceClass, unit, stateClass }: Entity): string {
  const count = stateClass.startsWith('total') ? ', a running count' : ''
  return `${deviceClass === '' ? 'something' : deviceClass} in ${unit ?? 'no unit'}${count}`
}

/** The member that a template gives; undefined for one that does more than that. */
function pointerOf(template: string): string | undefined {
  if (BARE.test(template)) return ''
  const [, path] = PATH.exec(template) ?? []
  if (path === undefined) return undefined
  return [...path.matchAll(STEP)].reduce(
    (at, [, plain, single, double]) => pointerTo(at, plain ?? single ?? double ?? ''),
    '',
  )
}
