import { dayName } from './daily-file.ts'
import type { DaySpan } from './days.ts'
import type { SavingsProof } from './proof.ts'
import {
  gateSentence,
  loadSentence,
  lockSentence,
  refusalSentence,
  saidIn,
  SAVINGS_WORDS as WORDS,
  type SavingsLanguage,
} from './words.ts'

/** The proof for people: the verdict first, then what it rests on, then what speaks against a claim. */
export function savingsText(proof: SavingsProof, language: SavingsLanguage): string {
  const lines = [...verdictLines(proof, language), ...groundLines(proof, language), ...claimLines(proof, language)]
  return `${lines.join('\n')}\n`
}

function verdictLines(proof: SavingsProof, language: SavingsLanguage): string[] {
  const { verdict, refused, inletMoveK = NaN, figures, report } = proof
  if (refused !== undefined) {
    const why = saidIn(language, refusalSentence(refused), numberIn(language, inletMoveK, 2))
    return [saidIn(language, WORDS[verdict], why)]
  }
  if (figures === undefined) return []
  const { avoidedKwh, avoidedShare, interval90Kwh } = figures
  const shown = verdict === 'more energy used' ? -avoidedKwh : avoidedKwh
  const [low, high] = interval90Kwh.map((it) => numberIn(language, it, 0))
  return [
    saidIn(language, WORDS[verdict], numberIn(language, shown, 0), report.name),
    saidIn(language, WORDS.interval, numberIn(language, 100 * avoidedShare, 2), low ?? '', high ?? ''),
  ]
}

function groundLines(proof: SavingsProof, language: SavingsLanguage): string[] {
  const { option, baseline, report, events, load, inletMoveK, figures, without } = proof
  const span = (of: DaySpan) => saidIn(language, WORDS.span, dayName(of.first), dayName(of.end - 1))
  const named = events.map((event) => `${event.what} (${dayName(event.first)}/${dayName(event.end - 1)})`).join(', ')
  const lines = [
    saidIn(language, WORDS.periods, saidIn(language, WORDS[option]), span(baseline), span(report)),
    events.length === 0 ? saidIn(language, WORDS['no events']) : saidIn(language, WORDS.events, named),
  ]
  for (const { what, figures: other } of without) {
    const result =
      other === undefined
        ? saidIn(language, WORDS['too little'])
        : saidIn(
            language,
            WORDS['other result'],
            ...[other.avoidedKwh, ...other.interval90Kwh].map((it) => numberIn(language, it, 0)),
          )
    lines.push(saidIn(language, WORDS.without, what === 'all' ? saidIn(language, WORDS.all) : what, result))
  }
  if (load !== undefined && figures !== undefined) {
    const name = saidIn(language, loadSentence(load))
    const moved =
      inletMoveK === undefined ? name : saidIn(language, WORDS.moved, name, numberIn(language, inletMoveK, 2))
    lines.push(saidIn(language, WORDS.loadOf, moved))
  }
  if (figures !== undefined) lines.push(...modelLines(proof, figures, language))
  return lines
}

function modelLines(
  { baseline, baselineDigest = '', lock }: SavingsProof,
  { model, bulb, statistics, tried, fractional68, fractional90 }: NonNullable<SavingsProof['figures']>,
  language: SavingsLanguage,
): string[] {
  const share = (value: number, digits: number) => numberIn(language, 100 * value, digits)
  const { form, changesC } = model
  const shape = [
    form.shape,
    ...(form.load ? ['+ load'] : []),
    ...(form.scaled ? ['× load'] : []),
    ...(form.week ? ['+ week'] : []),
  ]
  const changes = form.shape === '2P' ? [] : changesC.map((it) => numberIn(language, it, 1))
  const outOfSample = tried.find((it) => it.bulb === bulb && JSON.stringify(it.form) === JSON.stringify(form))
  return [
    saidIn(
      language,
      WORDS.model,
      shape.join(' '),
      saidIn(language, WORDS[bulb]),
      changes.join(', ') || '-',
      String(statistics.days),
      String(baseline.end - baseline.first),
    ),
    saidIn(
      language,
      WORDS.statistics,
      share(statistics.cvRmse, 2),
      share(statistics.nmbe, 3),
      numberIn(language, statistics.r2, 3),
      numberIn(language, statistics.autocorrelation, 2),
      share(outOfSample?.cvRmse ?? NaN, 2),
    ),
    saidIn(language, WORDS.guideline, share(fractional68, 0), share(fractional90, 0)),
    saidIn(language, WORDS.digest, `sha256:${baselineDigest.slice(0, 16)}`, saidIn(language, lockSentence(lock))),
  ]
}

function claimLines({ gates, figures }: SavingsProof, language: SavingsLanguage): string[] {
  if (figures === undefined) return []
  const failed = gates.filter(({ holds }) => !holds)
  if (failed.length === 0) return [saidIn(language, WORDS.fit)]
  const reasons = failed.map((gate) => {
    const [found, limit] = [gate.found, gate.limit].map((it) =>
      numberIn(language, 100 * it, gate.gate === 'nmbe' ? 3 : 1),
    )
    return `  ${saidIn(language, gateSentence(gate), found ?? '', limit ?? '')}`
  })
  return [saidIn(language, WORDS.unfit), ...reasons]
}

function numberIn(language: SavingsLanguage, value: number, digits: number): string {
  const format = { minimumFractionDigits: digits, maximumFractionDigits: digits, signDisplay: 'negative' } as const
  return Number.isFinite(value) ? value.toLocaleString(language === 'en' ? 'en-GB' : 'fr-FR', format) : '-'
}
