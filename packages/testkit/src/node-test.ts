/**
 * For node:test: import it for its effect, and `startSupervised` knows which test runs.
 *
 * @module
 */
import { AsyncLocalStorage } from "node:async_hooks"
import * as nodeTest from "node:test"
import { readTest, type RunningTest, type TestHandle, useRunner } from "./test-runner.ts"

/** What only newer versions of Node have. */
const { getTestContext } = nodeTest as { readonly getTestContext?: () => TestHandle | undefined }

/** In older ones a test is known from its first use on, by what it awaits. */
const running = new AsyncLocalStorage<RunningTest>()

function current(): RunningTest | undefined {
  if (getTestContext !== undefined) {
    const context = getTestContext()
    return context === undefined ? undefined : readTest(context)
  }
  const known = running.getStore()
  if (known !== undefined) return known
  const test = { key: {}, atEnd: (callback: () => Promise<void>): void => nodeTest.after(callback) }
  running.enterWith(test)
  return test
}

useRunner({ current })
