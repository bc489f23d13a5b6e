/** How likely a fault is where chance decides: about one happens in a run, wherever it may, however many places there are. */
import type { Random } from "@vivarium/core"

const FIRST_GUESS = 20

export class FaultOdds {
  private readonly random: Random
  private places = 0
  private most = FIRST_GUESS

  constructor(random: Random) {
    this.random = random
  }

  /** Begins a run. */
  begin(): void {
    if (this.places > 0) this.most = Math.max(1, this.places)
    this.places = 0
  }

  /** Which fault happens, 0 being none. */
  choose(count: number): number {
    this.places++
    return this.random.next() * this.most < 1 ? 1 + this.random.integer(count - 1) : 0
  }
}
