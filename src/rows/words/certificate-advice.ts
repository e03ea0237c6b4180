/** What to do about a certificate that ends: cause, consequence and action. */
export const CERTIFICATE_ADVICE = {
  respondMin: 1440,
  en: [
    'nobody has renewed it, or the renewed file was not put in its place',
    'once it has expired, connections are refused: readings, rows or notices stop',
    'the log of the daemon and coldaisle_certificate_ends_days name it; put the renewed file in its place: it is taken up without a restart',
  ],
  fr: [
    "personne ne l'a renouvelé, ou le nouveau fichier n'a pas été mis à sa place",
    "une fois qu'il a expiré, les connexions sont refusées : mesures, lignes ou notifications s'arrêtent",
    "le journal d'exécution du démon et coldaisle_certificate_ends_days le nomment ; mettre le nouveau fichier à sa place : il est pris en compte sans redémarrage",
  ],
} as const
