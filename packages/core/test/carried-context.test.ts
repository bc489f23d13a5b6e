import { group, main, sleep, timeout, until } from "@vivarium/core"
import { AsyncLocalStorage } from "node:async_hooks"
import { describe, expect, it } from "vitest"

describe("a carried context", () => {
  it("goes with a group's body and with started cases", async () => {
    const storage = new AsyncLocalStorage<string>()
    const seen: (string | undefined)[] = []
    const context = storage.run("hive", () => AsyncLocalStorage.snapshot())
    await main({ context }, function* () {
      yield* group(function* () {
        seen.push(storage.getStore())
        yield* sleep(0)
        seen.push(storage.getStore())
      })
      yield* timeout(1000, until(async () => seen.push(storage.getStore())))
    })
    expect(seen).toEqual(["hive", "hive", "hive"])
  })
})
