/** Tests, as their runners know them: which one runs, and when it has ended. */
import { InvalidArgumentError } from "@vivarium/core"

/** The context that vitest or node:test hands to a test function. */
export type TestHandle = { onTestFinished(callback: () => unknown): unknown } | { after(callback: () => unknown): unknown }

/** A test that runs. */
export interface RunningTest {
  /** The same for as long as it runs. */
  readonly key: object
  /** Calls back once when it has ended, before it is judged, and waits for that. */
  readonly atEnd: (callback: () => Promise<void>) => void
}

/** Knows which test calls, if any. */
export interface TestRunner {
  current(): RunningTest | undefined
}

interface Shared {
  runner: TestRunner | null
}

// Shared by all copies of this package: a test file may load it as ESM, and its helpers as CJS.
const anchor: symbol = Symbol.for("vivarium.testkit")
const globals = globalThis as unknown as Record<symbol, Shared | undefined>
const shared = (globals[anchor] ??= { runner: null })

/** From now on this one is asked. */
export function useRunner(runner: TestRunner): void {
  shared.runner = runner
}

/** The test that calls, if a runner is known and knows it. */
export function currentTest(): RunningTest | undefined {
  return shared.runner?.current()
}

/** The test of a context. */
export function readTest(test: unknown): RunningTest {
  if ((typeof test === "object" || typeof test === "function") && test !== null) {
    if ("onTestFinished" in test && typeof test.onTestFinished === "function") {
      const context = test as { onTestFinished(callback: () => unknown): unknown; readonly task?: object }
      return { key: context.task ?? context, atEnd: (callback) => void context.onTestFinished(callback) }
    }
    if ("after" in test && typeof test.after === "function") {
      const context = test as { after(callback: () => unknown): unknown }
      return { key: context, atEnd: (callback) => void context.after(callback) }
    }
  }
  throw new InvalidArgumentError("test", test, "the context of a test, as vitest and node:test hand it to the test function", 'right: it("lives", async (test) => { await startSupervised(Hive, { test }) })')
}
