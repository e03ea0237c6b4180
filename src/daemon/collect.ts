import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * Gives back what reading a configuration left behind, several times what stays of it. V8 would keep that memory as
 * long as nothing asks for more, and a daemon in its rhythm does not. Holds the event loop for some hundred ms with
 * 100,000 points.
 */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as (how: { type: 'major'; execution: 'sync'; flavor: 'last-resort' }) => void
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}
