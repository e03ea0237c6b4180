import { CommandFailed, FAILED } from '../../ending.ts'
import { zoneOffsetMs } from '../../../ingest/time-zones.ts'
import { countText } from '../../../rows/numbers.ts'
import type { CellTable } from '../../../rows/cell-table.ts'
import type { RowTarget } from '../../../rows/sink.ts'
import type { Site } from '../../../site/site.ts'
import { writeOut } from '../../output.ts'
import { foldInto, type WantedReplay } from '../print.ts'
import { chartLines, columnAt, shareLine, timeAxis, timeColumns, type Frame } from './chart.ts'
import { createTrack, eachNumber, putNumber, type Track } from './track.ts'

/** What a chart of a site is made of: of the same time the last number, as corrections come. */
interface Plot {
  readonly site: Site
  /** The window whose PUE is drawn. */
  readonly window: string
  readonly pues: Map<string, Track>
  readonly airs: Map<string, Air>
  /** Numbers that all tracks have room for. */
  room: number
}

/** The air of an inlet: dry bulb and band of each interval. */
interface Air {
  readonly dryBulb: Track
  readonly band: Track
}

/** An inlet's dry bulb at a time. */
interface Extreme {
  inlet: string
  number: number
  endMs: number
}

/** Four bytes each: 200 MB. */
const MOST_ROOM = 50_000_000
const MOST_BOUNDARIES = 6
const NARROWEST = 50
const WIDEST = 240
const USUAL_WIDTH = 80
const OUT = 2

/** Draws the PUE and the inlets' air of recordings on standard output, in place of the rows. */
export async function printPlot(site: Site, wanted: WantedReplay): Promise<void> {
  const plot = createPlot(site)
  await foldInto(site, wanted, { target: (count) => plotTarget(plot, count), flush: () => undefined })
  const width = Math.min(WIDEST, Math.max(NARROWEST, process.stdout.columns ?? USUAL_WIDTH))
  writeOut(plotText(plot, width))
}

function createPlot(site: Site): Plot {
  const rolling = site.plan.windows.flatMap((it) => (it.kind === 'rolling' ? [it] : []))
  const [shortest] = rolling.toSorted((a, b) => a.lengthMs - b.lengthMs)
  return { site, window: shortest?.name ?? 'day_to_date', pues: new Map(), airs: new Map(), room: 0 }
}

function plotTarget(plot: Plot, count: () => void): RowTarget {
  const { lengthMs } = plot.site.plan
  const put = (track: Track, endMs: number, number: number): void => {
    plot.room += putNumber(track, endMs, number)
    if (plot.room <= MOST_ROOM) return
    throw new CommandFailed(FAILED, 'too much for a chart: narrow it by --from and --until')
  }
  return {
    cells(series, window, timeMs, table, cells) {
      count()
      if (series.measurement === 'pue' && window === plot.window) {
        put(
          memberOf(plot.pues, series.tags['boundary'], () => createTrack(lengthMs)),
          timeMs,
          cellOf(table, cells, 'pue'),
        )
      }
      if (series.measurement !== 'climate') return
      const newAir = (): Air => ({ dryBulb: createTrack(lengthMs), band: createTrack(lengthMs) })
      const { dryBulb, band } = memberOf(plot.airs, series.tags['inlet'], newAir)
      put(dryBulb, timeMs, cellOf(table, cells, 'dry_bulb_c'))
      put(band, timeMs, cellOf(table, cells, 'worst_band'))
    },
    fields: count,
  }
}

function cellOf({ shape }: CellTable, cells: Float64Array, column: string): number {
  return cells[shape.columns.indexOf(column)] ?? NaN
}

function memberOf<T>(all: Map<string, T>, name = '', create: () => T): T {
  const member = all.get(name) ?? create()
  all.set(name, member)
  return member
}

function plotText({ site, window, pues, airs }: Plot, width: number): string {
  const frame = frameOf(site, [...pues.values(), ...[...airs.values()].map(({ dryBulb }) => dryBulb)], width)
  if (frame === undefined) return 'nothing to draw: no PUE and no air of an inlet is known\n'
  const axis = timeAxis(frame, timeTextOf(site, frame))
  const shown = [...pues].slice(0, MOST_BOUNDARIES)
  const lines = shown.flatMap(([boundary, track]) => [
    ...chartLines(`PUE of ${boundary}, window ${window}${spanText(track, 3)}`, [track], frame, {
      least: 0.01,
      digits: 3,
    }),
    ...axis,
    '',
  ])
  if (pues.size > shown.length) lines.push(`and ${countText(pues.size - shown.length)} more boundaries`, '')
  if (airs.size > 0) lines.push(...airLines(airs, frame), ...axis, '')
  return `${lines.join('\n')}\n`
}

/** From the first interval to the last. */
function frameOf(site: Site, tracks: readonly Track[], width: number): Frame | undefined {
  let [fromMs, toMs] = [Infinity, -Infinity]
  for (const track of tracks) {
    eachNumber(track, (endMs) => {
      fromMs = Math.min(fromMs, endMs - site.plan.lengthMs)
      toMs = Math.max(toMs, endMs)
    })
  }
  return fromMs < toMs ? { fromMs, toMs, width } : undefined
}

/** The hottest and the coldest inlet, and the share of inlets beyond each limit. */
function airLines(airs: ReadonlyMap<string, Air>, frame: Frame): string[] {
  const [first] = airs.values()
  const lengthMs = first?.dryBulb.lengthMs ?? NaN
  const [hottest, coldest] = [createTrack(lengthMs), createTrack(lengthMs)]
  const [hot, cold] = [new Map<number, number>(), new Map<number, number>()]
  let most: Extreme = { inlet: '', number: -Infinity, endMs: NaN }
  let fewest: Extreme = { inlet: '', number: Infinity, endMs: NaN }
  for (const [inlet, { dryBulb }] of airs) {
    eachNumber(dryBulb, (endMs, number) => {
      if (number > most.number) most = { inlet, number, endMs }
      if (number < fewest.number) fewest = { inlet, number, endMs }
      hot.set(endMs, Math.max(number, hot.get(endMs) ?? -Infinity))
      cold.set(endMs, Math.min(number, cold.get(endMs) ?? Infinity))
    })
  }
  for (const [endMs, number] of hot) putNumber(hottest, endMs, number)
  for (const [endMs, number] of cold) putNumber(coldest, endMs, number)
  const title = `hottest and coldest of ${countText(airs.size)} inlets, °C: ${extremeText(most)}, ${extremeText(fewest)}`
  const shares = bandShares([...airs.values()], frame)
  return [
    ...chartLines(title, [hottest, coldest], frame, { least: 2, digits: 1 }),
    shareLine('beyond', shares.beyond),
    shareLine('out', shares.out),
  ]
}

/** Shares of the known intervals of all inlets beyond their recommended and out of their allowable limits. */
function bandShares(airs: readonly Air[], frame: Frame): { beyond: number[]; out: number[] } {
  const columns = timeColumns(frame)
  const [known, beyond, out] = [0, 1, 2].map(() => new Float64Array(columns))
  const add = (counts: Float64Array | undefined, at: number) => {
    if (counts !== undefined) counts[at] = (counts[at] ?? 0) + 1
  }
  for (const { band } of airs) {
    eachNumber(band, (endMs, number) => {
      if (number > OUT) return
      // An interval may be wider than a column
      const last = columnAt(frame, columns, endMs)
      for (let at = Math.min(last, columnAt(frame, columns, endMs - band.lengthMs + 1)); at <= last; at++) {
        add(known, at)
        if (number > 0) add(beyond, at)
        if (number === OUT) add(out, at)
      }
    })
  }
  const shares = (counts: Float64Array | undefined) =>
    Array.from({ length: columns }, (_, at) => (counts?.[at] ?? 0) / (known?.[at] ?? 0))
  return { beyond: shares(beyond), out: shares(out) }
}

function extremeText({ inlet, number }: Extreme): string {
  return `${inlet} ${number.toFixed(1)}`
}

function spanText(track: Track, digits: number): string {
  let [low, high] = [Infinity, -Infinity]
  eachNumber(track, (_, number) => {
    low = Math.min(low, number)
    high = Math.max(high, number)
  })
  return low > high ? '' : `: ${low.toFixed(digits)} to ${high.toFixed(digits)}`
}

/** Times of the site; of more than two days with their date. */
function timeTextOf({ config }: Site, { fromMs, toMs }: Frame): (tMs: number) => string {
  const withDate = toMs - fromMs > 2 * 86_400_000
  return (tMs) => {
    const local = new Date(tMs + zoneOffsetMs(tMs, config.site.timezone)).toISOString()
    return withDate ? local.slice(5, 16).replace('T', ' ') : local.slice(11, 16)
  }
}
