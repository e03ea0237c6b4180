/** What to do about a device's clock that is behind: cause, consequence and action. */
export const SKEW_ADVICE = {
  respondMin: 480,
  en: [
    'the clock of the device or gateway is behind, it sends a local time as UTC, or it sends all its readings long after they were taken',
    'its readings count for a time long past: a breach is recorded and wakes nobody, and intervals settle without them',
    'set its clock, its time zone or its time server; if it only stamps the beginning of an interval, declare stamp: start',
  ],
  fr: [
    "l'horloge de l'appareil ou de la passerelle retarde, il envoie une heure locale comme UTC, ou il envoie toutes ses mesures longtemps après",
    'ses mesures comptent pour un temps passé : un dépassement est consigné sans appeler personne, et les intervalles se figent sans elles',
    "régler son horloge, son fuseau ou son serveur de temps ; s'il ne date que le début d'un intervalle, déclarer stamp: start",
  ],
} as const
