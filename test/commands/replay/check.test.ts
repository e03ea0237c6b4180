/** A recording of a scenario, held against what the scenario's file expects of it. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { MAIN, replay, write } from './replaying.ts'

const SITES = fileURLToPath(new URL('../../../simulators/sites', import.meta.url))
const CONFIG = join(SITES, 'edge.site.yaml')
const STORY = `about: A gateway falls silent for ten minutes
site: ${join(SITES, 'edge.yaml')}
seed: 3
from: 2026-04-15T08:00Z
for: 40m
events: [gateway-down:h1@+10m/10m]
`
const EXPECTING = `${STORY}
expect:
  alarms: { kinds: [gateway], rows: [+13m5s raised gateway h1, +20m5s cleared gateway h1] }
  bands: { h1-r01: { recommended: 33, unknown: 7 } }
  outcomes: { accepted: 2300 }
`

test('the same sentences as a run of it, whose recording another configuration may read', () => {
  const [story, expecting, recording] = [write('story.yaml', STORY), write('expecting.yaml', EXPECTING), write('r', '')]
  spawnSync(process.execPath, [MAIN, 'simulate', '--scenario', story, '--out', recording])
  const check = (config: string, scenario: string, ...more: string[]) =>
    replay(['--config', config, '--check', scenario, recording, ...more])

  expect(check(CONFIG, expecting)).toMatchObject({ status: 0, out: `${expecting}: as expected\n` })
  // Another start of the silence's delay is another time at which the alarm is raised
  const later = write('later.yaml', `${readFileSync(CONFIG, 'utf8')}\nalarms: { gateway: { onDelayS: 60 } }\n`)
  const late = check(later, expecting)
  expect(late.status).toBe(1)
  expect(late.err).toContain(`${expecting}: not as expected\nno alarm +13m5s raised gateway h1\nalarm +14m`)
  // What is missing of the recording is missing among the readings
  const cut = check(CONFIG, expecting, '--until', '2026-04-15T08:30:00Z')
  expect(cut.status).toBe(1)
  expect(cut.err).toMatch(/outcome accepted: 1\d{3}, expected 2300/)
  expect(check(CONFIG, story)).toMatchObject({ status: 2, out: '' })
})
