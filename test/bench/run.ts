/** `npm run bench`: prints what a reading costs, as ratios of two ways measured in the same run. */
import { have } from '../servers/servers.ts'
import { measureCore } from './core.ts'
import { canMeasureLive, measureLive } from './live.ts'

measureCore(100, 200_000)
console.log('a reading by the number of points: decoded, folded, and a bare typed-array loop')
const sumsNs: number[] = []
for (const points of [100, 10_000, 1_000_000]) {
  const { readings, coreNs, decodeNs, bareNs, bytesPerPoint } = measureCore(points, 2_000_000)
  sumsNs.push(decodeNs + coreNs)
  const cost = `decode ${decodeNs.toFixed(0)} ns, core ${coreNs.toFixed(0)} ns, bare loop ${bareNs.toFixed(1)} ns`
  const ratios = `core to bare ${(coreNs / bareNs).toFixed(0)}, both to those of 100 points ${((decodeNs + coreNs) / (sumsNs[0] ?? NaN)).toFixed(2)}`
  console.log(
    `  ${points} points, ${readings} readings: ${cost}; ${ratios}; ${(bytesPerPoint / 1024).toFixed(1)} KiB a point`,
  )
}

console.log('daemon per message, journal and fold included, against a bare subscriber that parses JSON')
if (!have('mosquitto') || !have('mosquitto_sub')) console.log('  skipped: there is no mosquitto on this machine')
else if (!canMeasureLive()) console.log('  skipped: the CPU time of a process can only be read on Linux')
else {
  const { messages, rows, daemon, bare } = await measureLive(50_000)
  const rate = `daemon ${daemon.perS.toFixed(0)}/s, bare ${bare.perS.toFixed(0)}/s, ratio ${(daemon.perS / bare.perS).toFixed(2)}`
  const cpu = `CPU ${daemon.cpuUs.toFixed(0)} µs and ${bare.cpuUs.toFixed(0)} µs, ratio ${(daemon.cpuUs / bare.cpuUs).toFixed(1)}`
  console.log(`  ${messages} messages, ${rows} rows: ${rate}; ${cpu}`)
}
