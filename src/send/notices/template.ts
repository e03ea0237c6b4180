import type { AlarmTransition } from './types.ts'

/** A template with what the notice says in place of each `{name}`; nothing for what it does not say. */
export function filled(template: string, transition: AlarmTransition): string {
  const { links, message, text = message, title = message, onCall = [], ...others } = transition
  const words: Readonly<Record<string, unknown>> = {
    ...others,
    ...links,
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
