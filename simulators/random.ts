/**
 * Seeded numbers for simulators, faults and tests: the same seed gives the same numbers on every machine and in every
 * year. xoshiro128** (Blackman and Vigna, 2018) over four words filled by splitmix32; no Math.log or Math.cos, whose
 * last bit may differ between engines.
 */
export interface Random {
  /** The next number, 0 ≤ x < 1, of 53 bits. */
  next(): number
  /** A whole number, from ≤ x ≤ to; both whole. */
  int(from: number, to: number): number
  /** True with the given probability, 0..1. */
  chance(share: number): boolean
  /** Mean 0, standard deviation 1, never beyond ±6 (a sum of twelve even numbers, Irwin–Hall). */
  normal(): number
  /** One of the list, each as likely. Throws on an empty list. */
  pick<T>(list: readonly T[]): T
  /** A new list of the same members in another order, each order as likely (Fisher–Yates). */
  shuffle<T>(list: readonly T[]): T[]
}

/** A generator for a whole-number seed (its lower 32 bits count). */
export function createRandom(seed: number): Random {
  const word = createWords(seed)
  const next = () => ((word() >>> 5) * 2 ** 26 + (word() >>> 6)) / 2 ** 53
  const int = (from: number, to: number) => from + Math.floor(next() * (to - from + 1))
  return {
    next,
    int,
    chance: (share) => next() < share,
    normal: () => {
      let sum = -6
      for (let i = 0; i < 12; i += 1) sum += next()
      return sum
    },
    pick: <T>(list: readonly T[]) => {
      if (list.length === 0) throw new Error('nothing to pick from')
      return list[int(0, list.length - 1)] as T
    },
    shuffle: <T>(list: readonly T[]) => {
      const out = [...list]
      for (let i = out.length - 1; i > 0; i -= 1) {
        const j = int(0, i)
        const held = out[i] as T
        out[i] = out[j] as T
        out[j] = held
      }
      return out
    },
  }
}

/** A named part's own seed (FNV-1a), so that a part added to a run leaves the numbers of the others unchanged. */
export function seedFor(seed: number, name: string): number {
  let hash = 0x811c9dc5 ^ seed
  for (let i = 0; i < name.length; i += 1) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193)
  return hash >>> 0
}

/** xoshiro128**: whole numbers 0..2^32-1. */
function createWords(seed: number): () => number {
  let split = seed | 0
  const splitmix = () => {
    split = (split + 0x9e3779b9) | 0
    let z = Math.imul(split ^ (split >>> 16), 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    return z ^ (z >>> 15)
  }
  let a = splitmix()
  let b = splitmix()
  let c = splitmix()
  let d = splitmix()
  return () => {
    const out = Math.imul(rotate(Math.imul(b, 5), 7), 9)
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = rotate(d, 11)
    return out >>> 0
  }
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by))
}
