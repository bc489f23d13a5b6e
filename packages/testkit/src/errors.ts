/** The errors of the package. */

/** How a scenario leaves what the testkit can control: then its runs prove nothing, and nothing is explored. */
export type ScenarioErrorCode =
  /** It waits for a promise or an action from outside. */
  | "foreign_promise"
  /** It has used a timer, a clock or a die of the host. */
  | "host_global"
  /** The same schedule ran twice, and not in the same way. */
  | "uncontrolled_order"

/** A scenario does what cannot be controlled. The message names who did it, and the cure. */
export class ScenarioError extends Error {
  override readonly name: string = "ScenarioError"
  readonly code: ScenarioErrorCode

  constructor(code: ScenarioErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

/** What to raise when a schedule has run twice, and not in the same way. */
export function uncontrolledOrder(difference: string): ScenarioError {
  return new ScenarioError(
    "uncontrolled_order",
    `the same schedule ran twice, and not in the same way: ${difference}. Something decides order that is not ours: state outside of the scenario that is not made afresh, ` +
      "the order of a host's callbacks, or chance. Cure: make all state inside of the scenario, and take chance from world.random.",
  )
}

/** A schedule code does not fit: it is of another scenario, or of another state of the program. Nothing else was run in its place. */
export class ReplayMismatchError extends Error {
  override readonly name: string = "ReplayMismatchError"
  /** The number of the choice at which the runs parted, from 1; undefined if the code could not be read at all. */
  readonly choice: number | undefined

  constructor(message: string, choice?: number) {
    super(message)
    this.choice = choice
  }
}
