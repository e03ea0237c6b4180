/** What is known of a local day of a site; a member that is absent is not known. */
export interface DailyRow {
  /** Days since 1970-01-01. */
  readonly day: number
  readonly facilityKwh?: number
  readonly itKwh?: number
  readonly coolingKwh?: number
  /** Means of the day. */
  readonly dryBulbC?: number
  readonly wetBulbC?: number
  readonly inletC?: number
  /** Load that does not depend on the air of the halls: utilisation, requests, servers. Any unit. */
  readonly load?: number
  /** Share of the day in which the energies are known; absent: all of it. */
  readonly coverage?: number
}
