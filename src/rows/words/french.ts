import { isOfSilence, type AlarmKind } from '../../core/contract/alarm-kinds.ts'
import { frenchCondition, frenchLimit } from './french-condition.ts'
import { unitBehind, type AlarmPlace, type Unseen } from './facts.ts'
import { createFormat, type Format } from './format.ts'
import type { AlarmFacts, Phrases } from './phrases.ts'
import { called, TYPESET } from './typography.ts'

/** What is said of alarms, in French. Every sentence has its English twin in english.ts. */
export function french(timezone: string): Phrases {
  const format = createFormat(timezone, { decimal: ',', day: 'j', unknown: 'une valeur inconnue' })
  return {
    format,
    typeset: TYPESET.fr,
    colon: ' : ',
    alarm: ALARM,
    title: TITLE,
    stateName: STATE_NAME,
    severity: { critical: 'Critique', high: 'Majeure', warning: 'Avertissement', low: 'Faible' },
    place: placeText,
    condition: (facts) => frenchCondition(format, facts),
    limit: (facts) => frenchLimit(format, facts),
    lasts: (facts) => lasts(format, facts),
    lasted: (facts) => lasted(format, facts),
    list: listText,
    unseen: unseenText,
    by: byText,
    state: {
      late: (what, at) => `${what}, le ${at}. Constaté trop tard pour prévenir l'astreinte.`,
      acked: (by) => `Alarme acquittée ${by}.`,
      latched: "L'alarme est verrouillée : elle attend d'être réarmée.",
      normal: (alarm, by) => `${alarm} est terminée${by === '' ? '' : `, réarmée ${by}`}.`,
      notRaised: (alarm) => `${alarm} est de nouveau en service et n'est pas déclenchée.`,
      retired: (alarm) => `${alarm} n'est plus surveillée : la configuration a changé. On ignore si elle est terminée.`,
      shelved: (alarm, until, by) =>
        `${alarm} est mise de côté${until === '' ? '' : ` jusqu'au ${until}`} ${by}`.trimEnd() + '.',
      present: (what) => `Actuellement : ${what}.`,
      unshelved: (alarm, by) =>
        `${alarm} n'est plus mise de côté${by === '' ? ' : le délai est écoulé' : `, rétablie ${by}`}.`,
      suppressed: (by) => `Sans avis séparé : couverte par ${by}.`,
      chattering: (times) =>
        `Alarme intermittente : ${times} déclenchements en une heure. Plus aucun avis avant 30 min de calme, sauf si elle dure 5 min.`,
      cycling: (times) => `Alarme intermittente : ${times} déclenchements à présent.`,
      quiet: (alarm, times) => `${alarm} est calme depuis 30 min, après ${times} déclenchements.`,
      takenOut: (alarm, by) =>
        `${alarm} est mise hors service ${by === '' ? 'par la configuration' : by} : aucun avis avant sa remise en service.`,
      stale: ({ row }, alarm, what) =>
        `aucune mesure valide depuis le ${format.time(row.newestMs)} alors que ${alarm} est active ; impossible de savoir si elle est toujours justifiée. Dernière mesure : ${what}.`,
      began: (at) => `Début le ${at}.`,
      reclassified: (alarm, severity) => `${alarm} est désormais de gravité « ${severity.toLowerCase()} ».`,
      returned: ({ row, offDelayMs }, what) =>
        `mesures de nouveau reçues le ${format.time(row.newestMs)} : ${what}. ${row.verdict === 'near' ? "L'alarme reste active tant que la valeur n'est pas sortie de la bande morte." : `L'alarme prendra fin quand cela aura duré ${format.span(offDelayMs)}.`}`,
    },
    group: GROUP,
    advice: {
      cause: 'Cause probable',
      consequence: "Si rien n'est fait",
      action: 'Que faire',
      respond: (minutes) => `Délai pour agir : ${format.span(minutes * 60_000)}`,
    },
    links: { page: 'Page', dashboard: 'Tableau de bord' },
    gone: "sa source n'est plus dans la configuration",
  }
}

function byText({ who, why, work }: Parameters<Phrases['by']>[0]): string {
  return `par ${who}${work === undefined ? '' : ` pour les travaux prévus « ${work} »`}${why === '' ? '' : ` (${why})`}`
}

const GROUP: Phrases['group'] = {
  where: (site, hall) => (hall === '' ? called('Site', site) : `${called('Salle', hall)} (${site})`),
  many: (title, count, list) => `${title}, ${count} à la fois : ${list}.`,
  worst: (name, what) => `La plus grave, ${name} : ${what}.`,
  first: (at) => `La première depuis le ${at}.`,
  over: (alarm, most) => `${alarm} est terminée${most > 0 ? ` ; jusqu'à ${most} à la fois` : ''}.`,
  limit: (limit) => `Limite en cause : ${limit}.`,
}

const STATE_NAME: Phrases['stateName'] = {
  raised: 'déclenchée',
  acked: 'acquittée',
  cleared: 'terminée',
  normal: 'terminée',
  latched: 'verrouillée',
  shelved: 'mise de côté',
  unshelved: "n'est plus mise de côté",
  suppressed: 'couverte par une autre',
  out_of_service: 'hors service',
  stale: 'sans mesure',
  returned: 'mesures de nouveau reçues',
  retired: "n'est plus surveillée",
  late: 'constatée trop tard',
  reclassified: "d'une autre gravité",
  chattering: 'intermittente',
}

const ALARM: Phrases['alarm'] = {
  inlet_recommended: "l'alarme de température recommandée",
  inlet_allowable: "l'alarme de température admissible",
  moisture: "l'alarme d'humidité",
  rate_of_change: "l'alarme de variation trop rapide de la température",
  stale: "l'alarme de silence",
  gateway: "l'alarme de passerelle muette",
  pue_target: "l'alarme d'objectif de PUE",
  coverage: "l'alarme de couverture insuffisante du PUE",
  register: "l'alarme d'index de compteur",
  drift: "l'alarme de compteurs en désaccord",
  unit_slip: "l'alarme d'unité changée",
  it_above_facility: "l'alarme de consommation informatique supérieure à celle du site",
  journal: "l'alarme du journal",
  outbox: "l'alarme de lignes retenues",
  clock: "l'alarme d'horloge de l'hôte",
  refused: "l'alarme de mesures refusées",
  gateway_refused: "l'alarme de passerelle aux mesures refusées",
  uplink: "l'alarme de liaison montante perdue",
  messages_lost: "l'alarme de messages perdus",
  gateway_messages_lost: "l'alarme de messages perdus d'une passerelle",
  certificate: "l'alarme de certificat qui expire",
  sensor: "l'alarme de capteur douteux",
  uplink_refused: "l'alarme de liaison montante aux mesures refusées",
  skew: "l'alarme d'horloge d'appareil",
  target: "l'alarme de cet objectif",
  stream: "l'alarme du flux",
}

const TITLE: Phrases['title'] = {
  inlet_recommended: 'Température hors de la plage recommandée',
  inlet_allowable: 'Température hors de la plage admissible',
  moisture: 'Humidité hors limites',
  rate_of_change: 'Variation trop rapide de la température',
  stale: 'Capteur ou compteur muet',
  gateway: 'Passerelle muette',
  pue_target: "PUE au-dessus de l'objectif",
  coverage: 'Couverture du PUE insuffisante',
  register: 'Index de compteur discontinu',
  drift: 'Compteurs en désaccord',
  unit_slip: "Unité d'un compteur peut-être changée",
  it_above_facility: "L'informatique consomme plus que le site",
  journal: "Le journal n'accepte plus de paquets",
  outbox: "La base de données n'accepte plus de lignes",
  clock: "L'horloge de l'hôte est fausse, ou a été réglée",
  refused: 'Mesures refusées',
  gateway_refused: "Toutes les mesures d'une passerelle sont refusées",
  uplink: "Liaison montante perdue : plus rien n'en vient",
  messages_lost: 'Messages perdus en route',
  gateway_messages_lost: "Messages d'une passerelle perdus en route",
  certificate: 'Un certificat expire',
  sensor: 'Capteur douteux',
  uplink_refused: "Toutes les mesures d'une liaison montante sont refusées",
  skew: "L'horloge d'un appareil retarde",
  target: "Objectif d'un indicateur manqué",
  stream: "Le flux n'a pas le journal de ce site",
}

function placeText(kind: AlarmKind, { source, site, hall, rack }: AlarmPlace): string {
  const where = [
    site,
    hall === '' ? '' : called('salle', hall),
    rack === '' || rack === source ? '' : called('baie', rack),
  ]
  const at = where.filter((part) => part !== '').join(', ')
  switch (kind) {
    case 'inlet_recommended':
    case 'inlet_allowable':
    case 'moisture':
    case 'rate_of_change':
    case 'sensor':
      return `${called("Entrée d'air", source)} (${at})`
    case 'stale':
    case 'refused':
    case 'messages_lost':
    case 'skew':
      return `${called('Point de mesure', source)} (${at})`
    case 'register':
    case 'drift':
    case 'unit_slip':
      return `${called('Compteur', source)} (${at})`
    case 'gateway':
    case 'gateway_refused':
    case 'gateway_messages_lost':
      return `${called('Passerelle', source)} (${at})`
    case 'uplink':
    case 'uplink_refused':
      return source === site ? called('Site', source) : `${called('Liaison montante', source)} (${at})`
    case 'pue_target':
    case 'coverage':
    case 'it_above_facility':
      return `${called('Périmètre', source)} (${at})`
    case 'target':
      return `${called('Objectif', source)} (${at})`
    case 'journal':
    case 'outbox':
    case 'clock':
    case 'certificate':
    case 'stream':
      return `coldaisle de ${source}`
  }
}

function lasts(format: Format, facts: AlarmFacts): string {
  const { alarm, sinceMs, timeMs, value, peak } = facts.row
  if (isOfSilence(alarm) || Number.isNaN(sinceMs)) return ''
  const ms = timeMs - sinceMs
  const since = `Depuis le ${format.time(sinceMs)}${ms >= 1000 ? `, soit ${format.span(ms)}` : ''}`
  return Number.isNaN(peak) || peak === value ? `${since}.` : `${since} ; ${peakText(format, facts)}.`
}

function lasted(format: Format, facts: AlarmFacts): string {
  const { alarm, sinceMs, timeMs, peak } = facts.row
  if (Number.isNaN(sinceMs)) return ''
  const what = alarm === 'stale' || alarm === 'gateway' || alarm === 'uplink' ? 'Silence de' : 'Durée :'
  const lasting = `${what} ${format.span(timeMs - sinceMs)}, à partir du ${format.time(sinceMs)}`
  return Number.isNaN(peak) ? `${lasting}.` : `${lasting} ; ${peakText(format, facts)}.`
}

function peakText({ number }: Format, { row, unit }: AlarmFacts): string {
  const { alarm, side, peak, quantity } = row
  if (alarm === 'rate_of_change') return `maximum ${number(peak, 2)} K`
  const word = side === 'below' ? 'minimum' : 'maximum'
  if (alarm === 'coverage') return `${word} ${number(peak * 100, 1)} %`
  if (alarm === 'pue_target' || alarm === 'target') return `${word} ${number(peak, 3)}${unitBehind(unit)}`
  return `${word} ${number(peak, 2)} ${alarm === 'drift' || quantity === 'relative_humidity' ? '%' : '°C'}`
}

function listText(names: readonly string[], count: number): string {
  const others = count - names.length
  return `${names.join(', ')}${others > 0 ? ` et ${others} ${others === 1 ? 'autre' : 'autres'}` : ''}`
}

function unseenText({ of, names, count }: Unseen, kind: AlarmKind): string {
  const one = { inlet: "l'entrée d'air", point: 'le point', boundary: 'le PUE de' }[of]
  const many = { inlet: "les entrées d'air", point: 'les points', boundary: 'le PUE de' }[of]
  const list = `${count === 1 ? one : many} ${listText(names, count)}`
  return kind === 'coverage'
    ? `Sans mesure valide : ${list.replace(/^les? /, '')}.`
    : `Sans surveillance pendant ce temps : ${list}.`
}
