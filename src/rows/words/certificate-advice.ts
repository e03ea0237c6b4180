/** What to do about a certificate that ends: cause, consequence and action. */
export const CERTIFICATE_ADVICE = {
  respondMin: 1440,
  en: [
    'nobody has renewed it, or the renewed file was not put in its place',
    'once it has ended, connections are refused: readings, rows or notices stop',
    'the log of the daemon and coldaisle_certificate_ends_days name it; put the renewed file in its place, which is followed without a restart',
  ],
  fr: [
    "personne ne l'a renouvelé, ou le nouveau fichier n'a pas été mis à sa place",
    "une fois expiré, les connexions sont refusées : mesures, lignes ou notifications s'arrêtent",
    "le journal d'exécution du démon et coldaisle_certificate_ends_days le nomment ; mettre le nouveau fichier à sa place, ce qui est suivi sans redémarrage",
  ],
} as const
