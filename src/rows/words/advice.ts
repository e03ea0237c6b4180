import { AIR_ADVICE } from './air-advice.ts'
import { CERTIFICATE_ADVICE } from './certificate-advice.ts'
import { SENSOR_ADVICE } from './sensor-advice.ts'
import { SILENCE_ADVICE } from './silence-advice.ts'
import { SKEW_ADVICE } from './skew-advice.ts'
import { TARGET_ADVICE } from './target-advice.ts'
import { TYPESET } from './typography.ts'
import type { AlarmKind } from '../../core/contract/alarm-kinds.ts'
import type { AlarmRow } from '../../core/contract/sink.ts'
import type { RuleSettings } from '../../config/alarm-rules.ts'

/** What helps whoever is woken by an alarm. */
export interface Help {
  readonly cause: string
  readonly consequence: string
  readonly action: string
  /** Time to respond, in minutes. */
  readonly respondMin: number
}

type Texts = readonly [cause: string, consequence: string, action: string]

interface Shipped {
  readonly respondMin: number
  readonly en: Texts
  readonly fr: Texts
  /** Where the lower limit is broken, if that is another matter. */
  readonly below?: Readonly<Record<'en' | 'fr', Texts>>
}

/** The help of a kind in a language, for the side that is broken; what the configuration says of it comes first. */
export function helpOf(
  { help }: Pick<RuleSettings, 'help'>,
  language: 'en' | 'fr',
  { alarm, side }: Pick<AlarmRow, 'alarm' | 'side'>,
): Help {
  const { respondMin, below, ...above } = SHIPPED[alarm]
  const set = TYPESET[language]
  const [cause, consequence, action] = (side === 'below' ? (below ?? above) : above)[language]
  return { cause: set(cause), consequence: set(consequence), action: set(action), respondMin, ...help }
}

/** Our own advice; times to respond follow from how long a hall of air-cooled equipment bears what the alarm says. */
const SHIPPED: Readonly<Record<AlarmKind, Shipped>> = {
  ...AIR_ADVICE,
  rate_of_change: {
    respondMin: 15,
    en: [
      'cooling has stopped or started, or a door or containment was opened',
      'disks and tape suffer from fast changes; a fast rise reaches the allowable limit within minutes',
      'see which way it goes on and whether the whole hall follows; check the cooling units',
    ],
    fr: [
      "le froid s'est arrêté ou a démarré, ou une porte ou un confinement a été ouvert",
      'disques et bandes souffrent des variations rapides ; une montée rapide atteint la limite admissible en quelques minutes',
      'voir dans quel sens cela continue et si toute la salle suit ; vérifier les unités de climatisation',
    ],
  },
  ...SILENCE_ADVICE,
  messages_lost: {
    respondMin: 1440,
    en: [
      'the broker dropped them (full queue, restart without its store), the link is bad and QoS 0, or the device gave up',
      'readings are missing that nobody sends again: energy sums have gaps, and a short breach may go unseen',
      'check queue limits and persistence of the broker; set the device to QoS 1; look at its link and at its own log',
    ],
    fr: [
      "le broker les a abandonnés (file pleine, redémarrage sans persistance), la liaison est mauvaise en QoS 0, ou l'appareil a renoncé",
      "des mesures manquent et ne seront pas renvoyées : les sommes d'énergie ont des lacunes, un bref dépassement peut passer inaperçu",
      "vérifier les limites de file et la persistance du broker ; régler l'appareil en QoS 1 ; examiner sa liaison et son journal",
    ],
  },
  gateway_messages_lost: {
    respondMin: 1440,
    en: [
      'the broker dropped them (full queue, restart without its store), the link is bad and QoS 0, or the device gave up',
      'readings are missing that nobody sends again: energy sums have gaps, and a short breach may go unseen',
      'check queue limits and persistence of the broker; set the device to QoS 1; look at its link and at its own log',
    ],
    fr: [
      "le broker les a abandonnés (file pleine, redémarrage sans persistance), la liaison est mauvaise en QoS 0, ou l'appareil a renoncé",
      "des mesures manquent et ne seront pas renvoyées : les sommes d'énergie ont des lacunes, un bref dépassement peut passer inaperçu",
      "vérifier les limites de file et la persistance du broker ; régler l'appareil en QoS 1 ; examiner sa liaison et son journal",
    ],
  },
  pue_target: {
    respondMin: 1440,
    en: [
      'warm weather, cooling units that work against each other, less IT load, or a meter that reads wrong',
      'the day costs more energy than was planned, and the yearly target moves away',
      'compare the parts of the losses with the days before; look for units in manual mode and for changed set points',
    ],
    fr: [
      'temps chaud, unités de climatisation qui se contrarient, charge informatique en baisse, ou compteur faux',
      "la journée coûte plus d'énergie que prévu, et l'objectif annuel s'éloigne",
      'comparer la part des pertes avec les jours précédents ; chercher des unités en mode manuel et des consignes modifiées',
    ],
  },
  coverage: {
    respondMin: 240,
    en: [
      'meters of the facility or of IT are silent, refused or late',
      'the PUE of this period cannot be reported',
      'restore the points that are named; what a device has stored and sends within the allowed delay still counts',
    ],
    fr: [
      "des compteurs du site ou de l'informatique sont muets, refusés ou en retard",
      'le PUE de cette période ne pourra pas être déclaré',
      "rétablir les points nommés ; ce qu'un appareil a stocké et envoie dans le délai admis compte encore",
    ],
  },
  register: {
    respondMin: 1440,
    en: [
      'the meter was replaced or reset, it rolled over, or it sends a wrong count',
      'its energy is not counted until its count can be believed again; after a reset, the energy of this step stays unknown',
      'if the meter was replaced, declare it under register.swaps with both counts; if it rolls over, declare rolloverAt',
    ],
    fr: [
      'le compteur a été remplacé ou remis à zéro, a fait un tour complet, ou envoie un index faux',
      "son énergie n'est pas comptée tant que l'index n'est pas redevenu crédible ; après une remise à zéro, l'énergie de ce saut reste inconnue",
      "s'il a été remplacé, le déclarer sous register.swaps avec les deux index ; s'il fait un tour complet, déclarer rolloverAt",
    ],
  },
  drift: {
    respondMin: 1440,
    en: [
      'a wrong transformer ratio, a failing meter, or load between the meters that nobody declared',
      'the PUE is wrong by about as much',
      'compare both displays on site; check factor and ct of the points, and what is fed between the meters',
    ],
    fr: [
      'mauvais rapport de transformation, compteur défaillant, ou charge non déclarée entre les compteurs',
      'le PUE est faux à peu près dans la même proportion',
      'comparer les deux afficheurs sur place ; vérifier factor et ct des points, et ce qui est alimenté entre les compteurs',
    ],
  },
  unit_slip: {
    respondMin: 1440,
    en: [
      'the device or its gateway was set to another unit: W instead of kW, or Wh instead of kWh',
      'sums are wrong by a factor of about a thousand',
      'look at the setting of the device; correct it there, or change the unit of the point in the configuration',
    ],
    fr: [
      "l'appareil ou sa passerelle a été réglé sur une autre unité : W au lieu de kW, ou Wh au lieu de kWh",
      "les sommes sont fausses d'un facteur mille environ",
      "regarder le réglage de l'appareil ; le corriger sur place, ou changer l'unité du point dans la configuration",
    ],
  },
  it_above_facility: {
    respondMin: 1440,
    en: [
      'a meter of the facility is missing or counts too little, or one of IT is counted twice',
      'the PUE is below 1, which is impossible',
      'print the sum with the command coldaisle explain, and compare the terms with the one-line diagram of the site',
    ],
    fr: [
      "un compteur du site manque ou compte trop peu, ou un compteur de l'informatique est compté deux fois",
      'le PUE est inférieur à 1, ce qui est impossible',
      'afficher la somme avec la commande coldaisle explain, et comparer les termes avec le schéma unifilaire du site',
    ],
  },
  journal: {
    respondMin: 15,
    en: [
      'the disk of the daemon is full or failing',
      'readings wait at the broker, and are lost when its queue is full; no other alarm comes',
      'make room on the disk or replace it; what the broker has kept is then taken',
    ],
    fr: [
      'le disque du démon est plein ou défaillant',
      "les mesures attendent dans le broker, et sont perdues quand sa file est pleine ; aucune autre alarme n'arrive",
      'faire de la place sur le disque ou le remplacer ; ce que le broker a gardé est alors repris',
    ],
  },
  outbox: {
    respondMin: 240,
    en: [
      'InfluxDB cannot be reached, its account or database is wrong, or it refuses rows',
      'dashboards are frozen; rows are kept here until the queue is full',
      'read the reason in the log of the daemon; check the address, account and disk of InfluxDB',
    ],
    fr: [
      'InfluxDB est injoignable, son compte ou sa base est incorrect, ou il refuse les lignes',
      "les tableaux de bord sont figés ; les lignes sont gardées ici jusqu'à ce que la file soit pleine",
      "lire la raison dans le journal d'exécution du démon ; vérifier l'adresse, le compte et le disque d'InfluxDB",
    ],
  },
  clock: {
    respondMin: 240,
    en: [
      "the host's clock was set by hand or by a time server, or its battery is flat",
      'readings without a stamp of their own get a wrong time; stamped ones may be refused as too late or from the future',
      'check the time service of the host; if the clock is right now, nothing is left to do',
    ],
    fr: [
      "l'horloge de l'hôte a été réglée à la main ou par un serveur de temps, ou sa pile est usée",
      'les mesures sans date propre sont mal datées ; celles qui sont datées peuvent être refusées, comme trop tardives ou datées du futur',
      "vérifier le service de temps de l'hôte ; si l'horloge est juste maintenant, il n'y a rien à faire",
    ],
  },
  certificate: CERTIFICATE_ADVICE,
  sensor: SENSOR_ADVICE,
  skew: SKEW_ADVICE,
  target: TARGET_ADVICE,
  stream: {
    respondMin: 240,
    en: [
      'NATS cannot be reached for 5 min, its stream is full or another than configured, or it has lost messages',
      'this site goes on by itself; others see it late, and the journal grows here until the disk is full',
      'read the reason in the log of the daemon; check the uplink, the servers and the limits of the stream',
    ],
    fr: [
      'NATS est injoignable depuis 5 min, son flux est plein ou autre que configuré, ou il a perdu des messages',
      "ce site continue seul ; les autres le voient en retard, et le journal grandit ici jusqu'à ce que le disque soit plein",
      "lire la raison dans le journal d'exécution du démon ; vérifier la liaison, les serveurs et les limites du flux",
    ],
  },
}
