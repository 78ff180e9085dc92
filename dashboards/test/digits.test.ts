import { describe, expect, test } from 'vitest'
import { digits, elapsedDigits } from '../src/service/digits'

const MIN = 60_000

describe('digits', () => {
  test.each([
    ['minutes and seconds under an hour', 8 * MIN + 47_000, '08:47'],
    ['hours above', 72 * MIN + 5000, '1:12:05'],
    ['more than a day in hours', 39 * 60 * MIN + 35 * MIN + 12_000, '39:35:12'],
    ['a minus (U+2212) when it is late', -(4 * MIN + 12_000), '\u221204:12'],
    ['nothing left', 0, '00:00'],
    ['the last second until it is over', 400, '00:01'],
    ['no minus before a whole second is over', -400, '00:00'],
  ])('say %s', (_, left, said) => expect(digits(left)).toBe(said))

  test('time that has passed never runs ahead', () => expect(elapsedDigits(271_900)).toBe('04:31'))
})
