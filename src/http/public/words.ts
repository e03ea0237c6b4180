/** What the public page says, in each language; `{}` is filled in. */
interface PublicWords {
  readonly now: string
  readonly unknown: string
  readonly window: string
  readonly coverage: string
  readonly state: string
  readonly states: Readonly<Record<string, string>>
  readonly facility: string
  readonly it: string
  readonly days: string
  readonly method: string
  readonly formula: string
  readonly uncertainty: string
  readonly delayed: string
  readonly categories: readonly [string, string, string]
}

export const PUBLIC_WORDS: Readonly<Record<'en' | 'fr', PublicWords>> = {
  en: {
    now: 'as of {}',
    unknown: 'not known',
    window: 'over',
    coverage: 'known',
    state: 'state',
    states: {
      provisional: 'provisional',
      settled: 'settled',
      restated: 'restated',
      live: 'live',
      unknown: 'not known',
    },
    facility: 'facility',
    it: 'IT',
    days: 'PUE by day, {} days',
    method: 'Method',
    formula:
      'PUE is the energy of the facility divided by that of its IT equipment, over the time in which both are known. ' +
      'It is called PUE over twelve months that are at least 95 % known, iPUE over less.',
    uncertainty:
      'The true value lies within ± (k = 2), from the accuracy of the meters. Below 50 % known there is none.',
    delayed: 'Values are rounded, and at least {} min old.',
    categories: [
      'IT energy is measured at the output of the UPS (category 1).',
      'IT energy is measured at the output of the PDU (category 2).',
      'IT energy is measured at the input of the IT equipment (category 3).',
    ],
  },
  fr: {
    now: 'au {}',
    unknown: 'inconnu',
    window: 'sur',
    coverage: 'connu',
    state: 'état',
    states: {
      provisional: 'provisoire',
      settled: 'arrêté',
      restated: 'rectifié',
      live: 'instantané',
      unknown: 'inconnu',
    },
    facility: 'site',
    it: 'informatique',
    days: 'PUE par jour, {} jours',
    method: 'Méthode',
    formula:
      'Le PUE est l’énergie du site divisée par celle de ses équipements informatiques, sur le temps où les deux sont ' +
      'connues. Il s’appelle PUE sur douze mois connus à 95 % au moins, iPUE sur moins.',
    uncertainty:
      'La valeur vraie se trouve à ± près (k = 2), selon la classe des compteurs. En dessous de 50 % connus il n’y en a pas.',
    delayed: 'Les valeurs sont arrondies et datent d’au moins {} min.',
    categories: [
      'L’énergie informatique est mesurée à la sortie des onduleurs (catégorie 1).',
      'L’énergie informatique est mesurée à la sortie des PDU (catégorie 2).',
      'L’énergie informatique est mesurée à l’entrée des équipements (catégorie 3).',
    ],
  },
}
