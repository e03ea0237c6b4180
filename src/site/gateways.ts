import type { Config } from '../config/config.ts'
import type { SourcePlan, UplinkPlan } from '../core/contract/plan.ts'

type Points = Config['points']

/** Points that are reached or measured together, from the device up to the site. */
interface Reached {
  /** Names of gateways and uplinks; the last uplink may be the site. */
  readonly gateways: readonly string[]
  readonly uplinks: readonly string[]
  readonly plan: {
    readonly gateways: readonly (readonly number[])[]
    readonly devices: readonly (readonly number[])[]
    readonly uplinks: readonly UplinkPlan[]
    readonly uplinkOfPoint: readonly number[]
    readonly uplinkOfGateway: readonly number[]
    readonly sources: readonly SourcePlan[]
    readonly sourceOf: readonly number[]
  }
}

/** What is heard less often says too late that it is silent: an uplink is judged without it. */
const SLOW_S = 300

/**
 * How points are reached. A site with several gateways is itself an uplink: of those that have none, of the uplinks
 * that are named, and of points that have no gateway.
 */
export function reachedThrough(config: Pick<Config, 'points' | 'gateways' | 'site'>): Reached {
  const points = Object.values(config.points)
  const gateways = grouped(points, ({ gateway }) => gateway)
  const devices = grouped(points, (point) => point.device ?? `topic ${point.topic}`)
  const uplinkNames = [...gateways.keys()].map((name) => config.gateways[name]?.uplink)
  // What only one gateway is reached through cannot be told from that gateway
  const shared = (name: string) => uplinkNames.filter((other) => other === name).length > 1
  const named = [...new Set(uplinkNames.flatMap((name) => name ?? []))].filter(shared)
  const isSite = gateways.size > 1
  const site = isSite ? named.length : -1
  const members = [...gateways.values()]
  const branch = (group: readonly number[]) => ({ points: group, everyMs: quickestS(points, group) * 1000 })
  const uplinks = named.map((name): UplinkPlan => {
    const behind = members.filter((_, gateway) => uplinkNames[gateway] === name)
    return { points: behind.flat(), branches: quick(behind.map(branch)), parent: site }
  })
  const isDirect = (point: number) => points[point]?.gateway === undefined
  const direct = [...devices.values()].map((group) => group.filter(isDirect)).filter((group) => group.length > 0)
  const unnamed = members.filter((_, gateway) => !named.includes(uplinkNames[gateway] ?? ''))
  const branches = [...uplinks.map((uplink) => uplink.points), ...unnamed, ...direct].map(branch)
  const all = points.map((_, point) => point)
  const ofGateway = uplinkNames.map((name = '') => (named.includes(name) ? named.indexOf(name) : site))
  const gatewayNames = [...gateways.keys()]
  return {
    gateways: gatewayNames,
    uplinks: isSite ? [...named, config.site.id] : named,
    plan: {
      gateways: members,
      // A list that grew has room for many more
      devices: [...devices.values()].flatMap((group) => (group.length > 1 ? [group.slice()] : [])),
      uplinks: isSite ? [...uplinks, { points: all, branches: quick(branches), parent: -1 }] : uplinks,
      uplinkOfPoint: points.map(({ gateway }) =>
        gateway === undefined ? site : (ofGateway[gatewayNames.indexOf(gateway)] ?? -1),
      ),
      uplinkOfGateway: ofGateway,
      ...sourcesOf(points),
    },
  }
}

/** What stamps readings by one clock: the point's gateway, else its topic. */
function sourcesOf(points: readonly Points[string][]): { sources: SourcePlan[]; sourceOf: number[] } {
  const groups = [
    ...grouped(points, ({ gateway, topic }) => JSON.stringify([gateway ?? '', gateway ?? topic])).values(),
  ]
  const sourceOf = new Array<number>(points.length)
  for (const [source, group] of groups.entries()) for (const point of group) sourceOf[point] = source
  const slowestS = (group: readonly number[]) => Math.max(...group.map((point) => points[point]?.everyS ?? 0))
  return { sources: groups.map((group) => ({ point: group[0] ?? 0, everyMs: slowestS(group) * 1000 })), sourceOf }
}

/** Those that are heard often enough; all of them where none is. */
function quick(branches: UplinkPlan['branches']): UplinkPlan['branches'] {
  const heard = branches.filter(({ everyMs }) => everyMs <= SLOW_S * 1000)
  return heard.length > 0 ? heard : branches
}

function quickestS(points: readonly Points[string][], group: readonly number[]): number {
  return group.reduce((least, point) => Math.min(least, points[point]?.everyS ?? Infinity), Infinity)
}

function grouped(
  points: readonly Points[string][],
  nameOf: (point: Points[string]) => string | undefined,
): Map<string, number[]> {
  const groups = new Map<string, number[]>()
  for (const [index, point] of points.entries()) {
    const name = nameOf(point)
    if (name === undefined) continue
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [index])
    else group.push(index)
  }
  return groups
}
