/** The last words of an actor: `terminate`, and how it ends itself. */
import { all, call, schedule, sleep, type Routine } from "@vivarium/core"
import { Actor, ExitReason, type Process, type Ref } from "@vivarium/actors"
import { describe, expect, it } from "vitest"
import { watcher } from "./fixtures/mortal.ts"
import { Stage, wordOf } from "./fixtures/stage.ts"

describe("terminate", () => {
  it.each(["normal", "shutdown", "custom", "error", "stop", "crash", "parent"])("runs once when it ends by %s", async (way) => {
    await using stage = new Stage()
    const reasons: unknown[] = []
    class Child extends Actor {
      crash() {
        throw new Error("stung")
      }
      leave() {
        this.stop(ExitReason.custom("left"))
      }
      terminate(reason: ExitReason) {
        reasons.push(wordOf(reason))
      }
    }
    let child: Ref<Child> | undefined
    const parent = stage.system.spawn(function* (self: Process) {
      child = self.spawnLink(Child, { trapExit: way === "parent" })
      yield* self.receive()
    })
    stage.pass()
    const ref = child as Ref<Child>
    const ways: Record<string, () => void> = {
      normal: () => void stage.outcome(() => ref.stop()),
      shutdown: () => ref.exit(ExitReason.shutdown),
      custom: () => ref.exit(ExitReason.custom("rain")),
      error: () => ref.exit(ExitReason.error(new Error("sent"))),
      stop: () => ref.cast.leave(),
      crash: () => ref.cast.crash(),
      parent: () => void parent.send("end"),
    }
    ways[way]?.()
    stage.pass()
    expect(reasons).toEqual([{ normal: "normal", shutdown: "shutdown", custom: "rain", error: "sent", stop: "left", crash: "stung", parent: "normal" }[way]])
  })

  it("does not run when it is killed, or when init has not succeeded", async () => {
    await using stage = new Stage()
    const reasons: unknown[] = []
    class Child extends Actor {
      init(how?: string) {
        if (how === "throw") throw new Error("stung")
        return how === "wait" ? sleep(1000) : undefined
      }
      terminate(reason: ExitReason) {
        reasons.push(wordOf(reason))
      }
    }
    const killed = stage.system.spawn(Child)
    stage.system.spawn(Child, { args: ["throw"] })
    const waits = stage.system.spawn(Child, { args: ["wait"] })
    const unborn = stage.system.spawn(Child)
    unborn.exit(ExitReason.shutdown)
    stage.pass()
    killed.exit(ExitReason.kill)
    waits.exit(ExitReason.shutdown)
    stage.pass()
    expect([reasons, stage.system.processes]).toEqual([[], []])
  })

  it("that fails gives the reason, and the end goes on", async () => {
    await using stage = new Stage()
    const log: string[] = []
    class Bad extends Actor {
      bye() {
        this.stop()
        return "bye"
      }
      async terminate() {
        await Promise.resolve()
        throw new Error("in terminate")
      }
    }
    const bad = stage.system.spawn(Bad, { name: "bad" })
    watcher(stage, log, bad, "bad")
    stage.pass()
    const bye = stage.begin(() => bad.call.bye())
    await stage.turns()
    expect(bye.value).toBe("bye")
    expect(log).toEqual(["exit of Bad \"bad\" (#1): in terminate, the name is free", "down of Bad \"bad\" (#1): in terminate, the name is free"])
  })

  it("may call, cast, send, wait and spawn; its child is an orphan", async () => {
    await using stage = new Stage()
    class Server extends Actor {
      answer() {
        return 42
      }
    }
    const server = stage.system.spawn(Server)
    const got: unknown[] = []
    class Busy extends Actor {
      *terminate() {
        got.push(yield* server.call.answer())
        yield* sleep(5)
        got.push(this.spawn(Server).alive, this.children.length)
      }
    }
    const busy = stage.system.spawn(Busy)
    const stopped = stage.begin(() => busy.stop())
    stage.pass(5)
    expect([got, stopped.at]).toEqual([[42, true, 1], 5])
    expect(stage.system.processes.map(String)).toEqual(["Server #1", "Server #3"])
  })
})

describe("this.stop(reason)", () => {
  it("lets the method run to its end; terminate runs before the answer is given, and nothing unread is handled", async () => {
    await using stage = new Stage()
    const log: string[] = []
    class Leaver extends Actor {
      *leave() {
        this.stop(ExitReason.custom("done"))
        log.push(`alive ${this.self.alive}`)
        yield* sleep(1)
        return "answer"
      }
      later() {
        log.push("never")
      }
      terminate() {
        log.push("terminate")
      }
    }
    const leaver = stage.system.spawn(Leaver)
    const left = stage.begin(function* () {
      const value = yield* leaver.call.leave()
      log.push("answered")
      return value
    })
    stage.pass()
    const unread = stage.begin(() => leaver.call.later())
    stage.pass(1)
    expect([left.value, log, unread.code]).toEqual(["answer", ["alive true", "terminate", "answered"], "exit"])
  })

  it("performed with yield* never resumes: finally blocks run, there is no answer", async () => {
    await using stage = new Stage()
    const log: string[] = []
    class Leaver extends Actor {
      *leave(): Routine {
        try {
          try {
            yield* this.stop(ExitReason.custom("done"))
            log.push("never")
          } catch {
            log.push("not caught")
          }
        } finally {
          log.push("finally")
        }
      }
      *deep(): Routine {
        yield* all([call(() => this.leave()), sleep(1000)])
      }
      terminate() {
        log.push("terminate")
      }
    }
    for (const method of ["leave", "deep"] as const) {
      const leaver = stage.system.spawn(Leaver)
      const left = stage.outcome(() => leaver.call[method]())
      expect(left.error).toMatchObject({ code: "exit", reason: { kind: "custom", value: "done" } })
      expect(log.splice(0)).toEqual(["finally", "terminate"])
    }
  })

  it("ends a raw process at its next wait", async () => {
    await using stage = new Stage()
    const log: string[] = []
    const raw = stage.system.spawn(function* (self: Process) {
      try {
        self.stop(ExitReason.custom("done"))
        log.push("goes on")
        yield* schedule()
        log.push("never")
      } finally {
        log.push("finally")
      }
    })
    stage.pass()
    expect([log, raw.alive]).toEqual([["goes on", "finally"], false])
    expect(stage.ends).toEqual(["done"])
  })

  it("counts once: the first reason is the reason", async () => {
    await using stage = new Stage()
    class Leaver extends Actor {
      leave() {
        this.stop(ExitReason.custom("first"))
        this.stop(ExitReason.custom("second"))
      }
    }
    const leaver = stage.system.spawn(Leaver)
    leaver.cast.leave()
    stage.pass()
    expect(stage.ends).toEqual(["first"])
  })
})
