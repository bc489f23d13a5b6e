/** Async methods: they cannot be unwound. What a signal, a stop and a kill do to one, and what it may still do itself. */
import { Actor, ActorError, become, type CallError, ExitReason, type Process, refuse, type SystemEventMap } from "@vivarium/actors"
import { type Operation } from "@vivarium/core"
import { describe, expect, it } from "vitest"
import { Stage, wordOf } from "./fixtures/stage.ts"

/** A promise that a test settles. */
function gate<T = void>() {
  const { promise, reject, resolve } = Promise.withResolvers<T>()
  return { promise, reject, resolve }
}

type Gate = ReturnType<typeof gate<unknown>>

class Clerk extends Actor {
  readonly log: string[] = []
  readonly gate: Gate = gate<unknown>()
  async work(): Promise<unknown> {
    this.log.push("begun")
    const value = await this.gate.promise
    this.log.push("done")
    return value
  }
  async obedient() {
    const { signal } = this
    await new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason as Error))
    })
  }
  async verbs(): Promise<string> {
    const errors: string[] = []
    await this.gate.promise
    const attempts: (() => unknown)[] = [
      () => this.spawn(Clerk),
      () => this.spawnLink(Clerk),
      () => this.spawnMonitor(Clerk),
      () => this.start(Clerk),
      () => this.startLink(Clerk),
      () => this.link(this.self),
      () => this.unlink(this.self),
      () => this.monitor(this.self),
      () => this.demonitor(undefined as never),
      () => this.alias(),
      () => this.signalExit(this.self, ExitReason.normal),
      () => this.stop(),
      () => this.register("name"),
      () => this.unregister("name"),
      () => this.receive(),
      () => this.sendAfter(1, "x"),
      () => this.startTimer(1, "x"),
      () => this.cancelTimer("key"),
      () => this.setIdleTimeout(1),
      () => this.continueWith(() => {}),
      () => this.become({}),
      () => this.unbecome(),
      () => this.stash(),
      () => this.unstash(),
      () => this.replyLater(),
      () => this.sender,
      () => (this.trapExit = true),
      () => (this.label = "label"),
    ]
    for (const attempt of attempts) {
      try {
        attempt()
        errors.push(`nothing: ${attempt.toString()}`)
      } catch (error) {
        if (!(error instanceof ActorError && error.code === "dead_actor")) errors.push(String(error))
      }
    }
    throw new Error(errors.join())
  }
  plain() {
    this.log.push("plain")
  }
  terminate(reason: ExitReason) {
    this.log.push(`terminate ${String(wordOf(reason))}`)
  }
}

/** A clerk at work, and how to see its log although it is dead. */
function clerk(stage: Stage, method: "work" | "obedient" | "verbs" = "work", shutdownMs = 100) {
  let inside: Clerk | undefined
  class Seen extends Clerk {
    init() {
      this.show((self) => (inside = self))
    }
    private show(to: (self: Clerk) => void) {
      to(this)
    }
  }
  const ref = stage.system.spawn(Seen, { shutdownMs, label: "clerk" })
  const call = stage.begin(() => ref.call[method]() as Operation<unknown>)
  stage.pass()
  const self = inside as Clerk
  return { call, gate: self.gate, log: self.log, ref }
}

function abandonedOf(stage: Stage): SystemEventMap["abandoned"][0][] {
  const told: SystemEventMap["abandoned"][0][] = []
  stage.system.events.on("abandoned", (report) => told.push(report))
  return told
}

describe("an async method", () => {
  it("keeps its actor's mailbox waiting, and nobody else", async () => {
    await using stage = new Stage()
    const { call, gate, log, ref } = clerk(stage)
    ref.cast.plain()
    stage.pass()
    expect([log, call.settled]).toEqual([["begun"], false])
    gate.resolve("value")
    await stage.turns()
    expect([log, call.value]).toEqual([["begun", "done", "plain"], "value"])
  })

  it("that rejects ends its actor with the error, and never becomes an unhandled rejection", async () => {
    await using stage = new Stage()
    const { call, gate, log, ref } = clerk(stage)
    gate.reject(new Error("stung"))
    await stage.turns()
    expect(call).toMatchObject({ code: "exit", error: { cause: { message: "stung" } } })
    expect([ref.alive, log.at(-1), stage.crashes.length]).toEqual([false, "terminate stung", 1])
    expect(stage.system.statistics().abandoned).toBe(0)
  })

  it("that refuses fails its call alone, and is not abandoned when its actor is killed later", async () => {
    await using stage = new Stage()
    const { call, gate, ref } = clerk(stage)
    gate.reject(refuse(new Error("no")))
    await stage.turns()
    expect([call.code, ref.alive]).toEqual(["refused", true])
    ref.exit(ExitReason.kill)
    stage.pass()
    expect(stage.system.statistics().abandoned).toBe(0)
  })

  it("may do its work before it knows of an end", async () => {
    await using stage = new Stage()
    const { call, gate, log, ref } = clerk(stage)
    ref.exit(ExitReason.shutdown)
    stage.pass()
    expect([ref.alive, log]).toEqual([false, ["begun"]])
    gate.resolve(7)
    await stage.turns()
    expect([call.value, log]).toEqual([7, ["begun", "done", "terminate shutdown"]])
    expect(stage.system.statistics()).toMatchObject({ abandoned: 0, processes: 0 })
  })

  it("is told by this.signal, and one that ends by its reason ends its actor as asked", async () => {
    await using stage = new Stage()
    const { call, log, ref } = clerk(stage, "obedient")
    ref.exit(ExitReason.shutdown)
    await stage.turns()
    expect(call).toMatchObject({ code: "exit", error: { reason: { kind: "shutdown" } } })
    expect([log, stage.crashes]).toEqual([["terminate shutdown"], []])
  })

  it("that fails with something else while its actor ends makes that the reason", async () => {
    await using stage = new Stage()
    const { call, gate, log, ref } = clerk(stage)
    ref.exit(ExitReason.shutdown)
    stage.pass()
    gate.reject(new Error("stung"))
    await stage.turns()
    expect(log).toEqual(["begun", "terminate stung"])
    expect(call).toMatchObject({ code: "exit", error: { cause: { message: "stung" } } })
    expect(stage.crashes.map(({ reason }) => wordOf(reason))).toEqual(["stung"])
  })

  it("that refuses or answers later while its actor ends does just that", async () => {
    await using stage = new Stage()
    const first = clerk(stage)
    first.ref.exit(ExitReason.shutdown)
    stage.pass()
    first.gate.reject(refuse(new Error("no")))
    await stage.turns()
    expect([first.call.code, stage.crashes]).toEqual(["refused", []])
    class Later extends Actor {
      async ask(wait: Promise<void>) {
        const later = this.replyLater<string>()
        await wait
        return later
      }
    }
    const wait = gate()
    const later = stage.system.spawn(Later)
    const asked = stage.begin(() => later.call.ask(wait.promise))
    stage.pass()
    later.exit(ExitReason.shutdown)
    stage.pass()
    wait.resolve()
    await stage.turns()
    expect(asked).toMatchObject({ code: "exit", error: { reason: { kind: "shutdown" } } })
  })

  it("that takes longer than shutdownMs is abandoned: terminate runs, then it is told and counted once", async () => {
    await using stage = new Stage()
    const told = abandonedOf(stage)
    const { call, gate, log, ref } = clerk(stage)
    ref.exit(ExitReason.shutdown)
    stage.pass(99)
    expect(log).toEqual(["begun"])
    stage.pass(1)
    expect(log).toEqual(["begun", "terminate shutdown"])
    expect(call.code).toBe("exit")
    expect(told).toEqual([{ ref, method: "work" }])
    gate.resolve("dropped")
    await stage.turns()
    expect([told.length, stage.system.statistics()]).toEqual([1, expect.objectContaining({ abandoned: 1, processes: 0 })])
  })

  it("that has all the time there is (Infinity) is waited for", async () => {
    await using stage = new Stage()
    const { gate, log, ref } = clerk(stage, "work", Infinity)
    ref.exit(ExitReason.shutdown)
    stage.pass(1_000_000)
    expect(log).toEqual(["begun"])
    gate.resolve(1)
    await stage.turns()
    expect(log).toEqual(["begun", "done", "terminate shutdown"])
  })

  it("is not waited for by a kill, and its late rejection is reported, not raised", async () => {
    await using stage = new Stage()
    const told = abandonedOf(stage)
    const { call, gate, log, ref } = clerk(stage)
    ref.exit(ExitReason.kill)
    stage.pass()
    expect(call).toMatchObject({ code: "exit", error: { reason: { kind: "killed" } } })
    expect(log).toEqual(["begun"])
    const late = new Error("late")
    gate.reject(late)
    await stage.turns()
    expect(told).toEqual([{ ref, method: "work" }, { ref, method: "work", error: late }])
    expect(stage.system.statistics().abandoned).toBe(1)
  })

  it("that goes on although its actor has ended can use no verb of it", async () => {
    await using stage = new Stage()
    const told = abandonedOf(stage)
    const { gate, ref } = clerk(stage, "verbs")
    ref.exit(ExitReason.kill)
    stage.pass()
    gate.resolve(0)
    await stage.turns()
    expect(told[1]).toMatchObject({ error: { message: "" } })
  })

  it("sees this.signal aborted with a reason that says who has ended and why, also if it asks only then", async () => {
    await using stage = new Stage()
    const seen: unknown[] = []
    class Late extends Actor {
      async ask(wait: Promise<void>) {
        await wait
        seen.push(this.signal.aborted, String(this.signal.reason))
      }
    }
    const wait = gate()
    const late = stage.system.spawn(Late)
    late.cast.ask(wait.promise)
    stage.pass()
    late.exit(ExitReason.kill)
    stage.pass()
    wait.resolve()
    await stage.turns()
    expect(seen).toEqual([true, expect.stringMatching(/Late #1 has ended: killed/)])
  })

  it.each([ExitReason.normal, ExitReason.shutdown, ExitReason.kill, ExitReason.custom("rain")])("has its signal aborted once, before terminate, by $kind", async (reason) => {
    await using stage = new Stage()
    const log: string[] = []
    class Signalled extends Actor {
      init() {
        this.signal.addEventListener("abort", () => log.push("abort"))
      }
      terminate() {
        log.push("terminate")
      }
    }
    const signalled = stage.system.spawn(Signalled)
    stage.pass()
    if (reason.kind === "normal") stage.outcome(() => signalled.stop())
    else signalled.exit(reason)
    stage.pass()
    expect(log).toEqual(reason.kind === "kill" ? ["abort"] : ["abort", "terminate"])
  })
})

describe("from async code", () => {
  it("a call with from: this is a call of the actor's: its sender is known, and it ends with the actor's kill", async () => {
    await using stage = new Stage()
    const senders: unknown[] = []
    class Server extends Actor {
      ask() {
        senders.push(this.sender?.name)
      }
    }
    class Client extends Actor {
      async viaThis() {
        await Promise.resolve()
        await server.with({ from: this }).call.ask()
        server.with({ from: this }).cast.ask()
        await server.with({ from: this }).request.ask()
        await server.call.ask()
      }
    }
    const server = stage.system.spawn(Server)
    const client = stage.system.spawn(Client, { name: "client" })
    const outcome = stage.begin(() => client.call.viaThis())
    await stage.turns(9)
    expect(outcome.error).toBeUndefined()
    expect(senders).toEqual(["client", "client", "client", undefined])
  })

  it("what needs a current process says so", async () => {
    await using stage = new Stage()
    class Lost extends Actor {
      async lose() {
        await Promise.resolve()
        become<Lost>({})
      }
    }
    const lost = stage.begin(() => stage.system.spawn(Lost).call.lose())
    await stage.turns()
    expect((lost.error as CallError).cause).toMatchObject({ code: "no_process" })
  })

  it("outside of any process, sends and stops work as from anywhere", async () => {
    await using stage = new Stage()
    const got: unknown[] = []
    const raw = stage.system.spawn(function* (self: Process) {
      for (;;) got.push(yield* self.receive())
    })
    const async = (async () => {
      await Promise.resolve()
      raw.send("from outside")
      await raw.stop()
    })()
    await stage.turns()
    await async
    expect(got).toEqual(["from outside"])
  })
})
