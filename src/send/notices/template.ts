import { STANDING_STATES, type AlarmTransition } from './types.ts'

/** From 5, which wakes somebody, to 1, as ntfy and many pagers count; what is over is told, and rings nowhere. */
const PRIORITY_OF: Readonly<Record<string, number>> = { critical: 5, high: 4, warning: 3, low: 2 }
const PRIORITY_OVER = 2

/** How loudly a push service is to tell a notice. */
export function priorityOf({ state, severity, count }: AlarmTransition): number {
  const stands = count === 0 ? false : STANDING_STATES.has(state)
  return stands ? (PRIORITY_OF[severity] ?? 3) : PRIORITY_OVER
}

/**
 * A template with what the notice says in place of each `{name}`; nothing for what it does not say. The source of a
 * group is its hall or site: one member would stand for all.
 */
export function filled(template: string, transition: AlarmTransition): string {
  const { links, message, text = message, title = message, onCall = [], ...others } = transition
  const { stateName = transition.state } = transition
  const { source, count, hall = '', site } = transition
  const words: Readonly<Record<string, unknown>> = {
    ...others,
    ...links,
    source: count === undefined ? source : hall === '' ? site : hall,
    message,
    text,
    title,
    stateName,
    onCall: onCall.join(', '),
    priority: priorityOf(transition),
  }
  return template.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const word = words[name]
    return typeof word === 'string' || typeof word === 'number' ? String(word) : ''
  })
}
