/** The built-in checks raise no false alarm, whatever goes wrong in a program. */
import { Actor, Groups, type Monitor, on, type Process, type Ref, Registry } from "@vivarium/actors"
import { type Routine, schedule, sleep } from "@vivarium/core"
import { child, supervisor } from "@vivarium/supervision"
import { describe, expect, it } from "vitest"
import { explore, type World } from "../src/index.ts"

class Bee extends Actor {
  watch(ref: Ref<unknown>): Monitor {
    return this.monitor(ref)
  }

  bond(ref: Ref<unknown>): void {
    this.link(ref)
  }

  *rest(ms: number): Routine<void> {
    yield* sleep(ms)
  }
}

class Stasher extends Actor {
  private open = false

  put(): void {
    if (!this.open) this.stash()
  }

  *unlock(): Routine<void> {
    yield* schedule()
    this.open = true
    this.unstash()
  }
}

/** Programs that do all that is an exception to an order, and die of every fault. */
const QUIET: Readonly<Record<string, (world: World) => Routine<unknown>>> = {
  *"selective receives, with links and exits that are trapped"({ fault, system }) {
    const receiver = system.spawn(function* receiver(self: Process<number>) {
      self.trapExit = true
      for (const wanted of [2, 0, 1]) yield* self.receive(on((message: unknown) => message === wanted, () => wanted))
      yield* self.receive()
    }, { mailbox: { capacity: 2, overflow: "dropOldest" } })
    for (const name of ["a", "b"]) {
      system.spawn(function* sender(self: Process) {
        self.link(receiver as never)
        for (const message of [0, 1, 2]) receiver.send(message)
        yield* schedule()
      }, { name })
    }
    fault.crash("a")
    fault.kill(receiver)
    fault.fullMailbox(receiver)
    yield* sleep(5)
  },
  *"a stash, a line for room and calls that give up"({ fault, system }) {
    const stasher = yield* system.start(Stasher, { mailbox: { capacity: 1 } })
    fault.kill(Stasher)
    fault.fullMailbox(stasher)
    fault.lateTimers()
    for (let caller = 0; caller < 3; caller++) {
      system.spawn(function* (self: Process) {
        stasher.cast.put()
        yield* stasher.with({ timeoutMs: 5 }).call.put()
        stasher.send(self.self as never)
      })
    }
    yield* schedule()
    stasher.cast.unlock()
    yield* sleep(10)
  },
  *"names, registries, groups and monitors of who is killed"({ fault, system }) {
    const registry = new Registry<number, number>({ keys: "duplicate", system })
    const groups = new Groups<string, Bee>({ system })
    fault.kill(Bee, { times: 2 })
    const bees = [0, 1, 2].map((number) => system.spawn(Bee, { name: `bee ${number}` }))
    for (const [number, bee] of bees.entries()) {
      if (!bee.alive) continue
      registry.register(number, 1, { for: bee as never })
      groups.join("all", bee as never)
    }
    const [first, second] = bees as [Ref<Bee>, Ref<Bee>, Ref<Bee>]
    try {
      yield* first.call.watch(second as never)
      yield* second.call.bond(first as never)
    } catch {
      // It was killed.
    }
    yield* sleep(1)
  },
  *"supervisors that are killed with their children, which fail at their beginnings and ends"(world) {
    const { fault, system } = world
    class Worker extends Bee {
      terminate(): Routine<void> {
        return this.rest(1)
      }
    }
    try {
      const top = yield* system.start(
        supervisor({
          strategy: "rest_for_one",
          children: [child(Worker, { id: "a" }), child(supervisor({ strategy: "one_for_all", children: [child(Worker, { id: "c" }), child(Worker, { id: "d", restart: "transient" })] }), { id: "b" })],
        }),
      )
      fault.kill(Worker, { times: 2 })
      fault.crash(Worker)
      fault.init(Worker)
      fault.cleanUp(Worker)
      fault.kill(top)
      fault.slow(top)
      fault.clockJump(2)
      yield* top.child("a", Worker)?.call.rest(1) ?? schedule()
      yield* sleep(5)
    } catch {
      // It was killed.
    }
  },
}

describe("no check is heard", () => {
  it.each(Object.entries(QUIET))("of %s", async (_what, scenario) => {
    await explore(scenario, { schedules: 400, strategy: "random" })
    await explore(scenario, { schedules: 400, strategy: "pct" })
    const { exhausted } = await explore(scenario, { strategy: "delayBounded", bound: 1 })
    expect(exhausted).toBe(true)
  })
})
