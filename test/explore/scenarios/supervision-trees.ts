/** Trees: supervisors that give up, are killed, or are stopped in the middle of what they do, below others that start them again; and names. */
import { Actor, CallError, ExitReason, named, type Ref } from "@vivarium/actors"
import { type Routine, schedule, sleep, tasklet } from "@vivarium/core"
import { child, type Shutdown, type Strategy, Supervisor, supervisor, type SupervisorRef } from "@vivarium/supervision"
import type { World } from "@vivarium/testkit"
import type { NamedScenario } from "../named-scenario.ts"
import { asked, Ledger, moment, type Plot, slowly, Stung, Worker, worker } from "./supervision-ledger.ts"
import { consistent } from "./supervision-wishes.ts"

/** A worker that starts slowly, and takes its time to end, whoever has ended it. */
const lingering: Plot = {
  *init(): Routine {
    yield* schedule()
  },
  *terminate(): Routine {
    yield* sleep(20)
  },
}

/** Two workers below an inner supervisor, which has a neighbour below the outer one. */
function* nested(world: World, outer: Strategy, inner: Strategy, life: { readonly maxRestarts?: number; readonly shutdownMs?: Shutdown; readonly plot?: Plot } = {}) {
  const { maxRestarts = 1, plot = slowly, shutdownMs = "infinity" } = life
  const ledger = new Ledger(world)
  const below = supervisor({ id: "inner", strategy: inner, maxRestarts, shutdownMs, children: ["b", "c"].map((id) => worker(ledger, id, { plot, name: id })) })
  const top = yield* world.system.start(supervisor({ strategy: outer, children: [worker(ledger, "a"), below, worker(ledger, "d")] }))
  const innerRef = (): SupervisorRef | undefined => (top.alive ? top.child("inner", below) : undefined)
  return { ledger, top, innerRef }
}

function crash(world: World, name: string): void {
  if (world.system.whereis(name) !== undefined) named(Worker, name).cast.crash()
}

function villain(world: World, turns: number, deed: () => void): { join(): Routine } {
  const one = tasklet({ name: "villain" }, function* (): Routine {
    yield* moment(world, turns)
    deed()
  })
  return { *join(): Routine { yield* one } }
}

const OUTERS: readonly Strategy[] = ["one_for_one", "one_for_all", "rest_for_one"]

function ofOuter(outer: Strategy): readonly NamedScenario[] {
  return [
    {
      name: `${outer} above: the inner one gives up while a neighbour fails, and all comes back`,
      *scenario(world) {
        const { innerRef, ledger, top } = yield* nested(world, outer, "one_for_all")
        const before = innerRef()
        const villains = ["b", "c", "b"].map((name, index) => villain(world, 2 + index, () => crash(world, name)))
        const other = villain(world, 5, () => top.child("d", Worker)?.cast.crash())
        for (const one of [...villains, other]) yield* one.join()
        yield* sleep(100)
        world.check("all run", ledger.alive === "abcd" && innerRef()?.countChildren().active === 2)
        world.check("its end is one restart", top.tree().restarts === (before === innerRef() ? 1 : 2) || outer !== "one_for_one")
      },
    },
    {
      name: `${outer} above: the inner one is killed in the middle of a restart, with children that take long to end`,
      *scenario(world) {
        const { innerRef, ledger, top } = yield* nested(world, outer, "one_for_all", { plot: lingering })
        crash(world, "b")
        yield* moment(world, 4)
        if (world.fault("later")) yield* sleep(20)
        innerRef()?.exit(ExitReason.kill)
        if (world.fault("its successor, too")) {
          yield* sleep(25)
          innerRef()?.exit(ExitReason.kill)
        }
        yield* sleep(200)
        world.check("all run", ledger.alive === "abcd" && innerRef()?.countChildren().active === 2)
        world.check("the names lead to them", ["b", "c"].every((name) => world.system.whereis(name) === innerRef()?.child(name)))
        world.check("it is seen as it is", consistent(top))
      },
    },
  ]
}

const others: readonly NamedScenario[] = [
  {
    name: "the top is killed while those below restart: nobody is left, in whatever state they were",
    *scenario(world) {
      const { ledger, top } = yield* nested(world, "one_for_one", "rest_for_one", { plot: lingering })
      crash(world, "b")
      yield* moment(world, 5)
      top.exit(ExitReason.kill)
      yield* sleep(200)
      world.check("nobody is left", !top.alive && ledger.alive === "" && world.system.processes.length === 0 && world.system.names.length === 0)
      world.check("no timer is left", world.scheduler.statistics().timers === 0)
    },
  },
  {
    name: "an inner supervisor that is not given the time to stop is killed; its children end before its successor begins",
    *scenario(world) {
      const { innerRef, ledger, top } = yield* nested(world, "one_for_one", "one_for_one", { plot: lingering, shutdownMs: world.fault("at once") ? "brutal_kill" : 10 })
      const hand = tasklet({ name: "hand" }, function* (): Routine<string> {
        yield* moment(world, 2)
        const outcome = yield* asked(() => top.terminateChild("inner"))
        world.check("nobody of it is left", !ledger.lives("b") && !ledger.lives("c"))
        yield* asked(() => top.restartChild("inner"))
        return outcome
      })
      const one = villain(world, 4, () => crash(world, "c"))
      world.check("it was done", (yield* hand) === "done")
      yield* one.join()
      yield* sleep(100)
      world.check("all run", ledger.alive === "abcd" && innerRef()?.countChildren().active === 2)
    },
  },
  {
    name: "inner and outer are killed one after the other, while a grandchild takes long to end",
    *scenario(world) {
      const ledger = new Ledger(world)
      const longer: Plot = {
        *terminate(): Routine {
          yield* sleep(40)
        },
      }
      const low = supervisor({ id: "low", children: [worker(ledger, "c", { plot: longer })] })
      const middle = supervisor({ id: "middle", children: [worker(ledger, "b", { plot: lingering }), low] })
      const top = yield* world.system.start(supervisor({ children: [middle, worker(ledger, "a")] }))
      const first = top.child("middle", middle)
      const second = first?.child("low", low)
      const killers = [first, second].map((ref) => villain(world, 3, () => ref?.exit(ExitReason.kill)))
      for (const one of killers) yield* one.join()
      yield* sleep(200)
      const after = top.child("middle", middle)
      world.check("all run below new ones", ledger.alive === "abc" && after !== first && after?.child("low", low)?.countChildren().active === 1)
      world.check("started twice or three times", [2, 3].includes(ledger.starts("c")))
    },
  },
  {
    name: "a transient inner supervisor that gives up is not started again, and one that is killed is",
    *scenario(world) {
      const ledger = new Ledger(world)
      const inner = supervisor({ id: "inner", restart: "transient", maxRestarts: 0, children: [worker(ledger, "b", { name: "b", plot: slowly })] })
      const top = yield* world.system.start(supervisor({ children: [inner] }))
      const killer = villain(world, 4, () => top.child("inner")?.exit(ExitReason.kill))
      yield* moment(world, 2)
      crash(world, "b")
      yield* killer.join()
      yield* sleep(100)
      const runs = top.child("inner")?.alive === true
      world.check("its child runs if it does", runs === ledger.lives("b") && top.childSpec("inner") !== undefined)
      world.check("only a killed one was started again", ledger.starts("b") <= 2 && (!runs || ledger.starts("b") === 2))
    },
  },
  {
    name: "the inner supervisor crashes in its own init at a restart, and is tried again",
    *scenario(world) {
      const ledger = new Ledger(world)
      let attempts = 0
      class Inner extends Supervisor {
        *init(): Routine<{ readonly children: readonly ReturnType<typeof worker>[] }> {
          yield* schedule()
          if (++attempts === 2) throw new Stung("no plan")
          return { children: ["b", "c"].map((id) => worker(ledger, id, { name: id, plot: lingering })) }
        }
      }
      const top = yield* world.system.start(supervisor({ strategy: "rest_for_one", children: [worker(ledger, "a"), child(Inner, { id: "inner" }), worker(ledger, "d")] }))
      const one = villain(world, 6, () => top.child("a", Worker)?.cast.crash())
      top.child("inner")?.exit(ExitReason.kill)
      yield* one.join()
      yield* sleep(200)
      world.check("all run", ledger.alive === "abcd" && attempts >= 3)
    },
  },
]

const circles: readonly NamedScenario[] = [
  {
    name: "who asks the outer supervisor from its clean-up, while that waits for it, is told of the circle",
    *scenario(world) {
      const ledger = new Ledger(world)
      const codes: string[] = []
      const asking: Plot = {
        *terminate(): Routine {
          yield* schedule()
          codes.push(yield* asked(() => named(Supervisor, "top").startChild(worker(ledger, "late"))))
        },
      }
      const inner = supervisor({ id: "inner", children: ["b", "c"].map((id) => worker(ledger, id, { plot: asking, shutdownMs: "infinity" })) })
      const top = yield* world.system.start(supervisor({ name: "top", children: [worker(ledger, "a"), inner] }))
      const other = villain(world, 4, () => top.child("a", Worker)?.cast.crash())
      yield* moment(world, 2)
      if (world.fault("killed")) top.child("inner")?.exit(ExitReason.kill)
      else yield* asked(() => top.terminateChild("inner"))
      yield* other.join()
      yield* sleep(100)
      world.check("both have an answer", codes.length === 2 && codes.every((code) => ["call_cycle", "done", "already_started"].includes(code)))
      world.check("the outer one serves", (yield* asked(() => top.startChild(worker(ledger, "d")))) === "done" && ledger.lives("a"))
    },
  },
]

class Caller extends Actor {
  *ask(times: number, log: string[]): Routine {
    for (let left = times; left > 0; left--) {
      try {
        log.push(yield* named(Worker, "queen").call.ping())
      } catch (error) {
        if (!(error instanceof CallError)) throw error
        log.push(error.code)
      }
    }
  }
}

const names: readonly NamedScenario[] = [
  {
    name: "callers by name are answered by one that lives, or told that there is none, while it fails over and over",
    *scenario(world) {
      const ledger = new Ledger(world)
      const log: string[] = []
      const top = yield* world.system.start(supervisor({ children: [worker(ledger, "queen", { name: "queen", plot: slowly })] }))
      world.check("a name leads to nobody, or to one that has not ended", () => {
        const ref = world.system.whereis("queen")
        return ref === undefined || world.system.processes.includes(ref)
      })
      const caller = world.system.spawn(Caller)
      caller.cast.ask(3, log)
      const villains = [2, 5].map((turns) => villain(world, turns, () => crash(world, "queen")))
      for (const one of villains) yield* one.join()
      yield* sleep(100)
      world.check("each call has an end", log.length === 3)
      world.check("an answer, or the news of the end", log.every((one) => ["queen", "noproc", "exit"].includes(one)))
      world.check("it runs by its name", world.system.whereis("queen") === top.child("queen") && ledger.lives("queen"))
    },
  },
  {
    name: "a stranger takes the name between two lives: the restart is tried again, or given up, and nobody has two",
    *scenario(world) {
      const ledger = new Ledger(world)
      const top = yield* world.system.start(supervisor({ maxRestarts: 5, children: [worker(ledger, "queen", { name: "queen", plot: slowly })] }))
      crash(world, "queen")
      const stranger = tasklet({ name: "stranger" }, function* (): Routine {
        for (let turn = 0; turn < 4; turn++) {
          if (world.system.whereis("queen") === undefined) {
            const thief = world.system.spawn(Caller, { name: "queen" })
            yield* moment(world, 2)
            thief.exit(ExitReason.kill)
            return
          }
          yield* schedule()
        }
      })
      yield* stranger
      yield* sleep(100)
      if (top.alive) world.check("it runs by its name", ledger.lives("queen") && world.system.whereis("queen") === top.child("queen"))
      else world.check("nobody is left", ledger.alive === "")
    },
  },
  {
    name: "a name moves from a child to its neighbour with the group: at each moment one has it, or none",
    *scenario(world) {
      const ledger = new Ledger(world, { ids: ["a", "b"], strategy: "one_for_all" })
      const holding = (role: number): Plot => ({
        init(attempt, self: Ref<Worker>) {
          if (attempt % 2 === role) world.system.register("chief", self)
        },
      })
      const top = yield* world.system.start(supervisor({ strategy: "one_for_all", children: [worker(ledger, "a", { plot: holding(1) }), worker(ledger, "b", { plot: holding(0) })] }))
      const log: string[] = []
      const asker = tasklet({ name: "asker" }, function* (): Routine {
        for (let turn = 0; turn < 3; turn++) {
          try {
            log.push(yield* named(Worker, "chief").call.ping())
          } catch (error) {
            if (!(error instanceof CallError)) throw error
          }
          yield* schedule()
        }
      })
      const one = villain(world, 4, () => top.child("b", Worker)?.cast.crash())
      yield* one.join()
      yield* asker
      yield* sleep(100)
      world.check("both were started twice", ledger.starts("a") === 2 && ledger.starts("b") === 2)
      world.check("first a, then b", log.join("").match(/^a*b*$/) !== null && world.system.whereis("chief") === top.child("b"))
    },
  },
]

export const treeScenarios: readonly NamedScenario[] = [...OUTERS.flatMap(ofOuter), ...others, ...circles, ...names]
