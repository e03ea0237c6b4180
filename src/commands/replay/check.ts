import { createTextTarget } from '../../rows/ndjson.ts'
import type { Row } from '../../rows/rows.ts'
import type { Site } from '../../site/site.ts'
import { readScenarioFile, runOfFile } from '../../../simulators/scenarios/scenario-file.ts'
import { createObserver } from '../simulate/observed.ts'
import { expectationOf, tellUnexpected } from '../simulate/verdict.ts'
import { foldInto, type WantedReplay } from './print.ts'

/**
 * Compares what recordings of a scenario come to with the `expect` of its file, and with what really happened at its
 * plant. Throws `BadInput` for a file without `expect`, or one that does not fit the site, and `CommandFailed` with
 * each difference.
 */
export async function checkRecordings(site: Site, scenario: string, wanted: WantedReplay): Promise<void> {
  const file = readScenarioFile(scenario)
  const expect = expectationOf(file)
  const observer = createObserver(runOfFile(file, site))
  const summary = await foldInto(site, wanted, {
    target: (count) =>
      createTextTarget((line) => {
        count()
        observer.note(JSON.parse(line) as Row)
      }),
    flush: () => undefined,
  })
  tellUnexpected(observer.observed(summary.outcomes), file.file, expect)
}
