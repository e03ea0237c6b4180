import { counts, type PointDraft } from './draft.ts'
import { roleInWords } from './known/words.ts'

/** Air that a sensor tells: where it may enter equipment, it is an inlet. */
export interface InletDraft {
  readonly wish: string
  readonly dryBulb: PointDraft
  readonly humidity: PointDraft | undefined
  readonly dewPoint: PointDraft | undefined
  readonly why: string
  readonly questions: readonly string[]
}

/** Dry bulbs with the moisture of their own part. What is outdoors, or behind equipment, is no inlet. */
export function inletDrafts(drafts: readonly PointDraft[]): InletDraft[] {
  const parts = Map.groupBy(drafts, ({ part }) => part)
  return [...parts.values()].flatMap((part) => {
    const of = (measured: PointDraft['measured']): PointDraft[] => part.filter((it) => it.measured === measured)
    const [temperatures, humidities, dewPoints] = [of('temperature'), of('humidity'), of('dew point')]
    return temperatures.flatMap((dryBulb) => {
      const role = roleInWords(dryBulb.words)
      if (role?.role === 'outdoor' || role?.role === 'outlet') return []
      const isClear = temperatures.length === 1 || role?.role === 'inlet'
      const humidity = isClear && humidities.length === 1 ? humidities[0] : undefined
      const dewPoint = humidity === undefined && isClear && dewPoints.length === 1 ? dewPoints[0] : undefined
      // The temperature of a PDU is one of its own case
      const isOfPdu = dryBulb.words.some((text) => /pdu/i.test(text))
      const isPlaced = role?.role === 'inlet' || (role?.role === 'it' && !isOfPdu)
      const moisture = humidity ?? dewPoint
      // A lone temperature may be of water, oil or a room: only its name makes it one of an inlet
      if (!isPlaced && moisture === undefined) return []
      const isWritten = counts(dryBulb) && (moisture === undefined || counts(moisture))
      return [
        {
          wish: dryBulb.wish.replace(/-t$/, ''),
          dryBulb,
          humidity,
          dewPoint,
          why: `${isPlaced ? `guess: named “${role.word}”` : ''}${moisture === undefined ? '; no humidity was heard with it' : ''}`,
          questions: [
            ...(isPlaced ? [] : ['does air enter equipment here? Its name does not say so']),
            ...(isWritten ? [] : ['a point of it stands commented out']),
          ],
        },
      ]
    })
  })
}
