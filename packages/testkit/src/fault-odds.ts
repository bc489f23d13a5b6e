/**
 * How likely a fault is where chance decides: about one happens in a run, wherever it may, however many places there are. Their number is that of
 * the longest run so far: one that a fault has cut short says nothing, and would move all faults to the beginning.
 */
import type { Random } from "@vivarium/core"

const FIRST_GUESS = 20

export class FaultOdds {
  private readonly random: Random
  private places = 0
  private most = 0

  constructor(random: Random) {
    this.random = random
  }

  /** Begins a run. */
  begin(): void {
    this.most = Math.max(this.most, this.places)
    this.places = 0
  }

  /** Which fault happens, 0 being none. */
  choose(count: number): number {
    this.places++
    return this.random.next() * (this.most === 0 ? FIRST_GUESS : this.most) < 1 ? 1 + this.random.integer(count - 1) : 0
  }
}
