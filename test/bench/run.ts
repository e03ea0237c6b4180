/** `npm run bench`: prints what a reading costs, as ratios of two ways measured in the same run. */
import { have } from '../servers.ts'
import { measureCore } from './core.ts'
import { canMeasureLive, measureLive } from './live.ts'

measureCore(100, 200_000)
console.log('core per reading against a bare typed-array loop')
for (const points of [100, 10_000]) {
  const { readings, coreNs, bareNs, bytesPerPoint } = measureCore(points, 3_000_000)
  const cost = `core ${coreNs.toFixed(0)} ns, bare loop ${bareNs.toFixed(1)} ns, ratio ${(coreNs / bareNs).toFixed(1)}`
  console.log(`  ${points} points, ${readings} readings: ${cost}; ${(bytesPerPoint / 1024).toFixed(1)} KiB a point`)
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
