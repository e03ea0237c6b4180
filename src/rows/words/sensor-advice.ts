/** What to do about a sensor in doubt: cause, consequence and action. */
export const SENSOR_ADVICE = {
  respondMin: 1440,
  en: [
    'a hot or cold spot at this rack alone, a sensor that has drifted, or one that hangs elsewhere than the configuration says',
    'what is said of this inlet, and of its rack, may be wrong; everything is counted as measured',
    'hold a second thermometer beside it; if the sensor is wrong, replace it or correct its offset; if it hangs elsewhere, correct the points of the inlet',
  ],
  fr: [
    "un point chaud ou froid à cette seule baie, un capteur qui a dérivé, ou qui n'est pas là où la configuration le dit",
    "ce qui est dit de cette entrée d'air et de sa baie peut être faux ; tout est compté tel quel",
    "placer un second thermomètre à côté ; si le capteur est faux, le remplacer ou corriger son offset ; s'il est ailleurs, corriger les points de l'entrée d'air",
  ],
} as const
