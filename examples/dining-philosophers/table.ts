/** The table: philosophers who need two forks to eat, and how they go about it. */
import { Mutex, type Routine, schedule, tasklet } from "@vivarium/core"
import type { Scenario } from "@vivarium/testkit"

const NAMES = ["Aspasia", "Hypatia", "Diotima"] as const

/** Which fork a philosopher takes first and which second, by the number of the seat. */
export type Manners = (seat: number, seats: number) => readonly [first: number, second: number]

/** Everybody begins with the fork to the left. */
export const leftFirst: Manners = (seat, seats) => [seat, (seat + 1) % seats]

/** Everybody begins with the fork of the lower number, so that no circle can close. */
export const lowerFirst: Manners = (seat, seats) => {
  const [left, right] = leftFirst(seat, seats)
  return left < right ? [left, right] : [right, left]
}

/** An evening: each philosopher eats twice. */
export function evening(manners: Manners): Scenario {
  return function* ({ check }) {
    const forks = NAMES.map(() => new Mutex())
    let meals = 0

    function* philosopher(seat: number): Routine {
      const [first, second] = manners(seat, NAMES.length)
      for (let late = 0; late < 2 * seat; late++) yield* schedule() // comes one after another
      for (let meal = 0; meal < 2; meal++) {
        yield* forks[first]!.acquire()
        yield* schedule() // reaches across the table
        yield* forks[second]!.acquire()
        yield* schedule() // eats
        meals++
        forks[second]!.release()
        forks[first]!.release()
        yield* schedule() // thinks
      }
    }

    const guests = NAMES.map((name, seat) => tasklet({ name }, philosopher, seat))
    for (const guest of guests) yield* guest
    check("everybody has eaten twice", meals === 6)
  }
}
