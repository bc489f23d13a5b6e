/** A busy process gives way after a budget of messages, so nobody starves. */
import { schedule, type Routine } from "@vivarium/core"
import { Actor, after, on, type Process, selfOf, type Ref } from "@vivarium/actors"
import { describe, expect, it } from "vitest"
import { Stage } from "./fixtures/stage.ts"

/** Never runs out of work: each message is the reason for the next. */
class Busy extends Actor {
  count = 0
  by = "cast"
  work() {
    this.count++
    if (this.by === "cast") selfOf<Busy>(this).cast.work()
    else this.self.send("work")
  }
  info() {
    this.work()
  }
}

/** Counts how often it has had a turn; stops everything after ten. */
function* bystander(turns: number[], busy: Ref<Busy>[], counted: () => number): Routine {
  for (let turn = 0; turn < 10; turn++) {
    yield* schedule()
    turns.push(counted())
  }
  for (const one of busy) one.exit({ kind: "kill" })
}

describe("with messageBudget 100", () => {
  it("an actor that sends itself one message after the other handles a hundred a turn", async () => {
    await using stage = new Stage({ messageBudget: 100 })
    let count = 0
    class Seen extends Busy {
      override work() {
        super.work()
        count++
      }
    }
    const busy = stage.system.spawn(Seen)
    busy.cast.work()
    const turns: number[] = []
    stage.scheduler.tasklet(() => bystander(turns, [busy as Ref<Busy>], () => count))
    stage.pass()
    expect(turns.slice(1).map((count, index) => count - (turns[index] as number))).toEqual(Array.from({ length: 9 }, () => 100))
  })

  it("two that keep each other busy do not keep a third from its messages", async () => {
    await using stage = new Stage({ messageBudget: 100 })
    const got: number[] = []
    const [one, two] = [stage.system.spawn(Busy), stage.system.spawn(Busy)]
    const third = stage.system.spawn(function* (self: Process<number>) {
      for (;;) {
        got.push(yield* self.receive())
        if (got.length < 10) self.self.send(got.length)
        else for (const busy of [one, two]) busy.exit({ kind: "kill" })
      }
    })
    one.cast.work()
    two.send("work")
    third.send(0)
    stage.pass()
    expect(got).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  it.each<[string, (self: Process<string>) => Routine<unknown>]>([
    ["receive()", (self) => self.receive()[Symbol.iterator]() as Routine<unknown>],
    ["a guard", (self) => self.receive((message: string) => message === "work")[Symbol.iterator]() as Routine<unknown>],
    ["clauses", (self) => self.receive(on((_message: unknown) => true, () => 1), after(1000, () => 2))[Symbol.iterator]() as Routine<unknown>],
  ])("a raw process whose mailbox never empties gives way, too: %s", async (_name, receive) => {
    await using stage = new Stage({ messageBudget: 100 })
    let count = 0
    const raw = stage.system.spawn(function* (self: Process<string>) {
      for (;;) {
        self.self.send("work")
        yield* receive(self)
        count++
      }
    })
    const turns: number[] = []
    stage.scheduler.tasklet(function* (): Routine {
      for (let turn = 0; turn < 10; turn++) {
        yield* schedule()
        turns.push(count)
      }
      raw.exit({ kind: "kill" })
    })
    stage.pass()
    expect(turns.slice(1).map((total, index) => total - (turns[index] as number))).toEqual(Array.from({ length: 9 }, () => 100))
  })
})

describe("a message that a raw process has been given while it gave way", () => {
  it("is unread again if it is killed just then", async () => {
    await using stage = new Stage({ messageBudget: 2 })
    const got: unknown[] = []
    const raw = stage.system.spawn(function* (self: Process<number>) {
      for (;;) got.push(yield* self.receive())
    })
    for (const message of [1, 2, 3]) raw.send(message)
    stage.scheduler.tasklet(() => raw.exit({ kind: "kill" }))
    stage.pass()
    expect(got).toEqual([1])
    expect(stage.lost).toEqual(["message 2 unread", "message 3 unread"])
  })
})

describe("the default budget", () => {
  it("is 1,000 messages", async () => {
    await using stage = new Stage()
    const order: string[] = []
    class Counter extends Actor {
      count = 0
      work() {
        if (++this.count % 500 === 0) order.push(`${this.self.name} ${this.count}`)
      }
    }
    const [a, b] = [stage.system.spawn(Counter, { name: "a" }), stage.system.spawn(Counter, { name: "b" })]
    for (let count = 0; count < 2000; count++) {
      a.cast.work()
      b.cast.work()
    }
    stage.pass()
    expect(order).toEqual(["a 500", "a 1000", "b 500", "b 1000", "a 1500", "a 2000", "b 1500", "b 2000"])
  })

  it("begins anew when the actor has had nothing to do", async () => {
    await using stage = new Stage({ messageBudget: 3 })
    const switches = (): number => stage.scheduler.statistics().switches
    const busy = stage.system.spawn(class extends Actor { work() {} })
    stage.pass()
    const perRound: number[] = []
    for (let round = 0; round < 3; round++) {
      const before = switches()
      busy.cast.work()
      busy.cast.work()
      stage.pass()
      perRound.push(switches() - before)
    }
    expect(perRound).toEqual([1, 1, 1])
  })
})
