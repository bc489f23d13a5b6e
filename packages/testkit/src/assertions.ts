/** Assertions as plain functions, for any test runner. */
import { type ExitReason, Ref, type System } from "@vivarium/actors"
import { type DeadlockError, InvalidArgumentError, type Operation, type Scheduler } from "@vivarium/core"
import { OwnedCall } from "@vivarium/core/lowlevel"
import type { Expected } from "./expected.ts"
import { endWithin, type ExpectedReason, judgeEnd, readReason } from "./expected-reason.ts"
import type { ExplorationError } from "./exploration-error.ts"
import { judgeDeadlock, judgeLeaks, judgeReceived } from "./judges.ts"
import type { ExploreOptions } from "./options.ts"
import type { Probe } from "./probe.ts"
import type { Scenario } from "./scenario.ts"
import { demand, type Verdict } from "./verdict.ts"
import { readWithin, type WithinOptions } from "./within.ts"

/**
 * Raises AssertionError if something is left: processes or names of a system, tasklets or timers of a scheduler (but for the tasklet that asks).
 *
 * @example
 * ```ts
 * import { Actor, System } from "@vivarium/actors"
 * import { assertNoLeaks } from "@vivarium/testkit"
 *
 * class Bee extends Actor {}
 * const system = new System()
 * await system.start(Bee, { name: "Maya" })
 * try {
 *   assertNoLeaks(system)
 * } catch (error) {
 *   console.log((error as Error).message)
 * }
 * await system.stop()
 * assertNoLeaks(system)
 * // prints: nothing was expected to be left, but there is: 1 process of system (Bee "Maya" (#1)); 1 name of system ("Maya").
 * ```
 */
export function assertNoLeaks(what: System | Scheduler): void {
  demand(judgeLeaks(what))
}

/**
 * Waits until a process has ended, and gives its exit reason. Raises AssertionError if it ended with another reason than expected, or lives on. The reason is a word, a reason with all that it carries,
 * the class of an error, or a function; by default any.
 *
 * @example
 * ```ts
 * import { Actor, System } from "@vivarium/actors"
 * import { assertExits } from "@vivarium/testkit"
 *
 * class Bee extends Actor {
 *   fly() {
 *     throw new RangeError("too far")
 *   }
 * }
 * await using system = new System({ log: false })
 * const bee = system.spawn(Bee)
 * bee.cast.fly()
 * console.log((await assertExits(bee, RangeError)).kind)
 * // prints: error
 * ```
 */
export function assertExits(ref: Ref<never> | Ref<unknown>, reason?: ExpectedReason, options: WithinOptions = {}): Operation<ExitReason> {
  const judged = judgeExit(ref, reason, options, 'assertExits(ref, "normal", { withinMs: 1000 })')
  return new OwnedCall<ExitReason>(ref["~loop"], function* () {
    const verdict = yield* judged
    demand(verdict)
    return verdict.compared?.actual
  } as never, [])
}

/** Waits for the end of a process, and judges it. */
export function judgeExit(ref: Ref<never> | Ref<unknown>, reason: unknown, options: WithinOptions, example: string): Operation<Verdict> {
  if (!(ref instanceof Ref)) throw new InvalidArgumentError("ref", ref, "a reference", `right: ${example}`)
  const withinMs = readWithin(options, example)
  const wanted = readReason(reason)
  return new OwnedCall(ref["~loop"], function* () {
    return judgeEnd(ref, yield* endWithin(ref, withinMs), wanted, withinMs)
  } as never, [])
}

/**
 * Raises AssertionError unless a message is among all that a probe has received so far: equal to a value, fitting a predicate, of a class, or fitting a Standard Schema. It does not
 * wait, and takes nothing.
 *
 * @example
 * ```ts
 * import { System } from "@vivarium/actors"
 * import { assertReceived, createProbe } from "@vivarium/testkit"
 *
 * await using system = new System()
 * const probe = createProbe<string>(system, { name: "hive" })
 * probe.ref.send("honey")
 * assertReceived(probe, "honey")
 * try {
 *   assertReceived(probe, "wax")
 * } catch (error) {
 *   console.log((error as Error).message)
 * }
 * // prints: probe "hive" (#1) was expected to have received 'wax', but it has: 'honey'.
 * ```
 */
export function assertReceived<M>(probe: Probe<M, Ref<never>> | Probe<M>, expected?: Expected<M>): void {
  demand(judgeReceived(probe as Probe, expected))
}

/**
 * Runs a body as `simulate()` does, and raises AssertionError unless it comes to a deadlock; with options, explores it, and raises unless some schedule does. Gives the deadlock. Any other failure of
 * the body is raised as it is.
 *
 * @example
 * ```ts
 * import { channel } from "@vivarium/core"
 * import { assertDeadlocks } from "@vivarium/testkit"
 *
 * const { message } = await assertDeadlocks(function* () {
 *   yield* channel<string>({ name: "flower" }).receive()
 * })
 * console.log(message.split("\n")[0])
 * // prints: Deadlock: nothing can wake scenario, which waits for receive on channel "flower"; 1 tasklet waits in all.
 * ```
 */
export async function assertDeadlocks(body: Scenario, options?: ExploreOptions): Promise<DeadlockError | ExplorationError> {
  const verdict = await judgeDeadlock(body, options)
  demand(verdict)
  return verdict.error as DeadlockError | ExplorationError
}
