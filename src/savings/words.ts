import type { ClaimGate, LockState } from './claim.ts'
import type { LoadVariable } from './days.ts'
import type { SavingsProof } from './proof.ts'

/** A sentence in each language; {0}, {1} … are filled in. */
type Sentence = readonly [en: string, fr: string]

export const SAVINGS_LANGUAGES = ['en', 'fr'] as const
export type SavingsLanguage = (typeof SAVINGS_LANGUAGES)[number]

export const SAVINGS_WORDS = {
  saving: ['saving shown: {0} kWh avoided in {1}', 'économie établie : {0} kWh évités en {1}'],
  'more energy used': ['no saving: {0} kWh more were used in {1}', 'pas d’économie : {0} kWh de plus consommés en {1}'],
  'no saving shown': ['no saving shown: {0} kWh in {1}', 'aucune économie établie : {0} kWh en {1}'],
  refused: ['no figure: {0}', 'aucun chiffre : {0}'],
  interval: [
    '{0} % of what the baseline says; 90 % interval {1} to {2} kWh',
    '{0} % de ce que dit la référence ; intervalle à 90 % de {1} à {2} kWh',
  ],
  C: ['IPMVP option C, whole site', 'IPMVP option C, site entier'],
  B: ['IPMVP option B, cooling meters', 'IPMVP option B, compteurs du froid'],
  periods: ['{0}; baseline {1}, report {2}', '{0} ; référence {1}, période suivie {2}'],
  span: ['{0} to {1}', 'du {0} au {1}'],
  events: [
    'non-routine events, whose days count nowhere: {0}',
    'événements exceptionnels, dont les jours ne comptent pas : {0}',
  ],
  'no events': ['non-routine events: none was named', 'événements exceptionnels : aucun n’a été indiqué'],
  without: ['without the adjustment "{0}": {1}', 'sans l’ajustement « {0} » : {1}'],
  all: ['all', 'tous'],
  'other result': ['{0} kWh, {1} to {2}', '{0} kWh, de {1} à {2}'],
  'too little': ['too little is known', 'trop peu est connu'],
  model: [
    'model {0} of the {1} bulb, change-points {2} °C, {3} of {4} days',
    'modèle {0} en température {1}, points de changement {2} °C, {3} jours sur {4}',
  ],
  dry: ['dry', 'sèche'],
  wet: ['wet', 'humide'],
  loadOf: ['load: {0}', 'charge : {0}'],
  moved: ['{0} (inlets moved by {1} K)', '{0} (températures d’entrée : {1} K d’écart)'],
  'load load': ['a load that does not depend on air', 'une charge qui ne dépend pas de l’air'],
  'load it': ['IT power', 'puissance informatique'],
  'load none': ['none', 'aucune'],
  statistics: [
    'CV(RMSE) {0} %, NMBE {1} %, R² {2}, autocorrelation {3}; out of sample CV(RMSE) {4} %',
    'CV(RMSE) {0} %, NMBE {1} %, R² {2}, autocorrélation {3} ; hors échantillon CV(RMSE) {4} %',
  ],
  guideline: [
    'ASHRAE Guideline 14: ± {0} % of the saving at 68 %, ± {1} % at 90 %',
    'ASHRAE Guideline 14 : ± {0} % de l’économie à 68 %, ± {1} % à 90 %',
  ],
  digest: ['baseline {0}, {1}', 'référence {0}, {1}'],
  fit: ['fit for a claim', 'peut être revendiquée'],
  unfit: ['not fit for a claim:', 'ne peut pas être revendiquée :'],
} as const satisfies Record<string, Sentence>

const REFUSED: Record<NonNullable<SavingsProof['refused']>, Sentence> = {
  'inlets moved': [
    'saving not separable from the servers’ fans: inlets moved by {0} K between the periods, more than 0.5 K; give a load that does not depend on air (column load)',
    'économie inséparable des ventilateurs des serveurs : les entrées ont bougé de {0} K entre les périodes, plus de 0,5 K ; donnez une charge qui ne dépend pas de l’air (colonne load)',
  ],
  'inlets unknown': [
    'saving not separable from the servers’ fans: nobody knows whether inlets moved; give inlet_c, or a load that does not depend on air (column load)',
    'économie inséparable des ventilateurs des serveurs : nul ne sait si les entrées ont bougé ; donnez inlet_c, ou une charge qui ne dépend pas de l’air (colonne load)',
  ],
  'no load': [
    'nothing tells the load of both periods: give a load, or IT power with inlet_c; --load none where there is none',
    'rien ne dit la charge des deux périodes : donnez une charge, ou la puissance informatique avec inlet_c ; --load none s’il n’y en a pas',
  ],
  'too little known': [
    'too little is known: 60 days of the baseline and 7 of the report with energy, load and an outdoor temperature are needed',
    'trop peu est connu : il faut 60 jours de référence et 7 jours suivis avec énergie, charge et température extérieure',
  ],
}

const GATES: Record<ClaimGate['gate'], Sentence> = {
  baseline: [
    'the baseline is shorter than a year and has seen {0} % of the report’s range of weather and load, {1} % are needed',
    'la référence dure moins d’un an et n’a vu que {0} % de la plage de météo et de charge, il en faut {1} %',
  ],
  coverage: ['{0} % of the days are known, {1} % are needed', '{0} % des jours sont connus, il en faut {1} %'],
  cvRmse: ['CV(RMSE) is {0} %, at most {1} %', 'CV(RMSE) de {0} %, au plus {1} %'],
  nmbe: ['NMBE is {0} %, at most {1} %', 'NMBE de {0} %, au plus {1} %'],
  uncertainty: [
    'the saving is uncertain by {0} % at 68 %, at most {1} %',
    'l’économie est incertaine de {0} % à 68 %, au plus {1} %',
  ],
  load: [
    'no load variable: what tenants switch on or off counts as well',
    'aucune variable de charge : ce que les locataires allument ou éteignent compte aussi',
  ],
  locked: [
    'the baseline was not locked before the report’s period was over: --lock FILE',
    'la référence n’a pas été figée avant la fin de la période suivie : --lock FICHIER',
  ],
}

const LOCKS: Record<LockState, Sentence> = {
  locked: ['locked before the report’s period was over', 'figée avant la fin de la période suivie'],
  'not locked': ['not locked', 'non figée'],
  'locked too late': ['locked after the report’s period was over', 'figée après la fin de la période suivie'],
  differs: ['not the one that was locked', 'différente de celle qui a été figée'],
}

export function refusalSentence(refused: NonNullable<SavingsProof['refused']>): Sentence {
  return REFUSED[refused]
}

export function gateSentence({ gate }: ClaimGate): Sentence {
  return GATES[gate]
}

export function lockSentence(lock: LockState): Sentence {
  return LOCKS[lock]
}

export function loadSentence(load: LoadVariable): Sentence {
  return SAVINGS_WORDS[`load ${load}`]
}

/** Fills a sentence in. */
export function saidIn(language: SavingsLanguage, [en, fr]: Sentence, ...values: readonly string[]): string {
  return (language === 'en' ? en : fr).replaceAll(/\{(\d)\}/g, (_, n: string) => values[Number(n)] ?? '')
}
