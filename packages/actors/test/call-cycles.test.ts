/** Who waits for whom: a cycle is reported when the call is made that would close it. Time stands still in all these tests. */
import { all, call, type Operation, type Routine, select, sleep } from "@vivarium/core"
import { Actor, type CallError, named, type Process, type Ref, selfOf } from "@vivarium/actors"
import { describe, expect, it } from "vitest"
import { Node, nodes, root } from "./fixtures/nodes.ts"
import { Stage } from "./fixtures/stage.ts"

describe("a call is refused at once", () => {
  it("to itself, from a generator, a plain method that returns the operation, and an async method that says who it is", async () => {
    await using stage = new Stage()
    const ways: readonly ((one: Ref<Node>) => Operation<unknown>)[] = [
      (one) => one.call.does((self) => selfOf(self).call.answer()),
      (one) => one.call.waits((self) => selfOf(self).call.answer()),
      (one) => one.call.doesLater((self) => selfOf(self).with({ from: self }).call.answer()),
    ]
    for (const way of ways) {
      const one = stage.system.spawn(Node, { label: "narcissus" })
      const outcome = stage.begin(() => way(one))
      await stage.turns()
      expect(outcome.code).toBe("exit")
      expect(root(outcome.error)).toMatchObject({ code: "calling_self", method: "answer", reason: { kind: "custom", value: "calling_self" } })
      expect(String(root(outcome.error))).toMatch(/Node "narcissus" \(#\d\) called its own answer\(\).*this\.answer\(\)/)
    }
    expect(stage.clock.now()).toBe(0)
  })

  it("to itself by its name", async () => {
    await using stage = new Stage()
    const [one] = nodes(stage, "one") as [Ref<Node>]
    const { error } = stage.outcome(() => one.call.does(() => named(Node, "one").call.answer()))
    expect(root(error).code).toBe("calling_self")
  })

  it("back to who called, with the path in words; both survive if it is caught", async () => {
    await using stage = new Stage()
    const [a, b] = nodes(stage, "a", "b") as [Ref<Node>, Ref<Node>]
    const { value } = stage.outcome(() =>
      a.call.does(() =>
        b.call.does(function* () {
          try {
            return yield* a.call.answer()
          } catch (error) {
            return error
          }
        }),
      ),
    )
    expect(value).toMatchObject({ code: "call_cycle", callee: 'Node "a" (#1)', method: "answer", reason: { kind: "custom", value: "call_cycle" } })
    expect(String(value)).toMatch(/answer\(\) of Node "a" \(#1\) would never be answered.*Node "b" \(#2\) -> Node "a" \(#1\) -> Node "b" \(#2\).*replyLater\(\)/)
    expect([a.alive, b.alive]).toEqual([true, true])
  })

  it("around three, four and ten actors", async () => {
    await using stage = new Stage()
    for (const length of [3, 4, 10]) {
      const ring = Array.from({ length }, () => stage.system.spawn(Node))
      const next = (index: number): Operation<unknown> => {
        const callee = ring[index % length] as Ref<Node>
        return index === length ? callee.call.answer() : callee.call.does(() => next(index + 1))
      }
      const { error } = stage.outcome(() => next(0))
      expect(root(error).code).toBe("call_cycle")
      expect(String(root(error)).match(/ -> /g)).toHaveLength(length)
    }
  })

  it.each<[string, (op: Operation<unknown>) => Operation<unknown>]>([
    ["all", (op) => all([sleep(1), op])],
    ["select", (op) => select({ op, late: sleep(1000) })],
    ["call", (op) => call(function* () { return yield* op })],
    ["all inside of select", (op) => select({ one: all([op]), late: sleep(1000) })],
  ])("in a branch of %s, on either side", async (_name, within) => {
    await using stage = new Stage()
    for (const side of [0, 1, 2]) {
      const [a, b] = [stage.system.spawn(Node), stage.system.spawn(Node)] as const
      const back = (): Operation<unknown> => (side > 0 ? within(a.call.answer()) : a.call.answer())
      const there = (): Operation<unknown> => b.call.does(back)
      const outcome = stage.begin(() => a.call.does(() => (side < 2 ? within(there()) : there())))
      stage.pass()
      expect(outcome.settled).toBe(true)
      expect(root(outcome.error).code).toBe("call_cycle")
    }
  })

  it("in async methods that say who they are", async () => {
    await using stage = new Stage()
    const [a, b] = nodes(stage, "a", "b") as [Ref<Node>, Ref<Node>]
    const outcome = stage.begin(() =>
      a.call.doesLater((self) => b.with({ from: self }).call.doesLater((other) => a.with({ from: other }).call.answer())),
    )
    await stage.turns(9)
    expect(root(outcome.error).code).toBe("call_cycle")
  })

  it("when it would queue behind the call that it is part of", async () => {
    await using stage = new Stage()
    const [a, b] = nodes(stage, "a", "b") as [Ref<Node>, Ref<Node>]
    // b is busy with somebody else while a's call waits in its mailbox; then b calls a.
    const gate = stage.scheduler.channel<void>()
    const first = stage.begin(() => b.call.does(function* () { yield* gate.receive(); return yield* a.call.answer() }))
    stage.pass()
    const second = stage.begin(() => a.call.does(() => b.call.answer()))
    stage.pass()
    gate.trySend()
    stage.pass()
    expect(root(first.error).code).toBe("call_cycle")
    expect(second.code).toBe("exit")
  })

  it("from init, to who waits for the start", async () => {
    await using stage = new Stage()
    class Child extends Actor {
      *init(parent: Ref<Node>): Routine {
        yield* parent.call.answer()
      }
    }
    for (const start of [false, true]) {
      const parent = stage.system.spawn(Node)
      const outcome = stage.begin(() => parent.call.does((self) => (start ? self.startLink(Child, { args: [parent] }) : self.start(Child, { args: [parent] }))))
      stage.pass()
      expect(root(outcome.error).code).toBe("call_cycle")
    }
  })

  it("to who waits for room in the caller's mailbox, and the other way round", async () => {
    await using stage = new Stage()
    const small = stage.system.spawn(Node, { mailbox: { capacity: 1 } })
    const other = stage.system.spawn(Node)
    const gate = stage.scheduler.channel<void>()
    const holding = stage.begin(() => small.call.does(function* () { yield* gate.receive(); return yield* other.call.answer() }))
    stage.pass()
    small.send("fills it")
    const posting = stage.begin(() => other.call.does(() => small.with({ wait: true }).send("one more")))
    stage.pass()
    gate.trySend()
    stage.pass()
    expect(root(holding.error).code).toBe("call_cycle")
    expect(posting.value).toBe(false)

    const [full, caller] = [stage.system.spawn(Node, { mailbox: { capacity: 1 } }), stage.system.spawn(Node)]
    const { error } = stage.outcome(() => full.call.does(() => (full.send("fills it"), caller.call.does(() => full.with({ wait: true }).send("one more")))))
    expect(root(error)).toMatchObject({ code: "call_cycle", method: "" })
    expect(String(root(error))).toMatch(/waiting for room would never end/)
  })

  it("from terminate, to who waits for the end", async () => {
    await using stage = new Stage()
    const found: unknown[] = []
    class Loud extends Actor {
      boss!: Ref<Node>
      init(boss: Ref<Node>) {
        this.boss = boss
      }
      *terminate(): Routine {
        try {
          yield* this.boss.call.answer()
        } catch (error) {
          found.push((error as CallError).code)
        }
      }
    }
    const boss = stage.system.spawn(Node)
    const loud = stage.system.spawn(Loud, { args: [boss] })
    const outcome = stage.outcome(() => boss.call.does(() => loud.stop()))
    expect([outcome.code, found]).toEqual([undefined, ["call_cycle"]])
  })

  it("for the state of itself, and of who waits for it", async () => {
    await using stage = new Stage()
    const [a, b] = nodes(stage, "a", "b") as [Ref<Node>, Ref<Node>]
    const itself = stage.outcome(() => stage.system.spawn(Node).call.does((self) => self.self.getState()))
    expect(root(itself.error)).toMatchObject({ code: "calling_self", method: "getState" })
    const caller = stage.outcome(() => a.call.does(() => b.call.does(() => a.getState())))
    expect(root(caller.error)).toMatchObject({ code: "call_cycle", method: "getState" })
  })
})

describe("waiting for a request is refused at once", () => {
  it("by whoever has sent it to itself", async () => {
    await using stage = new Stage()
    const [a] = nodes(stage, "a") as [Ref<Node>]
    const { error } = stage.outcome(() => a.call.does((self) => selfOf(self).request.answer()))
    expect(root(error)).toMatchObject({ code: "calling_self", method: "answer" })
  })

  it("where the callee waits for the one that waits, be it by a call or a request; alone or in a select", async () => {
    for (const wait of [(pending: Operation<unknown>) => pending, (pending: Operation<unknown>) => select({ pending })]) {
      for (const back of [(a: Ref<Node>) => a.call.answer(), (a: Ref<Node>) => a.request.answer()]) {
        await using stage = new Stage()
        const [a, b] = nodes(stage, "a", "b") as [Ref<Node>, Ref<Node>]
        const { error } = stage.outcome(() =>
          a.call.does(function* () {
            const pending = b.request.does(() => back(a))
            yield* wait(pending)
          }),
        )
        expect(root(error)).toMatchObject({ code: "call_cycle" })
      }
    }
  })

  it("not where it will be answered later, nor when the wait has been given up", async () => {
    await using stage = new Stage()
    const [a, b] = nodes(stage, "a", "b") as [Ref<Node>, Ref<Node>]
    const given = stage.begin(() =>
      a.call.does(function* () {
        const pending = b.request.does(function* () {
          yield* sleep(20)
          return "late"
        })
        const early = yield* select({ pending, early: sleep(5) })
        return early.key
      }),
    )
    stage.pass(5)
    expect(given.value).toBe("early")
    const back = stage.begin(() => b.call.does(() => a.call.answer()))
    stage.pass(20)
    expect(back.value).toBe("answer")
  })
})

describe("no cycle is", () => {
  it("a call to somebody who is busy with others", async () => {
    await using stage = new Stage()
    const [a, b, c] = nodes(stage, "a", "b", "c") as [Ref<Node>, Ref<Node>, Ref<Node>]
    const { value } = stage.outcome(() => all([a.call.does(() => c.call.does(() => b.call.answer())), a.call.does(() => b.call.does(() => c.call.answer()))]))
    expect(value).toEqual(["answer", "answer"])
  })

  it("a call back after the first one was answered, or has timed out", async () => {
    await using stage = new Stage()
    const [a, b] = nodes(stage, "a", "b") as [Ref<Node>, Ref<Node>]
    expect(stage.outcome(() => a.call.does(() => b.call.answer())).value).toBe("answer")
    expect(stage.outcome(() => b.call.does(() => a.call.answer())).value).toBe("answer")
    const calledBack = stage.begin(() =>
      b.call.does(function* () {
        yield* sleep(10)
        return yield* a.call.answer()
      }),
    )
    stage.begin(() =>
      a.call.does(function* () {
        try {
          yield* b.with({ timeoutMs: 5 }).call.answer()
        } catch {}
      }),
    )
    stage.pass(10)
    expect(calledBack.value).toBe("answer")
  })

  it("a call back to who waits for an answer that was put off", async () => {
    await using stage = new Stage()
    class Desk extends Actor {
      ask(who: Ref<Node>) {
        const later = this.replyLater<unknown>()
        const asked = stage.begin(() => who.with({ timeoutMs: 5 }).call.answer())
        this.sendAfter(6, () => later.reply(asked.code))
        return later
      }
      info(step: () => void) {
        step()
      }
    }
    const desk = stage.system.spawn(Desk)
    const [a] = nodes(stage, "a") as [Ref<Node>]
    const outcome = stage.begin(() => a.call.does(() => desk.call.ask(a)))
    stage.pass(5)
    stage.pass(1)
    expect(outcome.value).toBe("timeout")
  })

  it("a cast, a request that nobody waits for yet, or a bare call of an async method: its net is the time-out", async () => {
    await using stage = new Stage({ callTimeoutMs: 50 })
    const [a, b] = nodes(stage, "a", "b") as [Ref<Node>, Ref<Node>]
    const asked = stage.outcome(() =>
      a.call.does(function* (self) {
        const own = selfOf(self).request.answer()
        const other = b.request.does(() => a.call.answer())
        return [own.settled, other.settled]
      }),
    )
    expect(asked.value).toEqual([false, false])
    stage.pass()
    const bare = stage.begin(() => stage.system.spawn(Node).call.doesLater((self) => selfOf(self).with({ timeoutMs: 7 }).call.answer()))
    // An awaited operation lets virtual time jump to the next timer.
    await stage.turns()
    expect(root(bare.error).code).toBe("timeout")
    expect(bare.at).toBe(7)
  })

  it("two raw processes that call two actors each", async () => {
    await using stage = new Stage()
    const [a, b] = nodes(stage, "a", "b") as [Ref<Node>, Ref<Node>]
    const got: unknown[] = []
    for (const [one, two] of [[a, b], [b, a]] as const) {
      stage.system.spawn(function* (_self: Process) {
        got.push(yield* all([one.call.answer(), two.call.answer()]))
      })
    }
    stage.pass()
    expect(got).toEqual([["answer", "answer"], ["answer", "answer"]])
  })
})
