import { ACCEPTED } from '../../core/contract/outcome.ts'
import { refusalOf } from '../../core/placing.ts'
import { decode, type Take } from '../../ingest/payload.ts'
import type { Packet } from '../../ingest/recording.ts'
import type { Site } from '../../site/site.ts'
import { wantedPoints } from './gather.ts'

/** Gets what a register showed: the point, event time in epoch ms, J or mL. */
type HearCount = (point: string, tMs: number, count: number) => void

/** Reads packets, in the order of their arrival, for the counts of the registers that reports need. */
export function countReader(site: Site, hear: HearCount): (packet: Packet) => void {
  const { plan, points } = site
  const names = new Set(wantedPoints(site).energies)
  const wanted = points.map((name) => names.has(name) && site.config.points[name]?.kind === 'register')
  const newestMs = new Float64Array(points.length).fill(-Infinity)
  let nowMs = -Infinity
  const take: Take = {
    reading(point, tMs, value) {
      if (wanted[point] !== true || refusalOf(plan, point, tMs, value, nowMs) !== ACCEPTED) return
      newestMs[point] = Math.max(newestMs[point] ?? -Infinity, tMs)
      hear(points[point] ?? '', tMs, value)
    },
    refused() {},
  }
  const past = { newestMs: (point: number) => newestMs[point] ?? -Infinity, skewMs: plan.skewMs, doubt() {} }
  const routes = new Map([...site.routes].filter(([, route]) => route.points.some(({ point }) => wanted[point])))
  return (packet) => {
    nowMs = Math.max(nowMs, packet.nowMs)
    const route = routes.get(packet.topic)
    if (route !== undefined) decode(route, packet, take, past)
  }
}
