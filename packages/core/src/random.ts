/** Seeded random numbers: the scheduler's only source of chance. */
import { checkCount } from "./checks.ts"
import { InvalidArgumentError } from "./errors.ts"

/**
 * A small, fast, seeded generator (Mulberry32): the same seed gives the same numbers everywhere. Not for cryptography.
 *
 * @example
 * ```ts
 * import { Random } from "@vivarium/core"
 *
 * const one = new Random(1)
 * const two = new Random(1)
 * console.log(one.integer(6) === two.integer(6))
 * // prints: true
 * ```
 */
export class Random {
  private state: number

  constructor(seed = 1) {
    if (!Number.isSafeInteger(seed)) throw new InvalidArgumentError("seed", seed, "an integer")
    this.state = seed | 0
  }

  /** The next number, at least 0 and less than 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }

  /** The next integer, at least 0 and less than `limit`. */
  integer(limit: number): number {
    checkCount("limit", limit, 1)
    return Math.floor(this.next() * limit)
  }

  /** The next number, at least `from` and less than `to`. */
  between(from: number, to: number): number {
    if (!Number.isFinite(from)) throw new InvalidArgumentError("from", from, "a finite number")
    if (!Number.isFinite(to) || to < from) throw new InvalidArgumentError("to", to, `a finite number, ${from} or more`)
    return from + this.next() * (to - from)
  }
}
