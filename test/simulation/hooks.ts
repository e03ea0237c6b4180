/**
 * Loaded before the daemon's modules: gives them the world in the place of Node's timers, threads and deflation, and
 * plants a fault in one of them if asked (PLANT).
 */
import { registerHooks } from 'node:module'
import { plantNamed, planted, type Plant } from './plants.ts'

const REPLACED: Readonly<Record<string, string>> = {
  'node:timers/promises': './timers-promises.ts',
  'node:worker_threads': './threads.ts',
  'node:zlib': './zlib.ts',
}
const SRC = new URL('../../src/', import.meta.url).href
const plant = plantNamed(process.env['PLANT'])
/** Three minutes have more than one snapshot. */
const SOONER: Plant = {
  name: 'snapshots come sooner',
  file: 'fold/saving.ts',
  edits: [['const SNAPSHOT_MS = 300_000', 'const SNAPSHOT_MS = 15_000']],
}

registerHooks({
  resolve(specifier, context, next) {
    const own = context.parentURL?.startsWith(SRC) === true ? REPLACED[specifier] : undefined
    return own === undefined ? next(specifier, context) : next(new URL(own, import.meta.url).href, context)
  },
  load(url, context, next) {
    const loaded = next(url, context)
    const changes = [SOONER, plant].filter((it) => it !== undefined).filter(({ file }) => url === `${SRC}${file}`)
    if (changes.length === 0 || typeof loaded.source === 'string' || loaded.source === undefined) return loaded
    const text = new TextDecoder().decode(loaded.source)
    return { ...loaded, source: changes.reduce((source, change) => planted(change, source), text) }
  },
})
