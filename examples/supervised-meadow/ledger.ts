/**
 * The ledger of nectar: each drop that has grown is in a flower, carried by a bee, delivered, or lost with somebody who has ended.
 *
 * It is a plain object, since all run in one thread: an actor would learn too late what one that was killed had done.
 */
import type { Ref } from "@vivarium/actors"

/** What a flower or a bee holds. It is weighed when its holder has ended. */
export interface Jar {
  readonly holder: "flower" | "bee"
  nectar: number
}

/** Where all the nectar is. */
export interface Balance {
  readonly grown: number
  readonly inFlowers: number
  readonly carried: number
  readonly delivered: number
  readonly lostWithFlowers: number
  readonly lostWithBees: number
  /** Given to bees that ended before they had it. */
  readonly spilt: number
}

export class Ledger {
  #grown = 0
  #given = 0
  #taken = 0
  #delivered = 0
  readonly #lost = { flower: 0, bee: 0 }
  readonly #jars = new Map<number, Jar>()

  /** An empty jar for a process. */
  open(owner: Ref<unknown>, holder: Jar["holder"]): Jar {
    const jar: Jar = { holder, nectar: 0 }
    this.#jars.set(owner.id, jar)
    return jar
  }

  grow(flower: Jar, drops: number): void {
    flower.nectar += drops
    this.#grown += drops
  }

  /** Takes at most so many drops from a flower; gives how many. */
  give(flower: Jar, most: number): number {
    const drops = Math.min(flower.nectar, most)
    flower.nectar -= drops
    this.#given += drops
    return drops
  }

  take(bee: Jar, drops: number): void {
    bee.nectar += drops
    this.#taken += drops
  }

  deliver(bee: Jar): void {
    this.#delivered += bee.nectar
    bee.nectar = 0
  }

  /** A process has ended: what it held is lost. */
  close(owner: Ref<unknown>): void {
    const jar = this.#jars.get(owner.id)
    if (jar === undefined) return
    this.#jars.delete(owner.id)
    this.#lost[jar.holder] += jar.nectar
  }

  /** Weighs the jars of the living. It comes out even only if each of the others was closed. */
  balance(living: Iterable<Ref<unknown>>): Balance {
    const held = { flower: 0, bee: 0 }
    for (const { id } of living) {
      const jar = this.#jars.get(id)
      if (jar !== undefined) held[jar.holder] += jar.nectar
    }
    return {
      grown: this.#grown,
      inFlowers: held.flower,
      carried: held.bee,
      delivered: this.#delivered,
      lostWithFlowers: this.#lost.flower,
      lostWithBees: this.#lost.bee,
      spilt: this.#given - this.#taken,
    }
  }
}

/** Whether nothing is missing. */
export function isEven({ carried, delivered, grown, inFlowers, lostWithBees, lostWithFlowers, spilt }: Balance): boolean {
  return grown === inFlowers + carried + delivered + lostWithFlowers + lostWithBees + spilt
}
