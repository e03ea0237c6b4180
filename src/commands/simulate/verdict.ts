import type { Expectation, ScenarioFile } from '../../../simulators/scenarios/scenario-file.ts'
import { BadInput } from '../../config/bad-input.ts'
import { CommandFailed, FAILED } from '../ending.ts'
import { unexpected } from './expected.ts'
import type { Observed } from './observed.ts'

/** What a scenario file expects. Throws `BadInput` where it expects nothing. */
export function expectationOf({ file, expect }: ScenarioFile): Expectation {
  if (expect !== undefined) return expect
  throw new BadInput(
    `${file}: --check needs \`expect\` in it; \`coldaisle simulate --observe\` prints one to begin with`,
  )
}

/** Compares, and says the result. Throws `CommandFailed` with each difference. */
export function tellUnexpected(observed: Observed, file: string, expect: Expectation): void {
  const faults = unexpected(observed, expect)
  if (faults.length > 0) throw new CommandFailed(FAILED, `${file}: not as expected\n${faults.join('\n')}`)
  process.stdout.write(`${file}: as expected\n`)
}
