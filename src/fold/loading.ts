import type { Config } from '../config/config.ts'
import { moveInto } from './changing.ts'
import { addLoad, configurationDigest, loadedConfig, loadInForce, siteOfLoads } from './configurations.ts'
import type { Fold } from './fold.ts'
import { createFoldPipeline } from './outputs.ts'
import type { Site } from '../site/site.ts'

/** Obeys an entry that says what configuration is in force from here on. One that cannot be read changes nothing. */
export function loadConfiguration(fold: Fold, entry: { digest: string; of?: object; packed?: string }): void {
  const { present, pipeline, loads } = fold
  const isPresent = entry.digest === configurationDigest(present)
  const inForce = loadInForce(loads)?.digest ?? configurationDigest(pipeline.site.config)
  const isSame = entry.digest === inForce && (!isPresent || pipeline.site.config === present)
  const read = isPresent ? { config: present } : isSame ? pipeline.site : loadedConfig(entry, present)
  if ('fault' in read) return
  if (!isSame) return changeConfiguration(fold, read.config, entry.digest)
  if (loads.length > 0) return
  fold.loads = [{ from: -Infinity, digest: entry.digest, config: read.config }]
  fold.isLoadsSaved = false
}

/** Goes on with another configuration. Intervals that have closed keep the sums of theirs. */
export function changeConfiguration(fold: Fold, config: Config, digest: string): void {
  const { core, site } = fold.pipeline
  const known = fold.loads.length > 0 ? fold.loads : [{ from: -Infinity, digest: '', config: site.config }]
  const inForce = loadInForce(known)
  // The same in all that is folded: only what else the site has is new
  fold.loads =
    inForce?.digest === digest
      ? known.map((load) => (load === inForce ? { ...load, config } : load))
      : addLoad(known, core, config, digest)
  const next = siteOfLoads(fold.loads)
  if (next !== undefined) changeSite(fold, next)
}

/** Sums some closed intervals by the configuration in force: all of them, or from where its dates speak. */
export function applyToPast(fold: Fold, stretch: { from: number; until: number; by: 'all' | 'dates' }): void {
  const inForce = loadInForce(fold.loads)
  if (inForce === undefined || fold.loads.length === 1) return
  const { from, until, by } = stretch
  fold.loads = [...fold.loads, { ...inForce, from, recomputed: { until, by } }]
  const site = siteOfLoads(fold.loads)
  if (site !== undefined) changeSite(fold, site)
}

/**
 * Goes on with another site, whose points, boundaries and inlets are matched by name. The next snapshot holds all
 * sections.
 */
export function changeSite(fold: Fold, site: Site): void {
  const before = fold.pipeline
  fold.pipeline = createFoldPipeline(site, fold.outputs, fold.book)
  const left = moveInto(fold.pipeline, before)
  fold.obsoleteSections.push(...fold.parts.keys(), ...left.keys())
  fold.saved = undefined
  fold.isLoadsSaved = fold.loads.length === 0
}
