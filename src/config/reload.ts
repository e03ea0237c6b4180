import { isDeepStrictEqual } from 'node:util'

import type { z } from 'zod'

import type { Config } from './config.ts'

/** What a reload (SIGHUP) does with a change: it applies it, or refuses the whole reload because it takes a restart. */
type Reload = 'applied' | 'restart'

/**
 * For each section of the configuration, or each key of a section. One that is added to the schema must be added here.
 */
type Reloads = {
  readonly [Section in keyof Config]-?: Reload | { readonly [Key in keyof NonNullable<Config[Section]>]-?: Reload }
}

const RELOADS: Reloads = {
  site: {
    id: 'restart',
    timezone: 'applied',
    altitudeM: 'applied',
    edition: 'applied',
    corrosion: 'applied',
    dewPointPhase: 'applied',
  },
  mqtt: 'restart',
  sparkplug: 'restart',
  influx: 'restart',
  edge: 'restart',
  core: {
    intervalS: 'restart',
    latenessS: 'applied',
    backlogS: 'applied',
    skewS: 'applied',
    minCoverage: 'applied',
    boundS: 'applied',
    idleS: 'applied',
    bridgeS: 'applied',
    windows: 'applied',
  },
  store: 'restart',
  include: 'applied',
  points: 'applied',
  templates: 'applied',
  ignore: 'applied',
  limits: 'applied',
  virtual: 'applied',
  boundaries: 'applied',
  intensities: 'applied',
  heats: 'applied',
  allocations: 'applied',
  inlets: 'applied',
  outdoor: 'applied',
  halls: 'applied',
  gateways: 'applied',
  alarms: 'applied',
  rows: 'applied',
  http: 'restart',
  language: 'applied',
  log: 'restart',
  notify: 'restart',
  publish: 'applied',
  planned: 'applied',
  disclosure: 'applied',
  schedule: 'restart',
  security: 'applied',
}

/** A section, or a key of one, and what a reload does with it. `path` is such as `mqtt` or `site.id`. */
interface Declared {
  path: string
  reload: Reload
  read: (config: Config) => unknown
}

const DECLARED: readonly Declared[] = Object.entries(RELOADS).flatMap(([section, declared]): Declared[] => {
  const read = (config: Config): unknown => config[section as keyof Config]
  if (typeof declared === 'string') return [{ path: section, reload: declared, read }]
  return Object.entries(declared).map(([key, reload]) => ({
    path: `${section}.${key}`,
    reload,
    read: (config) => (read(config) as Readonly<Record<string, unknown>>)[key],
  }))
})

/** Paths of what differs between two configurations and takes a restart. A reload may go on if there are none. */
export function changesForRestart(before: Config, next: Config): string[] {
  return DECLARED.filter(
    ({ reload, read }) => reload === 'restart' && !isDeepStrictEqual(read(before), read(next)),
  ).map(({ path }) => path)
}

/** Paths of the sections and keys of which a change takes a restart, in the order of the schema. */
export function pathsForRestart(): string[] {
  return DECLARED.filter(({ reload }) => reload === 'restart').map(({ path }) => path)
}

/** Says at each section of a JSON Schema, or at its keys, whether a reload applies a change. */
export function describeReloads(root: z.core.JSONSchema.BaseSchema): void {
  for (const { path, reload } of DECLARED) {
    const [section = '', key] = path.split('.')
    const at = memberOf(root, section)
    const told = key === undefined ? at : memberOf(at, key)
    const words = reload === 'applied' ? 'a reload (SIGHUP) applies a change' : 'a change takes a restart'
    told.description = [told.description, words].filter((part) => part !== undefined).join('; ')
  }
}

function memberOf({ properties }: z.core.JSONSchema.BaseSchema, key: string): z.core.JSONSchema.BaseSchema {
  const member = properties?.[key]
  if (typeof member !== 'object') throw new Error(`the schema has no ${key}`)
  return member
}
