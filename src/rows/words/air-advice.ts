/** What to do about air that is too warm or too moist (`above`), or too cold or too dry (`below`). */
export const AIR_ADVICE = {
  inlet_recommended: {
    respondMin: 60,
    en: [
      'too little cold air in front of the rack, recirculated warm air, or a supply set too warm',
      'fans of the equipment speed up and take more power; the allowable limit is next',
      'look at neighbouring inlets and the supply of the hall; close gaps and missing blanking panels, adjust the air flow',
    ],
    fr: [
      "trop peu d'air froid devant la baie, recyclage d'air chaud, ou soufflage réglé trop chaud",
      'les ventilateurs des équipements accélèrent et consomment plus ; la limite admissible vient ensuite',
      "comparer avec les entrées d'air voisines et le soufflage de la salle ; obturer les fuites et les emplacements vides, régler le débit d'air",
    ],
    below: {
      en: [
        'the supply is set too cold, or outside air comes in unmixed',
        'cooling energy is wasted; the allowable limit is next',
        'look at neighbouring inlets and the supply of the hall; raise its set point, check how outside air is mixed',
      ],
      fr: [
        "soufflage réglé trop froid, ou arrivée d'air extérieur non mélangé",
        "de l'énergie de refroidissement est gaspillée ; la limite admissible vient ensuite",
        "comparer avec les entrées d'air voisines et le soufflage de la salle ; relever sa consigne, vérifier le mélange de l'air extérieur",
      ],
    },
  },
  inlet_allowable: {
    respondMin: 10,
    en: [
      'a cooling unit has stopped, or its air no longer reaches the rack',
      'equipment throttles or shuts down, and its warranty may not cover what follows',
      'find out whether it is one rack or the whole hall; start standby cooling, restore the air flow, move or shed load',
    ],
    fr: [
      "une unité de climatisation est arrêtée, ou son air n'atteint plus la baie",
      "les équipements se brident ou s'arrêtent, et leur garantie peut ne pas couvrir la suite",
      "voir si c'est une baie ou toute la salle ; démarrer le froid de secours, rétablir le débit d'air, déplacer ou délester la charge",
    ],
    below: {
      en: [
        'an outside air damper stays open, or a set point is wrong',
        'the warranty of the equipment may not cover what follows',
        'find out whether it is one rack or the whole hall; close the outside air, correct the set point',
      ],
      fr: [
        "un registre d'air neuf reste ouvert, ou une consigne est fausse",
        'la garantie des équipements peut ne pas couvrir la suite',
        "voir si c'est une baie ou toute la salle ; fermer l'air neuf, corriger la consigne",
      ],
    },
  },
  moisture: {
    respondMin: 60,
    en: [
      'the dehumidifier has failed, a humidifier does not stop, or moist outside air comes in untreated',
      'condensation and corrosion',
      'check humidifiers, dehumidifiers, the fresh air and cold surfaces; see whether other sensors of the hall confirm it',
    ],
    fr: [
      "panne du déshumidificateur, humidificateur qui ne s'arrête pas, ou entrée d'air extérieur humide non traité",
      'condensation et corrosion',
      "vérifier les humidificateurs, les déshumidificateurs, l'air neuf et les surfaces froides ; voir si les autres capteurs de la salle le confirment",
    ],
    below: {
      en: [
        'the humidifier has failed, or dry outside air comes in untreated',
        'electrostatic discharge',
        'check humidifiers and the fresh air; see whether other sensors of the hall confirm it',
      ],
      fr: [
        "panne de l'humidificateur, ou entrée d'air extérieur sec non traité",
        'décharges électrostatiques',
        "vérifier les humidificateurs et l'air neuf ; voir si les autres capteurs de la salle le confirment",
      ],
    },
  },
} as const
