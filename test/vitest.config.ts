import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { createReporter } from './reporter.ts'

/** Files that take long, the longest first: begun at the end of a run they would be waited for alone. */
const LONGEST = `
simulation/simulation daemon/live commands/alarms.test fold/slices scenarios/backlog-air daemon/crash oracle/small-days
oracle/rich-days http/accounts recompute/recompute faults/chaos scenarios/backlogs package.test core/alarms/incidents
commands/hands http/page simulators/scenarios plant/year commands/check-live daemon/kills recompute/seeds mqtt/mqtt
send/influx/drain grafana/grafana config/config
`
  .trim()
  .split(/\s+/)

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const place = LONGEST.findIndex((name) => moduleId.includes(`/test/${name}`))
      return place < 0 ? LONGEST.length : place
    }
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b))
  }
}

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    include: ['test/**/*.test.ts', 'config/*.test.ts'],
    reporters: ['default', createReporter()],
    // Most files wait for servers longer than they compute: two more at a time than there are processors.
    maxWorkers: availableParallelism() + 2,
    sequence: { sequencer: LongestFirst },
    // Real brokers and databases on a busy machine: generous, because a limit here only says "hung".
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
    allowOnly: false,
  },
})
