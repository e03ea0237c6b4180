export const RANGE = { recommended: 'recommandée', allowable: 'admissible' } as const

/**
 * A rule in words: `allowable − 1 K` becomes « admissible − 1 K », and what `alarms.rules` selects by has French names.
 * Keys of the configuration stay as an operator finds them there.
 */
export function frenchRule(rule: string): string {
  const [limit = '', ...selectors] = rule.split(': ')
  const range = /^(recommended|allowable)\b/.exec(limit)?.[1]
  const shift = limit.slice(range?.length ?? 0).replace('.', ',')
  const own = range === 'recommended' || range === 'allowable' ? `« ${RANGE[range]}${shift} »` : limit
  return [own, ...selectors.map(frenchSelectors)].join(' : ')
}

const SELECTED: Readonly<Record<string, string>> = {
  inlet: "entrée d'air",
  point: 'point',
  boundary: 'périmètre',
  indicator: 'indicateur',
  rack: 'baie',
  gateway: 'passerelle',
  hall: 'salle',
  class: 'classe',
  all: 'toutes',
}

/** `hall h1 or h2, class A1` by its words; names stay. */
function frenchSelectors(selectors: string): string {
  const parts = selectors.split(', ').map((part) => {
    const [word = '', ...names] = part.split(' ')
    return [SELECTED[word] ?? word, ...names.map((name) => (name === 'or' ? 'ou' : name))].join(' ')
  })
  return parts.join(', ')
}
