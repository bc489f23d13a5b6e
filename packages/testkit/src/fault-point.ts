/**
 * Fault points for product code: `import { fault } from "@vivarium/testkit/fault"`. This entry has no imports of its own and does nothing until a scenario is run.
 *
 * @module
 */

/** Under which the runs of the testkit are asked, whichever copy of it runs them. */
const POINT: symbol = Symbol.for("vivarium.testkit.fault")

const globals = globalThis as unknown as Record<symbol, ((name: string) => boolean) | undefined>

/**
 * Asks whether something goes wrong here. In a scenario that is explored this is a choice like any other, so faults shrink and replay; of nested runs the innermost is asked. Everywhere else it
 * is false, at the cost of one look-up.
 *
 * @example
 * ```ts
 * import { explore } from "@vivarium/testkit"
 * import { fault } from "@vivarium/testkit/fault"
 *
 * function read(name: string) {
 *   if (fault("disk fails")) throw new Error(`cannot read ${name}`)
 *   return `contents of ${name}`
 * }
 *
 * console.log(read("honey.txt"))
 * await explore(() => void read("honey.txt"), { strategy: "exhaustive" }).catch(({ failure }) => console.log(failure))
 * // prints: contents of honey.txt
 * // prints: Error: cannot read honey.txt
 * ```
 */
export function fault(name: string): boolean {
  const ask = globals[POINT]
  return ask === undefined ? false : ask(name)
}
