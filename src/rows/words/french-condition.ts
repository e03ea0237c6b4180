import type { OwnAlarm } from '../../core/contract/alarm-kinds.ts'
import type { AlarmRow } from '../../core/contract/sink.ts'
import { unitBehind, unitOf, type LimitOwner } from './facts.ts'
import type { Format } from './format.ts'
import { frenchRule, RANGE } from './french-rule.ts'
import type { AlarmFacts } from './phrases.ts'

/** A limit with its unit, and whose it is, in French. */
export function frenchLimit({ number }: Format, { row, owner, unit }: AlarmFacts): string {
  const { alarm, limit, quantity, side } = row
  if (alarm === 'pue_target' || alarm === 'target')
    return `l'objectif de ${number(limit, 3)}${unitBehind(unit)} fixé par le site${owner?.by === 'site' ? ` (${owner.rule})` : ''}`
  const isRange = alarm === 'inlet_recommended' || alarm === 'inlet_allowable' || alarm === 'moisture'
  const which = isRange ? `limite ${side === 'below' ? 'basse' : 'haute'}` : 'limite'
  return limitOf(which, `${number(limit, 2)} ${unitOf(alarm, quantity)}`, owner)
}

function limitOf(which: string, value: string, owner: LimitOwner | undefined): string {
  if (owner === undefined) return `la ${which} de ${value}`
  if (owner.by === 'site')
    return `la ${which} de ${value} fixée par le site${owner.rule === '' ? '' : ` (${frenchRule(owner.rule)})`}`
  const { range, edition, altitudeM } = owner
  const height = altitudeM === undefined ? '' : `, à ${altitudeM} m`
  return `la ${which} ${range === undefined ? '' : `${RANGE[range]} `}de ${value} (ASHRAE ${edition}, classe ${owner.class}${height})`
}

/** How an alarm's condition stands, by the verdict on its newest sample, in French. */
export function frenchCondition(format: Format, facts: AlarmFacts): string {
  const { number, beside } = format
  const { row } = facts
  const { alarm, value, limit, verdict, side } = row
  const isBroken = verdict === 'breached'
  switch (alarm) {
    case 'inlet_recommended':
    case 'inlet_allowable':
      return againstLimit(format, facts, `${beside(value, limit)} °C`)
    case 'moisture':
      return row.quantity === 'relative_humidity'
        ? againstLimit(format, facts, `humidité relative de ${beside(value, limit)} %`)
        : againstLimit(format, facts, `point de rosée de ${beside(value, limit)} °C`)
    case 'rate_of_change': {
      const change = `de ${beside(value, limit)} K en ${number(row.spanMs / 60_000, 0)} min`
      const whose = frenchLimit(format, facts)
      if (!isBroken) return `variation ${change}, en deçà de ${whose}`
      const went = side === 'none' ? 'variation' : side === 'below' ? 'baisse' : 'hausse'
      return `${went} ${change}, au-delà de ${whose}`
    }
    case 'stale':
    case 'gateway':
    case 'uplink':
      return isBroken ? silentText(format, facts) : 'communication rétablie'
    case 'refused':
    case 'gateway_refused':
    case 'uplink_refused':
      return isBroken ? refusedText(format, facts) : 'ses mesures sont de nouveau acceptées'
    case 'pue_target':
    case 'target':
      return againstLimit(format, facts, targetText(format, facts))
    case 'coverage':
      return coverageText(format, row)
    case 'register':
      return isBroken ? brokenCount(format, facts) : "l'index progresse normalement depuis une heure"
    case 'drift':
      if (!isBroken) return `accord rétabli avec les compteurs auxquels il est comparé, à ${number(value, 2)} % près`
      if (!(value > limit)) return 'en désaccord avec les compteurs auxquels il est comparé'
      return `écart de ${beside(value, limit)} % sur une heure avec les compteurs auxquels il est comparé, au-delà de ${frenchLimit(format, facts)}`
    case 'unit_slip':
      return unitSlip(format, row)
    case 'it_above_facility':
      return itBesideFacility(format, row)
    case 'messages_lost':
    case 'gateway_messages_lost':
      return lostText(format, row)
    case 'certificate':
      return certificateText(format, row)
    case 'sensor':
      return sensorText(format, row)
    case 'skew':
      return skewText(format, facts)
    case 'journal':
    case 'outbox':
    case 'clock':
    case 'stream':
      return ownText(format, alarm, value, isBroken)
  }
}

function itBesideFacility({ number }: Format, { value, limit, verdict }: AlarmRow): string {
  const it = `l'informatique a consommé ${number(value, 3)} kWh en une heure`
  const facility = `${number(limit, 3)} kWh`
  return verdict === 'breached' ? `${it}, plus que le site entier (${facility})` : `${it}, le site entier ${facility}`
}

const UNITS_IN_WORDS = { day: 'le jour', month: 'le mois', year: "l'année" }

/** `WUE de 0,312 L/kWh sur 30 j`, ou sur le mois qui s'est achevé. */
function targetText({ number, span }: Format, { row, target, unit }: AlarmFacts): string {
  if (row.alarm === 'pue_target') return `PUE de ${number(row.value, 3)} sur 24 h`
  const over =
    target === undefined
      ? ''
      : ` sur ${typeof target.over === 'number' ? span(target.over) : UNITS_IN_WORDS[target.over]}`
  return `${target?.name ?? 'indicateur'} de ${number(row.value, 3)}${unitBehind(unit)}${over}`
}

function lostText({ number }: Format, { value, verdict }: AlarmRow): string {
  const lost = value === 1 ? "1 de ses messages s'est perdu" : `${number(value, 0)} de ses messages se sont perdus`
  return verdict === 'breached'
    ? `${lost} en route, d'après sa propre numérotation`
    : 'ses messages arrivent de nouveau sans lacune'
}

function skewText({ span }: Format, { row: { value, limit, verdict } }: AlarmFacts): string {
  const behind = `ses dates les plus récentes ${value < 0 ? 'avancent' : 'retardent'} de ${span(Math.abs(value) * 1000)} sur notre horloge`
  return verdict === 'breached'
    ? `depuis une heure, ${behind}, pour une tolérance de ${span(limit * 1000)} (core.skewS et everyS)`
    : `${behind}, ${value < 0 ? 'sans plus de retard' : 'ce qui est admis'}`
}

/** Means of an hour: of an inlet, and what it is compared with. */
function sensorText({ number, beside }: Format, { value, limit, quantity, verdict }: AlarmRow): string {
  if (verdict !== 'breached')
    return `sa moyenne sur une heure, ${number(value, 2)} °C, concorde de nouveau avec les mesures voisines`
  const mean = `sa moyenne sur une heure est de ${beside(value, limit)} °C`
  if (quantity === 'swapped') return `${mean}, plus que les ${number(limit, 2)} °C derrière l'équipement`
  const apart = `${number(Math.abs(value - limit), 1)} K ${value < limit ? 'au-dessous' : 'au-dessus'}`
  return `${mean}, ${apart} de la médiane des entrées d'air voisines (${number(limit, 2)} °C)`
}

/** What the daemon tells of itself. */
function ownText(format: Format, alarm: Exclude<OwnAlarm, 'certificate'>, value: number, isBroken: boolean): string {
  switch (alarm) {
    case 'journal':
      return isBroken
        ? "le disque n'accepte plus de paquets ; aucun n'est confirmé au broker, qui doit les garder"
        : 'le journal accepte de nouveau les paquets'
    case 'outbox':
      return isBroken
        ? "la base de données n'accepte plus de lignes ; elles sont gardées ici"
        : 'la base de données accepte de nouveau les lignes'
    case 'clock':
      return isBroken ? clockText(format, value) : "les arrivées sont datées par l'horloge de son hôte"
    case 'stream':
      return isBroken
        ? "le flux n'a pas le journal de ce site comme il le devrait ; tout est gardé ici et en est envoyé"
        : 'le flux a de nouveau le journal de ce site'
  }
}

function coverageText({ number }: Format, { value, limit, verdict }: AlarmRow): string {
  const required = `le site en exige ${number(limit * 100, 1)} % (alarms.coverage.least)`
  const known = `${number(value * 100, 1)} % de la dernière heure sont`
  return verdict === 'breached'
    ? `seulement ${known} connus pour le PUE ; ${required}`
    : `${known} de nouveau connus ; ${required}`
}

/** Whole days until the first certificate ends, beside how many are asked for. */
function certificateText({ number }: Format, { value, limit, verdict }: AlarmRow): string {
  if (verdict !== 'breached') return `aucun certificat n'expire d'ici ${number(limit, 0)} jours`
  if (value < 0) return 'un certificat a expiré : les connexions qui en ont besoin sont refusées'
  const days = value < 1 ? "moins d'un jour" : `${number(value, 0)} jour${value === 1 ? '' : 's'}`
  return `un certificat expire dans ${days} ; il est à renouveler ${number(limit, 0)} jours avant (alarms.certificate.days)`
}

/** How far the clock is ahead, in s. */
function clockText({ span }: Format, aheadS: number): string {
  const apart = `${aheadS < 0 ? 'retarde' : 'avance'} de ${span(Math.abs(aheadS) * 1000)} sur l'heure qui date les arrivées`
  return `l'horloge de son hôte ${apart} ; celle-ci la suit dès que l'écart a duré 1 min`
}

function againstLimit(format: Format, facts: AlarmFacts, what: string): string {
  const { verdict, side, value, limit } = facts.row
  const whose = frenchLimit(format, facts)
  const within = side === 'below' ? 'au-dessus de' : 'sous'
  switch (verdict) {
    case 'breached': {
      const apart = apartText(format, facts, Math.abs(value - limit))
      return `${what}, ${apart}${side === 'below' ? 'au-dessous de' : 'au-dessus de'} ${whose}`
    }
    case 'near':
      return `${what}, ${within} ${whose}, mais d'un écart inférieur à la bande morte de ${apartText(format, facts, facts.deadband).trim()}`
    case 'inside':
      return `${what}, ${within} ${whose}`
  }
}

/** How far two values are apart, with a blank behind; empty if that rounds to nothing. */
function apartText({ number }: Format, { row, unit: own }: AlarmFacts, apart: number): string {
  const { alarm, quantity } = row
  if (alarm === 'pue_target' || alarm === 'target') return `${number(apart, 3)}${unitBehind(own)} `
  const unit = unitOf(alarm, quantity) === '°C' ? 'K' : apart < 2 ? 'point' : 'points'
  return apart < 0.005 ? '' : `${number(apart, apart < 0.05 ? 2 : 1)} ${unit} `
}

function silentText(format: Format, facts: AlarmFacts): string {
  const { alarm } = facts.row
  if (alarm === 'stale') return silentPoint(format, facts)
  return alarm === 'gateway' ? silentGateway(format, facts) : silentUplink(format, facts)
}

function silentPoint({ time, span }: Format, { row, everyMs }: AlarmFacts): string {
  const silent = `aucune mesure valide depuis le ${time(row.sinceMs)} (${span(row.value * 1000)})`
  if (Number.isNaN(row.limit)) return `son appareil a annoncé sa déconnexion ; ${silent}`
  const allowed = `une mesure est attendue toutes les ${span(everyMs)}, un silence de ${span(row.limit * 1000)} est toléré`
  return `${silent} ; ${allowed}`
}

function silentGateway({ time, span }: Format, { row, members }: AlarmFacts): string {
  const points = members === 1 ? 'de son seul point' : `de ses ${members} points`
  const silent = `plus aucune mesure ${points} depuis le ${time(row.sinceMs)} (${span(row.value * 1000)})`
  if (Number.isNaN(row.limit)) return `son nœud a annoncé sa déconnexion ; ${silent}`
  return `${silent} ; un silence de ${span(row.limit * 1000)} est toléré pour un point`
}

function silentUplink({ time, span }: Format, { row, members }: AlarmFacts): string {
  const behind = members === 1 ? 'de la seule branche en aval' : `des ${members} passerelles et appareils en aval`
  return `plus aucune mesure depuis le ${time(row.sinceMs)} (${span(row.value * 1000)}) ${behind} ; un silence de ${span(row.limit * 1000)} est toléré`
}

/** Counts to the watt-hour or litre, because an operator may copy them into `register.swaps`. */
function brokenCount({ number }: Format, { row: { value, limit }, unit }: AlarmFacts): string {
  if (Number.isNaN(limit)) return `l'index n'est plus continu : il est maintenant à ${number(value, 3)} ${unit}`
  const step = `de ${number(limit, 3)} ${unit} à ${number(value, 3)} ${unit}`
  return value < limit
    ? `l'index est tombé ${step}`
    : `l'index est monté ${step}, ce que sa puissance nominale n'explique pas`
}

function unitSlip({ number }: Format, { value, verdict }: AlarmRow): string {
  const times = value >= 1 ? `${number(value, 0)} fois ce` : `1/${number(1 / value, 0)} de ce`
  if (verdict === 'breached') return `indique environ ${times} qu'il indiquait : son unité a peut-être changé`
  if (value > 0.1 && value < 10) return "indique de nouveau l'ordre de grandeur habituel"
  return `indique depuis un jour environ ${times} qu'il indiquait : c'est désormais admis comme juste`
}

function refusedText(format: Format, facts: AlarmFacts): string {
  const { row } = facts
  const { time, span } = format
  if (row.quantity === 'stuck') {
    return `le capteur semble bloqué : il répète une même valeur depuis ${span(row.value * 1000)} ; elle est tenue pour inconnue`
  }
  const since = `aucune n'est acceptée depuis le ${time(row.sinceMs)} (${span(row.timeMs - row.sinceMs)})`
  return `des mesures arrivent, mais sont refusées : ${reasonText(format, facts)} ; ${since}`
}

/** Why the newest reading was refused. */
function reasonText({ span }: Format, { row, birth }: AlarmFacts): string {
  const { quantity, value, limit } = row
  switch (quantity) {
    case 'future':
      return `leur horloge avance de ${span(value * 1000)} sur la nôtre, pour une tolérance de ${span(limit * 1000)} (core.skewS)`
    case 'too_late':
      return `elles sont datées d'il y a ${span(-value * 1000)}, trop tard pour être comptées`
    case 'conflict':
      return "elles portent la date d'une mesure précédente, mais une autre valeur"
    case 'negative':
      return "elles sont négatives, ce qu'une consommation ne peut pas être"
    case 'out_of_range':
      return 'elles sortent des bornes min et max du point, ou dépassent de loin sa puissance nominale'
    case 'non_finite':
      return 'ce ne sont pas des nombres finis'
    case 'bad_payload':
      return 'leurs messages ne correspondent pas à ce que la configuration dit du point'
    case 'bad_time':
      return 'leurs dates sont illisibles'
    case 'oversize':
      return 'leurs messages sont trop longs'
    case 'before_birth':
      return `en attente du message birth de leur nœud, qui seul en dit le sens : ${rebirthText(birth)}`
    case 'only':
    case 'stuck':
    case 'neighbours':
    case 'swapped':
    case 'dew_point':
    case 'relative_humidity':
      return 'la liste des paquets refusés dit pourquoi'
  }
}

/** What brings a birth, and what it takes. */
function rebirthText(birth: AlarmFacts['birth']): string {
  if (birth === undefined) return 'demander un rebirth'
  if (birth.asks === 'we') return `nous le demandons, ce qui exige le droit de publier sur ${birth.topic}`
  return `nous ne faisons qu'écouter et ne le demandons pas ; redémarrer le nœud, ou définir sparkplug.primaryHost et nous permettre de publier sur ${birth.topic}`
}
