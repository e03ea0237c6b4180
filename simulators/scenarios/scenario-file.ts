/** Scenarios as files: a site, a stretch of time, what happens, and what must come of it. */
import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { BadInput } from '../../src/config/bad-input.ts'
import { parseInstant } from '../../src/ingest/times.ts'
import type { Site } from '../../src/site/site.ts'
import { readYaml } from '../../src/config/files/yaml-file.ts'
import { readSiteFile, type SiteFile } from '../sites/site-file.ts'
import { lengthSOf, parseEvent, type Beginning } from './event-text.ts'
import type { Run } from './life.ts'

const length = z.string().refine((text) => lengthSOf(text) > 0, 'is no length of time: write 90s, 20m, 1h30m')
const range = z.tuple([z.number(), z.number()])

const quotient = z.strictObject({
  boundary: z.string(),
  window: z.string(),
  /** Time of the row: +20m, 10:00 or an instant. */
  at: z.string(),
  within: range,
  coverage: range.default([1, 1]),
})

const expectation = z.strictObject({
  pue: z.array(quotient).default([]),
  /**
   * All alarms (with `kinds`, all of these kinds), each with its time: `+12m raised inlet_allowable h1-r3`. Where many
   * come alike, `many` tells how many, and when the first and the last: `raised moisture: [24, +1m, +2m10s]`.
   */
  alarms: z
    .strictObject({
      kinds: z.array(z.string()).optional(),
      rows: z.array(z.string()).default([]),
      many: z.record(z.string(), z.tuple([z.int(), z.string(), z.string()])).default({}),
    })
    .optional(),
  /** Minutes that an inlet was in each band at worst. */
  bands: z.record(z.string(), z.record(z.string(), z.int())).default({}),
  outcomes: z.record(z.string(), z.int()).default({}),
  /** Least coverage of the energy of points. */
  coverage: z.record(z.string(), range).default({}),
})

const scenarioFile = z.strictObject({
  about: z.string().min(1),
  /** A file of simulators/sites, relative to the scenario. Absent: the site of --config, and its own plant. */
  site: z.string().optional(),
  seed: z.int().min(0).default(1),
  from: z
    .string()
    .refine((text) => !Number.isNaN(parseInstant(text)), 'is no instant with its offset, such as 2026-07-14T10:00Z'),
  for: length,
  events: z.array(z.string()).default([]),
  expect: expectation.optional(),
})

export type Expectation = z.output<typeof expectation>

export interface ScenarioFile {
  readonly file: string
  readonly about: string
  /** The configuration's file and the kind of plant; undefined: of the command line. */
  readonly site: { readonly config: string; readonly plant: SiteFile['plant'] } | undefined
  readonly seed: number
  readonly fromMs: number
  readonly toMs: number
  readonly events: readonly string[]
  readonly expect: Expectation | undefined
}

/** Throws `BadInput` with every fault of the file and its place. */
export function readScenarioFile(file: string): ScenarioFile {
  const written = readYaml(file, scenarioFile)
  const siteFile = written.site === undefined ? undefined : resolve(dirname(file), written.site)
  const fromMs = parseInstant(written.from)
  return {
    file,
    about: written.about,
    site:
      siteFile === undefined
        ? undefined
        : { config: siteFile.replace(/\.yaml$/, '.site.yaml'), plant: readSiteFile(siteFile).plant },
    seed: written.seed,
    fromMs,
    toMs: fromMs + lengthSOf(written.for) * 1000,
    events: written.events,
    expect: written.expect,
  }
}

/** A run of the scenario at a site. Throws `BadInput` for an event that does not fit the site. */
export function runOfFile({ file, site: own, seed, fromMs, toMs, events }: ScenarioFile, site: Site): Run {
  const scenario = { name: file, events: parseEvents(events, { site, fromMs, toMs }) }
  return { site, seed, fromMs, toMs, scenario, ...(own !== undefined && { kind: own.plant }) }
}

/** Throws `BadInput` with the reason for the first text that is no event of the site. */
export function parseEvents(texts: readonly string[], beginning: Beginning): Run['scenario']['events'] {
  return texts.map((text) => {
    try {
      return parseEvent(text, beginning)
    } catch (error) {
      throw new BadInput(error instanceof Error ? error.message : String(error))
    }
  })
}
