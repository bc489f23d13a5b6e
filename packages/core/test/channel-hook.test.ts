import { Scheduler, select } from "@vivarium/core"
import { describe, expect, it } from "vitest"

describe("the channel hook", () => {
  it("is told of the cases of a select that parks, and of trySelect", () => {
    const scheduler = new Scheduler()
    const rose = scheduler.channel<number>({ name: "rose" })
    const told: string[] = []
    const tool = scheduler.instrument({
      channel: ({ action, tasklet: actor, willBlock }) => told.push(`${actor?.name ?? "outside"} ${action} ${willBlock ? "blocks" : "goes on"}`),
    })
    scheduler.tasklet({ name: "bee" }, function* () {
      yield* select({ take: rose.receive(), tick: scheduler.sleep(1000) })
    })
    scheduler.run()
    rose.trySend(1)
    tool[Symbol.dispose]()
    expect(told).toEqual(["bee receive blocks", "outside send goes on"])
  })
})
