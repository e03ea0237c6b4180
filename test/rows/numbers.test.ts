import { expect, test } from 'vitest'
import {
  countText,
  fourDigitsText,
  groupedKwhText,
  kwhText,
  percentText,
  thousandthsText,
} from '../../src/rows/numbers.ts'

test.each([
  [countText(1_234_567), '1,234,567'],
  [kwhText(4_444_444_440), '1234.568'],
  [kwhText(0), '0.000'],
  [groupedKwhText(4_444_444_440), '1,234.57'],
  [thousandthsText(12.5004), '12.5'],
  [thousandthsText(-0.25), '-0.25'],
  [fourDigitsText(12.3456), '12.35'],
  [fourDigitsText(123_456), '123500'],
  [percentText(0.98765), '98.8 %'],
])('%s', (text, wanted) => expect(text).toBe(wanted))
