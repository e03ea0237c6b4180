/** What all panels have in common: where they ask, how their answers are shaped, the colours of words. */
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog'
import {
  AxisPlacement,
  BigValueGraphMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common'
import {
  FieldColorBuilder,
  FieldColorModeId,
  MappingType,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type DataTransformerConfig,
  type Panel,
  type Threshold,
  type ValueMap,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat'
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table'
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries'

/** The provisioned data source, which alert rules must name. */
export const SOURCE_UID = 'coldaisle'
/** What the dashboard asks: its variable, which is the provisioned source unless somebody chooses another. */
export const SOURCE = { type: 'influxdb', uid: '${datasource}' }

/** `core.intervalS` of the site: the shortest bucket that is drawn. A site with longer ones sets it and draws anew. */
export const BASE_INTERVAL = '1m'

/** Of neither theme: legible on light and dark. */
export const GREY = '#8e8e8e'

export type AnyPanel = Builder<Panel>

interface Target extends Dataquery {
  datasource: typeof SOURCE
  refId: string
  query: string
  rawQuery: true
  resultFormat: 'table' | 'time_series'
  alias?: string
}

/** A query whose answer is one table. Group by one tag at most: Grafana may mix up the columns of several. */
export function asTable(refId: string, query: string): Builder<Dataquery> {
  return targetOf(refId, query, 'table')
}

/** A query whose answer is drawn over time; `alias` names each line ($col is the column, $tag_x a tag). */
export function asLines(refId: string, query: string, alias: string): Builder<Dataquery> {
  return targetOf(refId, query, 'time_series', alias)
}

export function stat(title: string, description: string): StatBuilder {
  return new StatBuilder()
    .title(title)
    .description(description)
    .datasource(SOURCE)
    .height(5)
    .graphMode(BigValueGraphMode.None)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
    .noValue('not known')
}

export function table(title: string, description: string): TableBuilder {
  return new TableBuilder().title(title).description(description).datasource(SOURCE).height(9).noValue('no rows')
}

/** Lines that break where nothing is known. */
export function lines(title: string, description: string): TimeseriesBuilder {
  return new TimeseriesBuilder()
    .title(title)
    .description(description)
    .datasource(SOURCE)
    .height(9)
    .interval(BASE_INTERVAL)
    .spanNulls(false)
    .showPoints(VisibilityMode.Auto)
    .lineWidth(2)
    .fillOpacity(0)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(true),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
}

/** The first colour holds below all limits. */
export function thresholds(base: string, ...steps: [limit: number, color: string][]): ThresholdsConfigBuilder {
  const all: Threshold[] = [{ value: null, color: base }, ...steps.map(([value, color]) => ({ value, color }))]
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(all)
}

/** Values told as words, so that nobody needs the colour. */
export function words(entries: Record<string, [text: string, color: string]>): ValueMap {
  const options = Object.entries(entries).map(([key, [text, color]], index) => [key, { text, color, index }] as const)
  return { type: MappingType.ValueToText, options: Object.fromEntries(options) }
}

/** Properties of one column: its unit, and what else it needs. */
export function column(unit: string, more: Record<string, unknown> = {}): { id: string; value: unknown }[] {
  return Object.entries({ unit, ...more }).map(([id, value]) => ({ id, value }))
}

/** A cell that is coloured, with the words that it may hold. */
export function coloured(entries: Record<string, [text: string, color: string]>): { id: string; value: unknown }[] {
  return [
    { id: 'mappings', value: [words(entries)] },
    { id: 'custom.cellOptions', value: { type: 'color-background', mode: 'basic' } },
  ]
}

/** A share from 0 to 1 as a bar, red below 0.9. */
export function shareBar(): { id: string; value: unknown }[] {
  return [
    ...column('percentunit', { min: 0, max: 1, decimals: 0 }),
    { id: 'custom.cellOptions', value: { type: 'gauge', mode: 'basic', valueDisplayMode: 'text' } },
    { id: 'color', value: { mode: 'thresholds' } },
    { id: 'thresholds', value: thresholds('red', [0.9, 'green']).build() },
  ]
}

/** Rows of several answers below each other, in the order of the queries. */
export const MERGE: DataTransformerConfig = { id: 'merge', options: {} }

/** So many rows with the least, or the most, in a column. */
export function firstBy(field: string, first: 'least' | 'most', limitField: number): DataTransformerConfig[] {
  return [
    { id: 'sortBy', options: { sort: [{ field, desc: first === 'most' }] } },
    { id: 'limit', options: { limitField } },
  ]
}

/** Columns in this order, others left out. */
export function ordered(names: readonly string[], renameByName: Record<string, string> = {}): DataTransformerConfig[] {
  return [
    { id: 'filterFieldsByName', options: { include: { names } } },
    {
      id: 'organize',
      options: { indexByName: Object.fromEntries(names.map((name, index) => [name, index])), renameByName },
    },
  ]
}

function targetOf(
  refId: string,
  query: string,
  resultFormat: 'table' | 'time_series',
  alias?: string,
): Builder<Dataquery> {
  return {
    build() {
      const target: Target = {
        datasource: SOURCE,
        refId,
        query,
        rawQuery: true,
        resultFormat,
        ...(alias !== undefined && { alias }),
        _implementsDataqueryVariant() {}, // of the type only: JSON leaves it out
      }
      return target
    },
  }
}

/** A column on an axis of its own. */
export const ON_THE_RIGHT = { id: 'custom.axisPlacement', value: AxisPlacement.Right }

/** Coverage as a grey band on an axis of its own, from 0 to 1. */
export function coverageBand(): { id: string; value: unknown }[] {
  return [
    ...column('percentunit', { min: 0, max: 1 }),
    ON_THE_RIGHT,
    { id: 'custom.fillOpacity', value: 15 },
    { id: 'custom.lineWidth', value: 0 },
    { id: 'color', value: { mode: 'fixed', fixedColor: GREY } },
  ]
}
