/** Classes that take calls from their own calls while they wait. */
import { all, call, type Operation, type Routine, sleep } from "@vivarium/core"
import { Actor, type CallError, ExitReason, type Ref, refuse, selfOf } from "@vivarium/actors"
import { describe, expect, it } from "vitest"
import { Node, nodes, root, type Step } from "./fixtures/nodes.ts"
import { Stage } from "./fixtures/stage.ts"

class Reentrant extends Node {
  static reentrant = true
}

describe("a reentrant class", () => {
  it("answers calls that come from its own calls, also around three, in all and in select", async () => {
    await using stage = new Stage()
    const [b, c] = nodes(stage, "b", "c") as [Ref<Node>, Ref<Node>]
    const a = stage.system.spawn(Reentrant)
    const ways: (() => Operation<unknown>)[] = [
      () => b.call.does(() => a.call.answer()),
      () => b.call.does(() => c.call.does(() => a.call.answer())),
      () => all([b.call.does(() => a.call.answer()), c.call.does(() => a.call.answer())]),
    ]
    for (const way of ways) expect([stage.outcome(() => a.call.does(way)).value].flat()).toContain("answer")
  })

  it("can be one by an option of its spawn", async () => {
    await using stage = new Stage()
    const a = stage.system.spawn(Node, { reentrant: true })
    const [b] = nodes(stage, "b") as [Ref<Node>]
    expect(stage.outcome(() => a.call.does(() => b.call.does(() => a.call.answer()))).value).toBe("answer")
  })

  it("still handles others one at a time", async () => {
    await using stage = new Stage()
    const a = stage.system.spawn(Reentrant)
    const [b] = nodes(stage, "b") as [Ref<Node>]
    const inside = stage.begin(() => a.call.does(() => b.call.does(() => sleep(5))))
    stage.pass()
    const stranger = stage.begin(() => a.call.answer())
    stage.pass()
    expect([inside.settled, stranger.settled]).toEqual([false, false])
    stage.pass(5)
    expect([inside.settled, stranger.value]).toEqual([true, "answer"])
  })

  it("knows in each method who has sent its message", async () => {
    await using stage = new Stage()
    const senders: unknown[] = []
    class Who extends Actor {
      *outer(b: Ref<Node>): Routine {
        senders.push(this.sender?.name)
        yield* b.call.does(() => selfOf<Who>(this).call.inner())
        senders.push(this.sender?.name)
      }
      *inner(): Routine {
        senders.push(this.sender?.name)
        yield* sleep(1)
        senders.push(this.sender?.name)
      }
      static reentrant = true
    }
    const who = stage.system.spawn(Who)
    const [b, z] = nodes(stage, "b", "z") as [Ref<Node>, Ref<Node>]
    stage.begin(() => z.call.does(() => who.call.outer(b)))
    stage.pass(1)
    expect(senders).toEqual(["z", "b", "b", "z"])
  })

  it("calls itself directly no more than others may", async () => {
    await using stage = new Stage()
    const a = stage.system.spawn(Reentrant)
    expect(root(stage.outcome(() => a.call.does((self) => selfOf(self).call.answer())).error).code).toBe("calling_self")
  })

  it("is told of a cycle that runs through the call that it handles meanwhile", async () => {
    await using stage = new Stage()
    const a = stage.system.spawn(Reentrant)
    const [b] = nodes(stage, "b") as [Ref<Node>]
    const { error } = stage.outcome(() => a.call.does(() => b.call.does(() => a.call.does(() => b.call.answer()))))
    expect(root(error).code).toBe("call_cycle")
    const c = stage.system.spawn(Reentrant)
    const d = stage.system.spawn(Reentrant)
    expect(stage.outcome(() => c.call.does(() => d.call.does(() => c.call.does(() => d.call.answer())))).value).toBe("answer")
  })

  it("ends whole: what it handles meanwhile is unwound, and its callers are told why", async () => {
    await using stage = new Stage()
    const log: string[] = []
    class Whole extends Reentrant {
      *logged(step: Step): Routine<unknown> {
        try {
          return yield* this.does(step)
        } finally {
          log.push("unwound")
        }
      }
      terminate() {
        log.push("terminate")
      }
    }
    const a = stage.system.spawn(Whole)
    const [b] = nodes(stage, "b") as [Ref<Node>]
    const outer = stage.begin(() => a.call.logged(() => b.call.does(() => a.call.logged(() => sleep(1000)))))
    stage.pass()
    a.exit(ExitReason.custom("rain"))
    stage.pass()
    expect(outer.error).toMatchObject({ code: "exit", reason: { kind: "custom", value: "rain" } })
    expect(log).toEqual(["unwound", "unwound", "terminate"])
    expect(stage.ends).toEqual(["rain", expect.stringMatching(/ended during logged\(\): custom "rain"/)])
  })

  it("crashes as a whole when a method fails that it handles meanwhile, but not when that refuses", async () => {
    await using stage = new Stage()
    const a = stage.system.spawn(Reentrant)
    const [b] = nodes(stage, "b") as [Ref<Node>]
    const fail = (error: Error): Operation<unknown> => call(() => { throw error })
    const refused = stage.outcome(() => a.call.does(() => b.call.does(function* () {
      try { return yield* a.call.does(() => fail(refuse(new Error("no")))) } catch (error) { return (error as CallError).code }
    })))
    expect([refused.value, a.alive]).toEqual(["refused", true])
    const crashed = stage.outcome(() => a.call.does(() => b.call.does(() => a.call.does(() => fail(new Error("stung"))))))
    expect([crashed.code, a.alive]).toEqual(["exit", false])
    expect((crashed.error as CallError).cause).toMatchObject({ message: "stung" })
  })
})
