/** The run that a command line asks for: a built-in scenario or a scenario file, and faults besides. */
import { readFileSync } from 'node:fs'
import { BadInput } from '../../config/bad-input.ts'
import type { Site } from '../../site/site.ts'
import { unwritable } from '../../../simulators/devices/writable.ts'
import type { PlantKind } from '../../../simulators/plant/kinds.ts'
import type { Run } from '../../../simulators/scenarios/life.ts'
import {
  parseEvents,
  readScenarioFile,
  runOfFile,
  type ScenarioFile,
} from '../../../simulators/scenarios/scenario-file.ts'
import { SCENARIOS, scenarioOf } from '../../../simulators/scenarios/scenario.ts'
import { readEpw } from '../../../simulators/weather/epw.ts'
import { siteOf } from '../arguments.ts'
import { messageOf } from '../ending.ts'

export interface LifeOptions {
  config: string
  /** A name of `SCENARIOS`, or a file. */
  scenario: string
  fault?: readonly string[]
  plant?: PlantKind
  weather?: string
  seed?: number
  from?: number
  hours?: number
}

const HOUR_MS = 3_600_000

/** A scenario file, if one is named. */
export function fileOf(scenario: string): ScenarioFile | undefined {
  if ((SCENARIOS as readonly string[]).includes(scenario)) return undefined
  if (/[/\\]|\.ya?ml$/.test(scenario)) return readScenarioFile(scenario)
  throw new BadInput(`there is no scenario ${scenario}: name a file, or one of ${SCENARIOS.join(', ')}`)
}

/** The site: that of --config where the command line names one (`named`), else that of the scenario file. */
export function siteOfRun(
  { config }: LifeOptions,
  file: ScenarioFile | undefined,
  { named }: { named: boolean },
): Site {
  const site = siteOf(file?.site === undefined || named ? config : file.site.config)
  const fault = unwritable(site)
  if (fault !== undefined) throw new BadInput(fault)
  return site
}

/** Throws `BadInput` for an event or a weather file that does not fit. `usual`: of a run that no file describes. */
export function runOf(
  site: Site,
  options: LifeOptions,
  file: ScenarioFile | undefined,
  usual: { fromMs: number; toMs: number },
): Run {
  const fromMs = options.from ?? file?.fromMs ?? usual.fromMs
  const lengthMs = file === undefined ? usual.toMs - usual.fromMs : file.toMs - file.fromMs
  const toMs = fromMs + (options.hours === undefined ? lengthMs : options.hours * HOUR_MS)
  const base: Run =
    file === undefined
      ? { site, seed: 1, fromMs, toMs, scenario: scenarioOf(site, options.scenario) }
      : { ...runOfFile({ ...file, fromMs, toMs: Math.max(toMs, fromMs + lengthMs) }, site), toMs }
  const { scenario } = base
  const { fault: faults = [] } = options
  if (scenario.repeatS !== undefined && faults.length > 0) {
    throw new BadInput(
      `--fault beside ${scenario.name}, which begins anew every ${scenario.repeatS} s: take --scenario steady`,
    )
  }
  const events = [...scenario.events, ...parseEvents(faults, { site, fromMs, toMs })]
  return {
    ...base,
    seed: options.seed ?? base.seed,
    scenario: { ...scenario, events },
    ...(options.plant !== undefined && { kind: options.plant }),
    ...(options.weather !== undefined && { weather: { year: weatherIn(options.weather) } }),
  }
}

function weatherIn(file: string): ReturnType<typeof readEpw> {
  try {
    return readEpw(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new BadInput(`--weather ${file}: ${messageOf(error)}`)
  }
}
