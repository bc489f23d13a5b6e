/** What goes wrong in other actor libraries, and must not here: one test for each trap, named after it. */
import { sleep, type Routine } from "@vivarium/core"
import { Actor, type CallError, ExitReason, formatCrashReport, type Process } from "@vivarium/actors"
import { describe, expect, it } from "vitest"
import { shown, Stage, wordOf } from "./fixtures/stage.ts"

describe("birth", () => {
  it("a constructor that throws leaves no zombie, and its watchers are told", async () => {
    await using stage = new Stage()
    const got: unknown[] = []
    class Zombie extends Actor {
      constructor() {
        super()
        throw new Error("in the constructor")
      }
      work() {}
    }
    stage.system.spawn(
      function* (self: Process) {
        const { ref } = self.spawnMonitor(Zombie, { name: "zombie" })
        self.link(ref)
        const sent = ref.request.work()
        got.push(shown(yield* self.receive()), shown(yield* self.receive()))
        try {
          yield* sent
        } catch (error) {
          got.push((error as CallError).code)
        }
        got.push(ref.alive, self.children.length, self.system.whereis("zombie"))
      },
      { trapExit: true },
    )
    stage.pass()
    expect(got).toEqual(['exit of Zombie "zombie" (#2): in the constructor', 'down of Zombie "zombie" (#2): in the constructor', "exit", false, 0, undefined])
    expect(stage.crashes).toHaveLength(1)
  })

  it("100,000 processes without a name do not collide", async () => {
    await using stage = new Stage()
    const ids = new Set<number>()
    const texts = new Set<string>()
    for (let count = 0; count < 100_000; count++) {
      const ref = stage.system.spawn(function* () {})
      ids.add(ref.id)
      texts.add(String(ref))
    }
    stage.pass()
    expect([ids.size, texts.size, stage.system.statistics().ended]).toEqual([100_000, 100_000, 100_000])
  })

  it("an id is never given twice, and a name is free at once after stop", async () => {
    await using stage = new Stage()
    class Named extends Actor {}
    let last = 0
    for (let round = 0; round < 3; round++) {
      const ref = stage.system.spawn(Named, { name: "named" })
      expect(ref.id).toBeGreaterThan(last)
      last = ref.id
      const again = stage.outcome(function* () {
        yield* ref.stop()
        return stage.system.spawn(Named, { name: "named" })
      })
      expect(again.value?.name).toBe("named")
      again.value?.exit(ExitReason.kill)
      last = again.value?.id ?? 0
      stage.pass()
    }
  })
})

describe("the end", () => {
  it("a stopping actor with queued mail does not spin: it takes a handful of turns, however much is queued", async () => {
    await using stage = new Stage()
    let handled = 0
    class Stopping extends Actor {
      *work(): Routine {
        handled++
        yield* sleep(1)
      }
      *terminate(): Routine {
        yield* sleep(1000)
      }
    }
    const stopping = stage.system.spawn(Stopping)
    stage.pass()
    for (let count = 0; count < 10_000; count++) stopping.cast.work()
    stage.pass()
    stopping.exit(ExitReason.shutdown)
    const { switches } = stage.scheduler.statistics()
    stage.pass(500)
    expect(stage.scheduler.statistics().switches - switches).toBeLessThan(5)
    stage.pass(500)
    expect([handled, stage.system.statistics().deadLetters, stopping.alive]).toEqual([1, 9_999, false])
  })

  it("a suspended actor with queued mail does not spin, nor look at its mailbox for each message", async () => {
    await using stage = new Stage()
    class Suspended extends Actor {
      count = 0
      work() {
        this.count++
      }
    }
    const suspended = stage.system.spawn(Suspended)
    stage.outcome(() => suspended.suspend())
    const { switches } = stage.scheduler.statistics()
    for (let count = 0; count < 1_000; count++) {
      suspended.cast.work()
      stage.pass()
    }
    expect(stage.scheduler.statistics().switches - switches).toBe(0)
    expect((stage.outcome(() => suspended.getState()).value as Suspended).count).toBe(0)
    stage.outcome(() => suspended.resume())
    expect((stage.outcome(() => suspended.getState()).value as Suspended).count).toBe(1_000)
  })

  it("a loop of crashes always leaves reports: one each, as data and as text", async () => {
    const printed: string[] = []
    await using stage = new Stage({ log: (text) => void printed.push(text) })
    class Doomed extends Actor {
      init() {
        throw new Error("again")
      }
    }
    stage.system.events.on("ended", ({ ref }) => {
      if (ref.id < 100) stage.system.spawn(Doomed, { name: "doomed" })
    })
    stage.system.spawn(Doomed, { name: "doomed" })
    stage.pass()
    expect([stage.crashes.length, printed.length]).toEqual([100, 100])
    expect(new Set(printed.map((text) => text.split("\n")[0]?.replace(/\d+/, "?")))).toEqual(new Set(['Doomed "doomed" (#?) crashed: Error: again']))
    expect(formatCrashReport(stage.crashes[99] as (typeof stage.crashes)[0])).toBe(printed[99])
  })

  it("a death notice is never dropped by a bound, under any policy, nor lost in a stash", async () => {
    for (const overflow of ["suspend", "fail", "dropNewest", "dropOldest"] as const) {
      await using stage = new Stage()
      const notices: string[] = []
      class Watcher extends Actor {
        init() {
          this.trapExit = true
        }
        *watch(): Routine {
          const refs = Array.from({ length: 10 }, () => this.spawnLink(function* (_self: Process) {}))
          for (const ref of refs) this.monitor(ref)
          yield* sleep(10)
        }
        info() {
          this.stash()
        }
        down() {
          notices.push("down")
        }
        exit() {
          notices.push("exit")
        }
      }
      const watcher = stage.system.spawn(Watcher, { mailbox: { capacity: 1, overflow } })
      watcher.cast.watch()
      stage.pass()
      for (let count = 0; count < 10; count++) watcher.send("noise")
      stage.pass(10)
      expect(notices).toEqual(Array.from({ length: 10 }, () => ["exit", "down"]).flat())
    }
  })

  it("an Exit that nobody handles is applied, not forgotten; an orderly one leaves the actor alone", async () => {
    await using stage = new Stage()
    for (const [reason, survives] of [[ExitReason.shutdown, true], [ExitReason.custom("rain"), false]] as const) {
      const trapping = stage.system.spawn(class extends Actor { work() {} }, { trapExit: true })
      stage.pass()
      trapping.exit(reason)
      stage.pass()
      expect(trapping.alive).toBe(survives)
    }
  })
})

describe("mail", () => {
  it("a full mailbox never crashes its sender, whatever it does about it", async () => {
    await using stage = new Stage()
    const full = stage.system.spawn(
      function* (self: Process<unknown>) {
        yield* self.receive((_message: unknown) => false)
      },
      { mailbox: { capacity: 1, overflow: "fail" } },
    )
    class Sender extends Actor {
      flood() {
        for (let count = 0; count < 10; count++) full.send(count)
        return "sent"
      }
    }
    const sender = stage.system.spawn(Sender)
    expect(stage.outcome(() => sender.call.flood()).value).toBe("sent")
    expect([sender.alive, stage.system.statistics().deadLetters]).toEqual([true, 9])
  })

  it("a mailbox keeps its bound while its actor is suspended", async () => {
    await using stage = new Stage()
    const small = stage.system.spawn(class extends Actor { work() {} }, { mailbox: { capacity: 3 } })
    stage.outcome(() => small.suspend())
    expect([1, 2, 3, 4].map(() => small.cast.work())).toEqual([true, true, true, false])
  })

  it("a stash survives: nothing is lost by a change of behaviour, and at death everybody is told", async () => {
    await using stage = new Stage()
    const got: string[] = []
    class Stasher extends Actor {
      init() {
        this.become<Stasher>({
          work() {
            this.stash()
            return ""
          },
        })
      }
      work(what: string) {
        got.push(what)
        return what
      }
      ready() {
        this.unbecome()
        this.unstash()
      }
    }
    const ready = stage.system.spawn(Stasher)
    ready.cast.work("a")
    const call = stage.begin(() => ready.call.work("b"))
    stage.pass()
    ready.cast.ready()
    stage.pass()
    expect([got, call.value]).toEqual([["a", "b"], "b"])
    const dies = stage.system.spawn(Stasher)
    dies.cast.work("c")
    const failed = stage.begin(() => dies.call.work("d"))
    stage.pass()
    dies.exit(ExitReason.custom("rain"))
    stage.pass()
    expect([failed.code, wordOf((failed.error as CallError).reason), stage.lost]).toEqual(["exit", "rain", ['work ["c"] unread']])
  })

  it("an actor without a method for a message lives on, and the message is told of", async () => {
    await using stage = new Stage()
    const unhandled: unknown[] = []
    stage.system.events.on("unhandled", ({ message }) => unhandled.push(message))
    const deaf = stage.system.spawn(class extends Actor { work() { return 1 } })
    deaf.send("anybody?")
    expect(stage.outcome(() => deaf.call.work()).value).toBe(1)
    expect([unhandled, stage.system.statistics().unhandled]).toEqual([["anybody?"], 1])
  })

  it("a method that returns undefined answers undefined, and its state stays", async () => {
    await using stage = new Stage()
    class Silent extends Actor {
      count = 1
      nothing() {}
      *nothingToo(): Routine {}
      async nothingLater() {}
      get() {
        return this.count
      }
    }
    const silent = stage.system.spawn(Silent)
    for (const method of ["nothing", "nothingToo", "nothingLater"] as const) {
      const outcome = stage.begin(() => silent.call[method]())
      await stage.turns()
      expect(outcome).toMatchObject({ settled: true, value: undefined })
    }
    expect(stage.outcome(() => silent.call.get()).value).toBe(1)
  })
})
