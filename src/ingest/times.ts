export type TimeUnit = 's' | 'ms' | 'us' | 'ns'

/** How a point's stamps are read: the unit of numbers (undefined: by magnitude), the IANA zone of times without offset. */
export interface TimeRule {
  unit: TimeUnit | undefined
  timezone: string | undefined
}
