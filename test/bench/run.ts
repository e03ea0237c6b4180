/** `npm run bench`: prints what a reading costs, as ratios of two ways measured in the same run. */
import { measureCore } from './core.ts'

measureCore(100, 200_000)
console.log('core per reading against a bare typed-array loop')
for (const points of [100, 10_000]) {
  const { readings, coreNs, bareNs, bytesPerPoint } = measureCore(points, 3_000_000)
  const cost = `core ${coreNs.toFixed(0)} ns, bare loop ${bareNs.toFixed(1)} ns, ratio ${(coreNs / bareNs).toFixed(1)}`
  console.log(`  ${points} points, ${readings} readings: ${cost}; ${(bytesPerPoint / 1024).toFixed(1)} KiB a point`)
}
