import type { PointConfig } from '../config/config.ts'
import type { RoutePoint } from '../ingest/route.ts'
import { metricOf, parseSparkplugTopic } from '../ingest/sparkplug/topics.ts'
import type { DevicePlan, SparkplugPlan } from '../ingest/sparkplug/host.ts'
import { createRouting } from './routes.ts'

/** Who reads the metrics of which node and device. */
export function sparkplugPlan(points: readonly PointConfig[], timezone: string): SparkplugPlan {
  const routed = createRouting(timezone)
  const read = [...points.entries()].flatMap(([index, point]) => {
    const topic = parseSparkplugTopic(point.topic)
    return topic === undefined ? [] : [{ topic, metric: metricOf(point.at), to: routed(point, index, []) }]
  })
  const nodes = Map.groupBy(read, ({ topic }) => topic.node)
  return new Map(
    [...nodes].map(([node, members]) => {
      const devices = Map.groupBy(members, ({ topic }) => topic.device)
      return [node, new Map([...devices].map(([device, all]) => [device, devicePlan(all)]))] as const
    }),
  )
}

function devicePlan(members: readonly { metric: string; to: RoutePoint }[]): DevicePlan {
  const byMetric = Map.groupBy(members, ({ metric }) => metric)
  return {
    points: members.map(({ to }) => to),
    byMetric: new Map([...byMetric].map(([metric, all]) => [metric, all.map(({ to }) => to)])),
  }
}
