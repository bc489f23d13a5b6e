/** Changing one's methods, and putting messages aside until one is ready for them. */
import { sleep, type Routine } from "@vivarium/core"
import { Actor, become, type CallError, ExitReason, type Process, refuse, unbecome } from "@vivarium/actors"
import { describe, expect, it } from "vitest"
import { Stage } from "./fixtures/stage.ts"

/** Closed at first: puts everything aside until it is opened. */
class Shop extends Actor {
  readonly log: unknown[] = []
  open = false
  buy(what: string) {
    if (!this.open) {
      this.stash()
      return "never an answer"
    }
    this.log.push(what)
    return `here is ${what}`
  }
  *buyLater(what: string): Routine<string> {
    if (!this.open) this.stash()
    yield* sleep(1)
    if (this.open) this.log.push(what)
    return what
  }
  unlock() {
    this.open = true
    return this.unstash()
  }
  lock() {
    this.open = false
  }
  info(message: unknown) {
    if (this.open) this.log.push(message)
    else this.stash()
  }
  down() {
    this.log.push("down")
  }
  exit() {
    this.log.push("exit")
  }
}

function shop(stage: Stage, capacity?: number) {
  const ref = stage.system.spawn(Shop, capacity === undefined ? {} : { mailbox: { capacity } })
  return { ref, log: () => (stage.outcome(() => ref.getState()).value as Shop).log }
}

describe("stash", () => {
  it("puts messages, casts and calls aside; unstash brings them back in order, before what is unread", async () => {
    await using stage = new Stage()
    const { log, ref } = shop(stage)
    const first = stage.begin(() => ref.call.buy("honey"))
    stage.pass()
    ref.cast.buy("wax")
    ref.send("hello")
    stage.pass()
    expect([first.settled, log()]).toEqual([false, []])
    const unlocked = stage.begin(() => ref.call.unlock())
    stage.scheduler.tasklet(() => void ref.send("after"))
    stage.pass()
    expect([unlocked.value, first.value]).toEqual([3, "here is honey"])
    expect(log()).toEqual(["honey", "wax", "hello", "after"])
  })

  it("gives no answer for what is put aside, whatever the method returns, waits for or refuses", async () => {
    await using stage = new Stage()
    const { ref } = shop(stage)
    const calls = [stage.begin(() => ref.call.buy("honey")), stage.begin(() => ref.call.buyLater("wax"))]
    stage.pass(5)
    expect(calls.map(({ settled }) => settled)).toEqual([false, false])
    stage.outcome(() => ref.call.unlock())
    stage.pass(5)
    expect(calls.map(({ value }) => value)).toEqual(["here is honey", "wax"])
    class Refuser extends Actor {
      ask(): void {
        this.stash()
        throw refuse(new Error("no"))
      }
    }
    const refuser = stage.system.spawn(Refuser)
    expect(stage.outcome(() => refuser.call.ask()).code).toBe("refused")
  })

  it("can be filled again by what was unstashed, in the same order", async () => {
    await using stage = new Stage()
    const { log, ref } = shop(stage)
    for (const what of ["a", "b", "c"]) ref.cast.buy(what)
    stage.pass()
    // Unlocked and locked before anything is handled: all is put aside again.
    ref.cast.unlock()
    ref.cast.lock()
    stage.pass()
    expect(log()).toEqual(["a", "b", "c"])
    ref.cast.buy("d")
    ref.cast.buy("e")
    stage.pass()
    stage.outcome(() => ref.call.unlock())
    stage.pass()
    expect(log()).toEqual(["a", "b", "c", "d", "e"])
  })

  it("keeps the time-out of a call running, which takes it away", async () => {
    await using stage = new Stage()
    const { log, ref } = shop(stage)
    const late = stage.begin(() => ref.with({ timeoutMs: 10 }).call.buy("honey"))
    stage.pass(10)
    expect(late.code).toBe("timeout")
    expect(stage.outcome(() => ref.call.unlock()).value).toBe(0)
    stage.pass()
    expect(log()).toEqual([])
  })

  it("is lost with the actor: calls fail with its reason, the rest are dead letters; nobody waits for ever", async () => {
    await using stage = new Stage()
    const { ref } = shop(stage)
    const call = stage.begin(() => ref.call.buy("honey"))
    ref.cast.buy("wax")
    ref.send("hello")
    stage.pass()
    ref.exit(ExitReason.custom("rain"))
    stage.pass()
    expect((call.error as CallError).reason).toEqual({ kind: "custom", value: "rain" })
    expect(stage.lost).toEqual(["buy [\"wax\"] unread", 'message "hello" unread'])
  })

  it("never takes a Down, an Exit, a tick or a continuation", async () => {
    await using stage = new Stage()
    const errors: unknown[] = []
    class Greedy extends Actor {
      init() {
        this.trapExit = true
        const child = this.spawnLink(function* (_self: Process) {})
        this.monitor(child)
        this.sendAfter(1, "tick")
        this.continueWith(() => this.attempt("continuation"))
        this.attempt("init")
      }
      private attempt(what: string) {
        try {
          this.stash()
        } catch (error) {
          errors.push(`${what}: ${(error as { code: string }).code}`)
        }
      }
      down() {
        this.attempt("down")
      }
      exit() {
        this.attempt("exit")
      }
      info() {
        this.attempt("tick")
      }
      twice() {
        this.stash()
        this.attempt("twice")
      }
    }
    const greedy = stage.system.spawn(Greedy)
    stage.pass(1)
    greedy.cast.twice()
    stage.pass()
    expect(errors).toEqual(["init: no_message", "continuation: no_message", "exit: no_message", "down: no_message", "tick: no_message", "twice: no_message"])
    expect(stage.crashes).toEqual([])
    greedy.exit(ExitReason.kill)
    stage.pass()
  })

  it("does not count against the mailbox, and may overfill it when it comes back", async () => {
    await using stage = new Stage()
    const { log, ref } = shop(stage, 2)
    for (const what of ["a", "b", "c", "d"]) {
      ref.cast.buy(what)
      stage.pass()
    }
    const full = stage.begin(function* () {
      yield* ref.call.unlock()
      return [ref.send("x"), yield* ref.with({ wait: true }).send("y")]
    })
    stage.pass()
    // Four are back in a mailbox for two: there is no room until three of them have been handled.
    expect(full.value).toEqual([expect.any(Boolean), true])
    expect(log().slice(0, 4)).toEqual(["a", "b", "c", "d"])
    expect(log().at(-1)).toBe("y")
  })

  it("comes back also when a callback of the actor's own asks for it while it has nothing to do", async () => {
    await using stage = new Stage()
    class Loader extends Shop {
      load(loaded: Promise<void>) {
        void loaded.then(() => {
          this.open = true
          this.unstash()
        })
      }
    }
    const { promise, resolve } = Promise.withResolvers<void>()
    const ref = stage.system.spawn(Loader)
    ref.cast.load(promise)
    const call = stage.begin(() => ref.call.buy("honey"))
    stage.pass()
    resolve()
    await stage.turns()
    expect(call.value).toBe("here is honey")
  })
})

describe("become", () => {
  class Door extends Actor {
    readonly log: string[] = []
    name = "door"
    knock(): string {
      return `${this.name} closed`
    }
    open() {
      this.become<Door>({
        knock() {
          return `${this.name} open`
        },
        info(message: unknown) {
          this.log.push(`open ${String(message)}`)
        },
        terminate: undefined as never,
      })
    }
    openWide() {
      become<Door>({
        knock(): string {
          throw refuse(new Error("wide open"))
        },
      })
    }
    close() {
      return this.unbecome()
    }
    closeToo() {
      return unbecome()
    }
    info(message: unknown) {
      this.log.push(`closed ${String(message)}`)
    }
    terminate() {}
  }

  it("overrides methods and hooks, with the actor as this, until unbecome; the rest stays", async () => {
    await using stage = new Stage()
    const door = stage.system.spawn(Door)
    const knock = (): unknown => stage.outcome(() => door.call.knock()).value
    door.send(1)
    expect(knock()).toBe("door closed")
    door.cast.open()
    door.send(2)
    expect(knock()).toBe("door open")
    expect(stage.outcome(() => door.call.close()).value).toBe(true)
    door.send(3)
    expect(knock()).toBe("door closed")
    expect(stage.outcome(() => door.call.close()).value).toBe(false)
    expect((stage.outcome(() => door.getState()).value as Door).log).toEqual(["closed 1", "open 2", "closed 3"])
  })

  it("stacks: the newest that has the method counts, and unbecome takes one away", async () => {
    await using stage = new Stage()
    const door = stage.system.spawn(Door)
    stage.outcome(() => door.call.open())
    stage.outcome(() => door.call.openWide())
    expect(stage.outcome(() => door.call.knock()).code).toBe("refused")
    expect(stage.outcome(() => door.call.closeToo()).value).toBe(true)
    expect(stage.outcome(() => door.call.knock()).value).toBe("door open")
  })

  it("with stash is a state machine by hand: what comes too early is handled after the change", async () => {
    await using stage = new Stage()
    class Connection extends Actor {
      readonly sent: string[] = []
      init() {
        this.become<Connection>({
          send1() {
            this.stash()
          },
        })
      }
      send1(text: string) {
        this.sent.push(text)
      }
      connected() {
        this.unbecome()
        this.unstash()
      }
    }
    const connection = stage.system.spawn(Connection)
    for (const text of ["a", "b"]) connection.cast.send1(text)
    connection.cast.connected()
    connection.cast.send1("c")
    stage.pass()
    expect((stage.outcome(() => connection.getState()).value as Connection).sent).toEqual(["a", "b", "c"])
  })

  it("is for actors: outside of one, and in a raw process, it says so", async () => {
    await using stage = new Stage()
    expect(() => become<Door>({})).toThrow(expect.objectContaining({ code: "no_process" }))
    const raw = stage.system.spawn(function* (_self: Process) {
      unbecome()
    })
    stage.pass()
    expect(raw.alive).toBe(false)
    expect(stage.crashes[0]?.reason).toMatchObject({ error: { code: "no_process", message: expect.stringMatching(/unbecome\(\) is for actors/) as string } })
  })

  it("takes an object of methods and nothing else", async () => {
    await using stage = new Stage()
    class Odd extends Actor {
      odd(overrides: unknown) {
        try {
          this.become(overrides as never)
        } catch (error) {
          return (error as { argument: string }).argument
        }
        return "taken"
      }
    }
    const odd = stage.system.spawn(Odd)
    for (const value of [undefined, null, 5, "text", () => {}]) expect(stage.outcome(() => odd.call.odd(value)).value).toBe("overrides")
  })
})
