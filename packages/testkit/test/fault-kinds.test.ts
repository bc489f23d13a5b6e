/** Faults of mailboxes, time, and of beginnings and ends. */
import { Actor, type Process } from "@vivarium/actors"
import { schedule, sleep, tasklet } from "@vivarium/core"
import { child, supervisor } from "@vivarium/supervision"
import { describe, expect, it } from "vitest"
import { explore } from "../src/index.ts"
import { asked, Bee, outcomesOf } from "./fixtures/faults.ts"

describe("fullMailbox", () => {
  it.each([
    ["suspend", ["1 true", "1 false"]],
    ["fail", ["1 true", "MailboxFullError false"]],
    ["dropNewest", ["1 true", "dropped false"]],
  ] as const)("is dealt with by the policy %s, and passes", async (overflow, outcomes) => {
    expect(await outcomesOf(function* ({ fault, system }) {
      const bee = yield* system.start(Bee, { mailbox: { overflow } })
      fault.fullMailbox(bee)
      yield* schedule()
      const sent = bee.cast.sleepFor(0)
      let answer: unknown
      try {
        answer = (yield* bee.call.gather()) as unknown
      } catch (error) {
        answer = (error as Error).name === "MailboxFullError" ? "MailboxFullError" : (error as { readonly code: string }).code
      }
      return `${String(answer)} ${sent}`
    }, 1)).toEqual([...outcomes].sort())
  })

  it("drops the oldest that is there", async () => {
    expect(await outcomesOf(function* ({ fault, system }) {
      const got: unknown[] = []
      const bee = system.spawn(function* (self: Process<number>) {
        yield* sleep(1)
        for (let left = 3; left > 0; left--) got.push(yield* self.receive())
      }, { mailbox: { overflow: "dropOldest" } })
      fault.fullMailbox(bee)
      bee.send(1)
      yield* schedule()
      bee.send(2)
      yield* schedule()
      bee.send(3)
      yield* sleep(2)
      return got.join()
    })).toEqual(["1,2,3", "2,3", "3"])
  })

  it("comes to none without a bound", async () => {
    const { schedules } = await explore(
      function* ({ fault, system }) {
        const bee = yield* system.start(Bee, { mailbox: { capacity: Infinity } })
        fault.fullMailbox(bee)
        yield* schedule()
      },
      { strategy: "delayBounded", bound: 0 },
    )
    expect(schedules).toBe(1)
  })
})

describe("slow", () => {
  it("holds one back until nothing else can run, at the cost of one delay", async () => {
    const orders = await outcomesOf(function* ({ fault }) {
      const order: string[] = []
      const bees = ["a", "b"].map((name) =>
        tasklet({ name }, function* () {
          for (let turn = 0; turn < 3; turn++) {
            order.push(name)
            yield* schedule()
          }
        }),
      )
      fault.slow(bees[0] as never)
      for (const bee of bees) yield* bee
      return order.join("")
    })
    expect(orders).toContain("bbbaaa")
    expect(orders).toContain("abbbaa")
    expect(orders).toContain("ababab")
  })

  it("does not let those poll for ever who wait for what it does", async () => {
    const { exhausted } = await explore(
      function* ({ fault }) {
        let done = false
        const bee = tasklet(function* () {
          yield* schedule()
          done = true
        })
        fault.slow(bee)
        while (!done) yield* schedule()
      },
      { strategy: "delayBounded", bound: 1, maxSwitches: 500 },
    )
    expect(exhausted).toBe(true)
  })
})

describe("time", () => {
  it("lateTimers: the next timer and the one after it are due together", async () => {
    expect(await outcomesOf(function* ({ clock, fault }) {
      fault.lateTimers()
      const at: number[] = []
      const sleepers = [10, 20, 30].map((ms) =>
        tasklet(function* () {
          yield* sleep(ms)
          at.push(clock.now())
        }),
      )
      for (const sleeper of sleepers) yield* sleeper
      return at.join()
    })).toEqual(["10,20,30", "10,30,30", "20,20,30"])
  })

  it("clockJump: time moves on while there is something to run", async () => {
    expect(await outcomesOf(function* ({ clock, fault }) {
      fault.clockJump(5000)
      const other = tasklet(schedule)
      yield* schedule()
      yield* other
      return clock.now()
    })).toEqual([0, 5000])
  })
})

describe("init and cleanUp", () => {
  it("init: a start fails, and a supervisor tries again", async () => {
    expect(await outcomesOf(function* ({ fault, system }) {
      fault.init(Bee, new Error("no wings"))
      return yield* asked(function* () {
        return `${(yield* system.start(Bee)).id}`
      })
    })).toEqual(["1", "error"])
    expect(await outcomesOf(function* ({ fault, system }) {
      const top = yield* system.start(supervisor({ children: [child(Bee, { id: "bee" })] }))
      fault.init(Bee, undefined, { times: Infinity })
      top.child("bee", Bee)?.exit({ kind: "kill" })
      yield* sleep(1)
      return top.alive ? `#${top.child("bee", Bee)?.id}` : "gave up"
    }, 3)).toEqual(["#3", "#4", "#5", "gave up"])
  })

  it("cleanUp: terminate raises, which is the reason of the end; so does the last finally of a raw process", async () => {
    class Tidy extends Actor {
      tidy = false
      terminate(): void {
        tidied++
      }
    }
    let tidied = 0
    const reasons = await outcomesOf(function* ({ fault, system }) {
      tidied = 0
      fault.cleanUp(Tidy, new Error("spilt"))
      const bee = yield* system.start(Tidy)
      const end = yield* asked(() => bee.stop() as never)
      return `${end} ${tidied}`
    })
    expect(reasons).toEqual(["error 0", "undefined 1"])
    expect(await outcomesOf(function* ({ fault, system }) {
      const raw = system.spawn(function* (self: Process) {
        yield* self.receive()
      }, { name: "raw" })
      fault.cleanUp("raw")
      yield* schedule()
      raw.send("end" as never)
      return yield* asked(() => raw.stop() as never)
    })).toEqual(expect.arrayContaining(["error", "undefined"]))
  })

  it("cleanUp comes to no actor without terminate, and init to no other class", async () => {
    class Other extends Actor {}
    const { schedules } = await explore(
      function* ({ fault, system }) {
        fault.cleanUp(Other)
        fault.init(Bee)
        yield* (yield* system.start(Other)).stop()
      },
      { strategy: "delayBounded", bound: 1 },
    )
    const { schedules: without } = await explore(
      function* ({ system }) {
        yield* (yield* system.start(Other)).stop()
      },
      { strategy: "delayBounded", bound: 1 },
    )
    expect(schedules).toBe(without)
  })
})
