import type { AlarmTransition } from './types.ts'

/**
 * A template with what the notice says in place of each `{name}`; nothing for what it does not say. The source of a
 * group is its hall or site: one member would stand for all.
 */
export function filled(template: string, transition: AlarmTransition): string {
  const { links, message, text = message, title = message, onCall = [], ...others } = transition
  const { source, count, hall = '', site } = transition
  const words: Readonly<Record<string, unknown>> = {
    ...others,
    ...links,
    source: count === undefined ? source : hall === '' ? site : hall,
    message,
    text,
    title,
    onCall: onCall.join(', '),
  }
  return template.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const word = words[name]
    return typeof word === 'string' || typeof word === 'number' ? String(word) : ''
  })
}
