import type { Remark } from '../../config/reporting/report-schema.ts'
import type { Word } from './words.ts'

/** What remarks say. `{0}` stands for what a remark is about; `{0:%}` as a share, `{0:3}` with three decimals. */
export const REMARK_WORDS: Readonly<Record<Remark['code'], Word>> = {
  ratio_apart: [
    'The quotient of the whole sums, {1:3}, is {2:%} away from that of the time in which both sums are known, {0:3}.',
    'Le quotient des sommes entières, {1:3}, s’écarte de {2:%} de celui du temps où les deux sont connues, {0:3}.',
    'Der Quotient der ganzen Summen, {1:3}, weicht um {2:%} von dem der Zeit ab, in der beide bekannt sind: {0:3}.',
  ],
  days_missing: [
    'Nothing is kept of {0} days: {1}. They count nothing.',
    'Rien n’est conservé de {0} jours : {1}. Ils ne comptent pas.',
    'Von {0} Tagen ist nichts aufbewahrt: {1}. Sie zählen nicht.',
  ],
  low_coverage: [
    'Only {0:%} of the period is known; a final report needs 95 %.',
    'Seuls {0:%} de la période sont connus ; un rapport final en demande 95 %.',
    'Nur {0:%} des Zeitraums sind bekannt; ein endgültiger Bericht braucht 95 %.',
  ],
  not_a_year: [
    '{0} is no calendar year: values are interim, limits of a year’s mean are compared for orientation.',
    '{0} n’est pas une année civile : valeurs intermédiaires, limites annuelles comparées à titre indicatif.',
    '{0} ist kein Kalenderjahr: Zwischenwerte; Grenzen für Jahresmittel dienen nur zur Orientierung.',
  ],
  rules_unverified: [
    'Unverified in this rule set: {0}.',
    'Non vérifié dans ce jeu de règles : {0}.',
    'In diesem Regelsatz nicht geprüft: {0}.',
  ],
  not_in_force: [
    '{0} is not in force ({1}). {2}',
    '{0} n’est pas en vigueur ({1}). {2}',
    '{0} ist nicht in Kraft ({1}). {2}',
  ],
  entry_by_operator: [
    'In force since {0} by the operator’s word ({1}).',
    'En vigueur depuis le {0} d’après l’exploitant ({1}).',
    'In Kraft seit {0} nach Angabe des Betreibers ({1}).',
  ],
  period_before: [
    '{0} speaks of periods from {1} on.',
    '{0} ne vise que les périodes à partir du {1}.',
    '{0} gilt erst für Zeiträume ab {1}.',
  ],
  period_after: [
    '{0} speaks of periods before {1}.',
    '{0} ne vise que les périodes avant le {1}.',
    '{0} gilt nur für Zeiträume vor {1}.',
  ],
  invoice_apart: [
    '{0}, {1}: the meters differ from the invoice by {2:+0}, {3:+%}.',
    '{0}, {1} : les compteurs s’écartent de la facture de {2:+0}, soit {3:+%}.',
    '{0}, {1}: die Zähler weichen von der Rechnung um {2:+0} ab, {3:+%}.',
  ],
  register_apart: [
    '{0}: the difference of the register’s counts is {1:+0} kWh apart from the sum of its intervals, {2:+%}.',
    '{0} : la différence des index s’écarte de {1:+0} kWh de la somme de ses intervalles, soit {2:+%}.',
    '{0}: die Differenz der Zählerstände weicht um {1:+0} kWh von der Summe der Intervalle ab, {2:+%}.',
  ],
  register_fell: [
    '{0}: the count fell, and no swap or rollover says why; its difference is not known.',
    '{0} : l’index a baissé sans échange ni passage par zéro déclaré ; sa différence est inconnue.',
    '{0}: der Zählerstand fiel ohne erklärten Wechsel oder Überlauf; die Differenz ist unbekannt.',
  ],
  substitute: [
    '{0}: {1:0} kWh of it stand in for meters that were not known.',
    '{0} : dont {1:0} kWh en remplacement de compteurs inconnus.',
    '{0}: davon {1:0} kWh als Ersatz für nicht bekannte Zähler.',
  ],
  unheard: [
    'A meter is named, but too little of it is known in this period.',
    'Un compteur est désigné, mais trop peu en est connu sur cette période.',
    'Ein Zähler ist genannt, aber zu wenig davon ist in diesem Zeitraum bekannt.',
  ],
  months_missing: ['Not typed for {0}.', 'Non saisi pour {0}.', 'Nicht eingetragen für {0}.'],
  water_fell: [
    'A count fell {0} times; what flowed meanwhile is not known.',
    'Un index a baissé {0} fois ; le volume passé entre-temps est inconnu.',
    'Ein Zählerstand fiel {0}-mal; was dazwischen floss, ist unbekannt.',
  ],
  started_missing: [
    'When the site began operation is not typed (`started`): limits that depend on it stay open.',
    'La date de mise en service n’est pas saisie (`started`) : les limites qui en dépendent restent ouvertes.',
    'Die Inbetriebnahme ist nicht eingetragen (`started`): davon abhängige Grenzen bleiben offen.',
  ],
  no_filing: [
    '{0}: a check of limits only. Its list of fields was not read, so this is no filing.',
    '{0} : contrôle des limites seulement. La liste des champs n’a pas été lue : ceci n’est pas une déclaration.',
    '{0}: nur eine Prüfung der Grenzen. Die Feldliste wurde nicht gelesen, daher ist dies keine Meldung.',
  ],
  pump_unmetered: [
    'Waste heat pumps have no meter: they are counted in.',
    'Les pompes à chaleur de récupération n’ont pas de compteur : elles sont comptées.',
    'Abwärme-Wärmepumpen haben keinen Zähler: sie sind mitgezählt.',
  ],
  restated: [
    '{0} values were restated after they had settled; they are listed below.',
    '{0} valeurs ont été corrigées après coup ; elles sont listées plus bas.',
    '{0} Werte wurden nachträglich berichtigt; sie stehen unten.',
  ],
  configurations: [
    '{0} configurations were in force in the period.',
    '{0} configurations ont été en vigueur dans la période.',
    '{0} Konfigurationen galten im Zeitraum.',
  ],
  no_masked: [
    'No PUE of a whole day is kept (`core.windows` needs `day`): nothing to compare the sums with.',
    'Aucun PUE journalier n’est conservé (`core.windows` demande `day`) : pas de comparaison possible.',
    'Kein PUE ganzer Tage ist aufbewahrt (`core.windows` braucht `day`): kein Vergleich möglich.',
  ],
  provisional: [
    'Some of it is provisional: readings may still come.',
    'Une partie est provisoire : des mesures peuvent encore arriver.',
    'Ein Teil ist vorläufig: Messwerte können noch kommen.',
  ],
}
