/**
 * For vitest: import it for its effect, in a test file or in one of the `setupFiles`. It adds the matchers `toHaveNoLeaks`, `toExitWith`, `toHaveReceived` and `toDeadlock` to `expect`, and lets
 * `startSupervised` know which test runs.
 *
 * @module
 */
import type { Ref, System } from "@vivarium/actors"
import { MisuseError, type Scheduler } from "@vivarium/core"
import { expect, onTestFinished, TestRunner } from "vitest"
import { judgeExit } from "./assertions.ts"
import type { Expected } from "./expected.ts"
import type { ExpectedReason } from "./expected-reason.ts"
import { judgeDeadlock, judgeLeaks, judgeReceived } from "./judges.ts"
import type { ExploreOptions } from "./options.ts"
import type { Probe } from "./probe.ts"
import type { Scenario } from "./scenario.ts"
import { useRunner } from "./test-runner.ts"
import type { Verdict } from "./verdict.ts"
import type { WithinOptions } from "./within.ts"

/** The matchers that this entry adds to vitest's `expect`; `R` is what a matcher that does not wait gives. */
export interface VivariumMatchers<R> {
  /** Of a System: no process and no name is left. Of a Scheduler: no tasklet (but for the one that asks) and no timer. */
  toHaveNoLeaks(): R
  /** Of a reference: waits until the process has ended, 3,000 ms at most. The reason is a word, a reason, the class of an error or a function; by default any. */
  toExitWith(reason?: ExpectedReason, options?: WithinOptions): Promise<void>
  /** Of a probe: a message has come that is equal, fits the predicate, is of the class or fits the schema. It does not wait. Asymmetric matchers work. */
  toHaveReceived(message?: Expected): R
  /** Of a body: run as `simulate()` does, it comes to a deadlock; with options, some schedule of it does that `explore()` finds. Any other failure is raised as it is. */
  toDeadlock(options?: ExploreOptions): Promise<void>
}

declare module "vitest" {
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> extends VivariumMatchers<R> {}
}

expect.extend({
  toHaveNoLeaks: (received: System | Scheduler) => resultOf(judgeLeaks(received)),
  toExitWith: async (received: Ref<unknown>, reason?: ExpectedReason, options: WithinOptions = {}) => resultOf(await judgeExit(received, reason, options, 'expect(ref).toExitWith("normal", { withinMs: 1000 })')),
  toHaveReceived: (received: Probe, message?: Expected) => resultOf(judgeReceived(received, message)),
  toDeadlock: async (received: Scenario, options?: ExploreOptions) => resultOf(await judgeDeadlock(received, options)),
})

useRunner({
  current: () => {
    const test = TestRunner.getCurrentTest()
    if (test === undefined) return undefined
    if (test.concurrent === true) {
      throw new MisuseError("concurrent_test", `"${test.name}" runs concurrently with other tests, and vitest does not tell which of them calls. Hand over its context: it.concurrent("…", async (test) => { await startSupervised(Hive, { test }) }).`)
    }
    return { key: test, atEnd: (callback) => onTestFinished(callback) }
  },
})

function resultOf({ compared, holds, negated, text }: Verdict): { readonly pass: boolean; readonly message: () => string; readonly actual?: unknown; readonly expected?: unknown } {
  return { pass: holds, message: () => (holds ? negated : text), ...compared }
}
