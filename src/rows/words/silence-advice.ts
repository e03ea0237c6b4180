/** What to do where nothing sound comes any more, by what it comes from: cause, consequence and action. */
export const SILENCE_ADVICE = {
  stale: {
    respondMin: 240,
    en: [
      'the device or its cable has failed, it has no power, or it sends nothing that can be believed',
      'nobody sees what it measures: alarms on it can neither come nor go',
      'check power, battery, address and cable of the device; replace it if it sends only nonsense',
    ],
    fr: [
      "l'appareil ou son câble est en panne, il n'est plus alimenté, ou n'envoie rien de crédible",
      "personne ne voit ce qu'il mesure : ses alarmes ne peuvent ni apparaître ni disparaître",
      "vérifier l'alimentation, la pile, l'adresse et le câble de l'appareil ; le remplacer s'il n'envoie que des aberrations",
    ],
  },
  gateway: {
    respondMin: 30,
    en: [
      'the gateway, its power, its network or its way to the broker has failed',
      'everything behind it is unseen: a breach there raises no alarm',
      'ping and restart the gateway, check its switch port; until it is back, have somebody look at the hall',
    ],
    fr: [
      'la passerelle, son alimentation, son réseau ou son chemin vers le broker est en panne',
      "plus rien de ce qui est derrière n'est surveillé : un dépassement n'y déclenche aucune alarme",
      'envoyer un ping à la passerelle, la redémarrer, vérifier son port réseau ; en attendant, faire surveiller la salle sur place',
    ],
  },
  uplink: {
    respondMin: 15,
    en: [
      'a switch, a line, the broker or its host has failed: what lies behind all falls silent at once',
      'everything behind it is unseen: a breach there raises no alarm',
      'check the broker and the way to it before the gateways; until it is back, have somebody look at the halls',
    ],
    fr: [
      "un commutateur, une liaison, le broker ou son hôte est en panne : tout ce qui est derrière se tait d'un coup",
      "plus rien de ce qui est derrière n'est surveillé : un dépassement n'y déclenche aucune alarme",
      'vérifier le broker et le chemin qui y mène avant les passerelles ; en attendant, faire surveiller les salles sur place',
    ],
  },
  refused: {
    respondMin: 240,
    en: [
      'the clock of the device is wrong, its software or its topic was changed, or its values are impossible or never change',
      'nobody sees what it measures: alarms on it can neither come nor go, and energy sums have a gap',
      'read the newest messages with the command coldaisle refused; set the clock of the device, or change the point in the configuration',
    ],
    fr: [
      "l'horloge de l'appareil est fausse, son logiciel ou son topic a changé, ou ses valeurs sont impossibles ou ne changent jamais",
      "personne ne voit ce qu'il mesure : ses alarmes ne peuvent ni apparaître ni disparaître, et les sommes d'énergie ont une lacune",
      "lire les derniers messages avec la commande coldaisle refused ; régler l'horloge de l'appareil, ou modifier le point dans la configuration",
    ],
  },
  gateway_refused: {
    respondMin: 30,
    en: [
      'the clock of the gateway is wrong, or an update has changed what it sends',
      'everything behind it is unseen: a breach there raises no alarm',
      'read its newest messages with the command coldaisle refused; set its clock or its time server; until then, have somebody look at the hall',
    ],
    fr: [
      "l'horloge de la passerelle est fausse, ou une mise à jour a changé ce qu'elle envoie",
      "plus rien de ce qui est derrière n'est surveillé : un dépassement n'y déclenche aucune alarme",
      'lire ses derniers messages avec la commande coldaisle refused ; régler son horloge ou son serveur de temps ; en attendant, faire surveiller la salle sur place',
    ],
  },
  uplink_refused: {
    respondMin: 15,
    en: [
      'what all of it shares is wrong: the time server, a broker that restamps, or an update of all senders at once',
      'everything behind it is unseen: a breach there raises no alarm',
      'read the newest messages with the command coldaisle refused; put the time server or the update right before single devices; until then, have somebody look at the halls',
    ],
    fr: [
      'ce qui est commun à tous est en cause : serveur de temps, broker qui redate les messages, ou mise à jour générale',
      "plus rien de ce qui est derrière n'est surveillé : un dépassement n'y déclenche aucune alarme",
      'lire les derniers messages avec la commande coldaisle refused ; corriger le serveur de temps ou la mise à jour avant les appareils un par un ; en attendant, faire surveiller les salles sur place',
    ],
  },
} as const
