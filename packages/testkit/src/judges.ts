/** What assertions and matchers look at. */
import type { Ref, System } from "@vivarium/actors"
import { isSystem } from "@vivarium/actors/lowlevel"
import { DeadlockError, InvalidArgumentError, Scheduler } from "@vivarium/core"
import { type Expected, readExpected } from "./expected.ts"
import { ExplorationError } from "./exploration-error.ts"
import { explore } from "./explore.ts"
import { leftIn, leftOn } from "./left.ts"
import type { ExploreOptions } from "./options.ts"
import { Probe } from "./probe.ts"
import type { Scenario } from "./scenario.ts"
import { inShort } from "./show.ts"
import { simulate } from "./simulate.ts"
import type { Verdict } from "./verdict.ts"

/** Whether nothing is left of a system, or on a scheduler. */
export function judgeLeaks(what: System | Scheduler): Verdict {
  const left = leaksOf(what)
  return {
    holds: left.length === 0,
    text: `nothing was expected to be left, but there is: ${left.join("; ")}.`,
    negated: "something was expected to be left, but nothing is.",
  }
}

function leaksOf(what: unknown): string[] {
  if (isSystem(what)) return leftIn(what)
  if (what instanceof Scheduler) return leftOn(what)
  throw new InvalidArgumentError("what", what, "a System or a Scheduler", "right: assertNoLeaks(system)")
}

/** Whether a message is among all that a probe has received so far. */
export function judgeReceived(probe: Probe<never, Ref<never>> | Probe, expected: Expected): Verdict {
  if (!(probe instanceof Probe)) throw new InvalidArgumentError("probe", probe, "a probe", "right: const probe = createProbe(system)")
  const wanted = readExpected(expected)
  const received: readonly unknown[] = probe.received
  const list = received.length === 0 ? "nothing came" : `it has: ${received.slice(-10).map(inShort).join(", ")}`
  return {
    holds: received.some((message) => wanted.fits(message)),
    text: `${String(probe)} was expected to have received ${wanted.text}, but ${list}.`,
    negated: `${String(probe)} was expected not to have received ${wanted.text}, but ${list}.`,
    compared: { actual: received, expected: [wanted.value] },
  }
}

/** A deadlock that was looked for, if there is one. */
export interface DeadlockVerdict extends Verdict {
  readonly error: DeadlockError | ExplorationError | undefined
}

/** Whether a body comes to a deadlock: in the shipped order, or with options, in some schedule that is explored. Any other failure is raised. */
export async function judgeDeadlock(body: Scenario, options: ExploreOptions | undefined): Promise<DeadlockVerdict> {
  const none = { holds: false, negated: "", error: undefined }
  try {
    if (options === undefined) {
      await simulate(body)
      return { ...none, text: "a deadlock was expected, but the body came to its end." }
    }
    const { schedules, strategy } = await explore(body, { diagramDirectory: false, ...options })
    return { ...none, text: `a deadlock was expected, but none of ${schedules} schedules came to one (${strategy}).` }
  } catch (error) {
    if (!(error instanceof DeadlockError) && !(error instanceof ExplorationError && error.kind === "deadlock")) throw error
    return { holds: true, text: "", negated: `no deadlock was expected, but there is one: ${error.message}`, error }
  }
}
