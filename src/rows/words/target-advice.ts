/** What to do about an indicator that misses its target: cause, consequence and action. */
export const TARGET_ADVICE = {
  respondMin: 1440,
  en: [
    'the season, another load, a plant that runs less well than planned, or a meter that reads wrong',
    'the longer it lasts, the less the rest of the window can make up for it: a duty or a contract may be missed',
    'look with explain at what both sums are made of and compare it with the window before; check the largest meters first',
  ],
  fr: [
    'la saison, une autre charge, une installation moins efficace que prévu, ou un compteur faux',
    'plus cela dure, moins le reste de la fenêtre peut le compenser : une obligation ou un contrat peut ne pas être tenu',
    "voir avec explain de quoi sont faites les deux sommes et comparer à la fenêtre précédente ; vérifier d'abord les plus gros compteurs",
  ],
} as const
