/** Faults: what may go wrong in a scenario. Whether it does is a choice like any other, so faults shrink and replay. */

/**
 * Asks whether something goes wrong here. Outside of exploration, and in the shipped order, nothing does.
 *
 * @example
 * ```ts
 * import { explore } from "@vivarium/testkit"
 *
 * const outcomes = new Set<string>()
 * await explore(function* ({ fault }) {
 *   outcomes.add(fault("disk full") ? "not written" : "written")
 * }, { strategy: "exhaustive" })
 * console.log([...outcomes])
 * // prints: [ 'written', 'not written' ]
 * ```
 */
export interface Fault {
  (name: string): boolean
}
