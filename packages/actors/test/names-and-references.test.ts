/** Names, and what others hold of a process. */
import { Actor, ExitReason, NameTakenError, named, type Ref, selfOf, type Via } from "@vivarium/actors"
import { describe, expect, it } from "vitest"
import { Stage } from "./fixtures/stage.ts"

/** Its `init` does what it is told. */
class Child extends Actor {
  static born = 0
  init(how?: (self: Child) => unknown): unknown {
    Child.born++
    return how?.(this)
  }
  hello() {
    return "hello"
  }
}

describe("a name", () => {
  it("can be anywhere that registers and resolves", async () => {
    await using stage = new Stage()
    const held = new Map<string, Ref<unknown>>()
    const via: Via = {
      describe: "map/child",
      register: (ref) => {
        if (held.get("child")?.alive === true) throw new NameTakenError("map/child", held.get("child"))
        held.set("child", ref)
      },
      resolve: () => held.get("child"),
    }
    const ref = stage.system.spawn(Child, { name: via })
    expect(held.get("child")).toBe(ref)
    expect(() => stage.system.spawn(Child, { name: via })).toThrow(NameTakenError)
    expect(stage.outcome(() => stage.system.start(Child, { name: via })).code).toBe("already_started")
    expect(stage.outcome(() => named(Child, via).call.hello()).value).toBe("hello")
    expect(String(named(Child, via))).toBe('Child "map/child"')
    expect(stage.system.statistics()).toMatchObject({ spawned: 1, names: 0 })
  })

  it("used by named() is looked up each time: before, during and after a life, and in the next one", async () => {
    await using stage = new Stage()
    const child = named(Child, "child", { system: stage.system })
    expect([child.alive, child.id, child.name, child.cast.hello(), child.send("x")]).toEqual([false, 0, "child", false, false])
    expect(stage.outcome(() => child.call.hello()).code).toBe("noproc")
    expect(stage.outcome(() => child.stop()).code).toBe("noproc")
    stage.system.spawn(Child, { name: "child" })
    expect(stage.outcome(() => child.call.hello()).value).toBe("hello")
    child.exit(ExitReason.kill)
    stage.pass()
    expect(child.alive).toBe(false)
    stage.system.spawn(Child, { name: "child" })
    expect(stage.outcome(() => child.call.hello()).value).toBe("hello")
    expect(stage.letters.map(({ because, to }) => [to, because])).toEqual([["child", "dead"], ["child", "dead"]])
  })

  it("of the own system is found inside of processes, whatever systems there are", async () => {
    await using stage = new Stage()
    await using other = new Stage()
    stage.system.spawn(Child, { name: "child" })
    class Asker extends Actor {
      ask() {
        return named(Child, "child").call.hello()
      }
    }
    const [here, there] = [stage.system.spawn(Asker), other.system.spawn(Asker)]
    expect(stage.outcome(() => here.call.ask()).value).toBe("hello")
    expect(other.outcome(() => there.call.ask()).error).toMatchObject({ cause: { code: "noproc" } })
    expect(() => named(Child, "child").alive).toThrow(/the name "child" is used outside of any actor while \d systems run.*named\(Child, "child", \{ system \}\)/)
  })
})

describe("a reference", () => {
  it("is a value: the same for the same process, never thenable, a word in JSON", async () => {
    await using stage = new Stage()
    class Mirror extends Actor {
      mine() {
        return this.self
      }
      typed() {
        return selfOf<Mirror>(this)
      }
    }
    const ref = stage.system.spawn(Mirror, { name: "mirror" })
    expect(stage.outcome(() => ref.call.mine()).value).toBe(ref)
    expect(stage.outcome(() => ref.call.typed()).value).toBe(ref)
    expect("then" in ref).toBe(false)
    expect((ref.call as { then?: unknown }).then).toBeUndefined()
    expect(JSON.stringify({ ref })).toBe('{"ref":"Mirror \\"mirror\\" (#1)"}')
    expect(await Promise.resolve(ref)).toBe(ref)
    expect(ref).not.toEqual(stage.system.spawn(Mirror))
  })
})
