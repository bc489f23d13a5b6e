/** What goes wrong in other supervisors and actor libraries, and must not here: one test for each trap, with the place where it was reported. */
import { Actor, ExitReason, type Process, type Ref } from "@vivarium/actors"
import { type Routine, sleep } from "@vivarium/core"
import { child, dynamicSupervisor, Supervisor, supervisor, type SupervisorRef } from "@vivarium/supervision"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { childrenOf, nodeOf, TendedStage } from "./fixtures/tended-stage.ts"

let stage: TendedStage

beforeEach(() => {
  stage = new TendedStage()
})
afterEach(async () => {
  await stage[Symbol.asyncDispose]()
})

const BOOM = ExitReason.custom("boom")

class Bee extends Actor {
  sting() {
    this.stop(BOOM)
  }
  throws() {
    throw new Error("stung")
  }
  work() {
    return "works"
  }
}

function start(flags: Parameters<typeof supervisor>[0]): SupervisorRef {
  return stage.value(() => stage.system.start(supervisor(flags)))
}

function sting(top: SupervisorRef, id: string | number): void {
  ;(top.child(id) as Ref<Bee>).cast.sting()
  stage.pass()
}

describe("birth", () => {
  it("a constructor that throws leaves no zombie, is told, and each attempt counts (actor-ts #914)", () => {
    let throws = false
    class Zombie extends Bee {
      constructor() {
        super()
        if (throws) throw new Error("in the constructor")
      }
    }
    const top = start({ maxRestarts: 2, children: [child(Zombie, { id: "zombie", name: "zombie" })] })
    throws = true
    stage.news()
    sting(top, "zombie")
    expect([top.alive, stage.system.processes, stage.system.names]).toEqual([false, [], []])
    expect(stage.news()).toEqual(["child_terminated zombie boom", "start_error zombie in the constructor", "start_error zombie in the constructor", 'shutdown zombie shutdown "gave_up"'])
    expect(stage.outcome(() => stage.system.start(supervisor({ children: [Zombie] }))).code).toBe("init_failed")
    expect(stage.system.processes).toEqual([])
  })

  it("a child that asks its own supervisor from init is refused, where OTP hangs for ever", () => {
    const tops: SupervisorRef[] = []
    const codes: unknown[] = []
    class Asks extends Actor {
      *init(): Routine {
        try {
          yield* (tops[0] as SupervisorRef).startChild(child(Bee, { id: "another" }))
        } catch (error) {
          codes.push((error as { readonly code?: string }).code)
        }
      }
    }
    const top = start({})
    tops.push(top)
    stage.value(() => top.startChild(Asks))
    expect([codes, childrenOf(top)]).toEqual([["call_cycle"], ["Asks"]])
  })
})

describe("the end", () => {
  class Slow extends Bee {
    terminate() {
      return sleep(1_000)
    }
  }

  it("a child that takes its time to stop does not spin, however much is queued, nor does its supervisor (actor-ts #915)", () => {
    const top = start({ children: [child(Slow, { id: "slow" })] })
    const slow = top.child("slow") as Ref<Slow>
    const stopped = stage.begin(() => top.terminateChild("slow"))
    stage.pass()
    for (let count = 0; count < 10_000; count++) slow.cast.work()
    const wishes = Array.from({ length: 100 }, () => stage.begin(() => top.terminateChild("slow")))
    stage.pass()
    const { switches } = stage.scheduler.statistics()
    for (let ms = 0; ms < 900; ms += 100) stage.pass(100)
    expect(stage.scheduler.statistics().switches - switches).toBe(0)
    stage.pass(100)
    expect([stopped.settled, wishes.every(({ settled }) => settled)]).toEqual([true, true])
  })

  it("no end of a child is lost, while a supervisor is busy, and whatever bound a mailbox has (actor-ts #729)", () => {
    const bees = Array.from({ length: 100 }, (_, id) => child(Bee, { id, mailbox: { capacity: 1, overflow: "dropNewest" } }))
    const top = start({ maxRestarts: 1_000, children: [child(Slow, { id: "slow" }), ...bees] })
    stage.begin(() => top.terminateChild("slow"))
    stage.pass()
    for (const { id } of bees) sting(top, id as number)
    expect(top.countChildren().active).toBe(0)
    stage.pass(1_000)
    expect(top.countChildren()).toMatchObject({ specs: 101, active: 100 })
    expect(stage.told.filter(({ context }) => context === "child_terminated")).toHaveLength(100)
  })

  it("a supervisor that is stopped leaves no timer of a wait, which would hold the program (actor-ts #762, #1567)", () => {
    const top = start({ children: [child(Bee, { id: "bee", backoff: { minMs: 60_000, maxMs: 60_000 } }), child(Slow, { id: "slow" })] })
    sting(top, "bee")
    stage.begin(() => top.stop())
    stage.pass(1_000)
    expect([top.alive, stage.timers]).toEqual([false, 0])
  })

  it("a child that is linked to nobody does not die unnoticed (OTP, a child that has not linked itself)", () => {
    const top = start({ children: [child(function* aloof(self: Process<unknown>) {
      for (const other of self.ancestors) self.unlink(other as Ref<unknown>)
      yield* self.receive()
    }, { id: "aloof" })] })
    const first = top.child("aloof") as Ref<unknown>
    first.exit(BOOM)
    stage.pass()
    expect(top.child("aloof")).not.toBe(first)
    expect([top.child("aloof")?.alive, top.countChildren().active]).toEqual([true, 1])
  })
})

describe("restarts", () => {
  it("a loop of crashes is never silent: each is told and printed, and so is the end of it (actor-ts #916)", async () => {
    const printed: string[] = []
    await using loud = new TendedStage({ log: (text) => void printed.push(text) })
    const top = loud.value(() => loud.system.start(supervisor({ id: "top", maxRestarts: 20, children: [child(Bee, { id: "bee" })] })))
    for (let count = 0; count < 21; count++) {
      ;(top.child("bee") as Ref<Bee>).cast.throws()
      loud.pass()
    }
    expect(loud.told.filter(({ context, level }) => context === "child_terminated" && level === "error")).toHaveLength(21)
    expect(loud.crashes).toHaveLength(21)
    expect(printed.filter((text) => /crashed.*stung/.test(text.split("\n")[0] ?? ""))).toHaveLength(21)
    expect(printed.filter((text) => text.includes("gives up"))).toHaveLength(1)
  })

  it("five siblings that fail once each: one budget of the supervisor, as OTP has it, and one of each with back-off (actor-ts #917)", () => {
    const ids = [0, 1, 2, 3, 4]
    const shared = start({ maxRestarts: 3, children: ids.map((id) => child(Bee, { id })) })
    for (const id of ids) if (shared.alive) sting(shared, id)
    expect(shared.alive).toBe(false)
    const apart = start({ maxRestarts: 0, children: ids.map((id) => child(Bee, { id, backoff: { minMs: 10, maxAttempts: 1 } })) })
    for (const id of ids) sting(apart, id)
    stage.pass(20)
    expect(apart.countChildren().active).toBe(5)
    sting(apart, 3)
    expect(apart.alive).toBe(false)
  })

  it("every form of supervisor keeps to its budget, and nested ones each to their own (actor-ts #638, #1241)", () => {
    const inner = { maxRestarts: 1, children: [child(Bee, { id: "bee" })] }
    class Nest extends Supervisor {
      init() {
        return inner
      }
    }
    for (const nested of [supervisor({ id: "nest", ...inner }), child(Nest, { id: "nest" }), child({ id: "nest", what: Nest })]) {
      const top = start({ maxRestarts: 2, children: [nested] })
      const nests = new Set<unknown>()
      let crashes = 0
      for (; top.alive; crashes++) {
        const nest = top.child("nest") as SupervisorRef
        nests.add(nest)
        sting(nest, "bee")
      }
      // Three lives of the inner one, of two crashes each: a new life has a new budget, and is paid for above.
      expect([crashes, nests.size]).toEqual([6, 3])
    }
    const dynamic = stage.value(() => stage.system.start(dynamicSupervisor({ maxRestarts: 1 })))
    stage.value(() => dynamic.startChild(Bee))
    for (let count = 0; count < 2; count++) {
      for (const { ref } of dynamic.whichChildren()) (ref as Ref<Bee>).cast.sting()
      stage.pass()
    }
    expect(dynamic.alive).toBe(false)
  })

  it("nobody is restarted for the slowness of another: a full mailbox does not fail its sender (actor-ts #919)", () => {
    class Sender extends Actor {
      flood(to: Ref<Bee>) {
        for (let count = 0; count < 100; count++) to.cast.work()
      }
    }
    const top = start({ maxRestarts: 0, children: [child(Bee, { id: "full", mailbox: { capacity: 1, overflow: "fail" } }), child(Sender, { id: "sender" })] })
    const sender = top.child("sender") as Ref<Sender>
    sender.cast.flood(top.child("full") as Ref<Bee>)
    stage.pass()
    expect([top.child("sender"), stage.crashes]).toEqual([sender, []])
  })

  it("a fault goes up one level, and stops there if that heals it (nact PR 96)", () => {
    const nest = supervisor({ id: "nest", maxRestarts: 0, children: [child(Bee, { id: "bee" })] })
    const top = start({ children: [child(Bee, { id: "beside" }), nest] })
    const [beside, before] = [top.child("beside"), top.child("nest")]
    sting(before as SupervisorRef, "bee")
    expect([top.alive, top.child("beside") === beside, top.child("nest") === before]).toEqual([true, true, false])
    expect(childrenOf(top.child("nest") as SupervisorRef)).toEqual(["bee"])
  })

  it("the neighbours of the dead one have ended when it is started again, and its name is free (OTP PR 1287)", () => {
    const log: string[] = []
    class Member extends Bee {
      #id = ""
      init(id: string) {
        this.#id = id
        log.push(`${id} starts`)
      }
      *terminate(): Routine {
        yield* sleep(50)
        log.push(`${this.#id} ends`)
      }
    }
    const top = start({ strategy: "one_for_all", children: ["a", "b", "c"].map((id) => child(Member, { id, name: id, args: [id] })) })
    log.length = 0
    sting(top, "b")
    for (let count = 0; count < 3; count++) stage.pass(50)
    expect(log).toEqual(["b ends", "c ends", "a ends", "a starts", "b starts", "c starts"])
    expect(stage.system.names.toSorted()).toEqual(["a", "b", "c"])
  })

  it("a restart costs the same after any history: it looks at a constant number of stamps (OTP before PR 8261)", () => {
    const top = start({ maxRestarts: 10_000, withinMs: Infinity, children: [child(Bee, { id: "bee" })] })
    // Nobody listens: a report would count.
    stage.system.events.removeAllListeners("supervisor")
    const window = top["~inside"]("stamps")?.window as unknown as { stamps: number[] }
    let looks = 0
    window.stamps = new Proxy(window.stamps, {
      get(stamps, key) {
        if (typeof key === "string" && /^\d+$/.test(key)) looks++
        return Reflect.get(stamps, key) as unknown
      },
    })
    const costs: number[][] = []
    for (let count = 0; count < 10_000; count++) {
      const { switches } = stage.scheduler.statistics()
      looks = 0
      sting(top, "bee")
      if (count % 1_111 === 0) costs.push([looks, stage.scheduler.statistics().switches - switches])
    }
    expect(new Set(costs.map(String)).size).toBe(1)
    expect(costs[0]?.[0]).toBeLessThanOrEqual(2)
    sting(top, "bee")
    expect(top.alive).toBe(false)
  })
})

describe("back-off", () => {
  const EVEN = { minMs: 100, factor: 1, jitter: 0 }
  let failures = 0
  class Unsure extends Bee {
    init() {
      if (failures > 0 && failures-- > 0) throw new Error("rain")
    }
  }

  it("a child that fails while it is started after its delay is tried again, not forgotten (rabbitmq-common PR 201)", () => {
    const top = start({ maxRestarts: 0, children: [child(Unsure, { id: "bee", backoff: EVEN })] })
    failures = 3
    sting(top, "bee")
    for (let attempt = 1; attempt <= 3; attempt++) {
      expect(nodeOf(top, "bee")).toMatchObject({ state: "restarting", attempts: attempt, restartsInMs: 100 })
      stage.pass(100)
    }
    stage.pass(100)
    expect(childrenOf(top)).toEqual(["bee"])
  })

  it("a supervisor above that fails to start after its delay does not hang without children (supervisor3 PR 24)", () => {
    const nest = supervisor({ id: "nest", maxRestarts: 0, backoff: EVEN, children: [child(Bee, { id: "calm" }), child(Unsure, { id: "bee" })] })
    const top = start({ children: [nest] })
    failures = 2
    sting(top.child("nest") as SupervisorRef, "bee")
    for (let attempt = 0; attempt < 3; attempt++) {
      expect(nodeOf(top, "nest").state).toBe("restarting")
      stage.pass(100)
    }
    expect(childrenOf(top.child("nest") as SupervisorRef)).toEqual(["calm", "bee"])
  })

  it("a child that waits says that it restarts, and can be neither restarted nor deleted meanwhile (supervisor3 PR 13)", () => {
    const top = start({ children: [child(Bee, { id: "bee", backoff: EVEN })] })
    sting(top, "bee")
    expect(childrenOf(top)).toEqual(["bee restarting"])
    expect(["restartChild", "deleteChild"].map((what) => stage.outcome(() => top[what as "restartChild"]("bee")).code)).toEqual(["restarting", "restarting"])
    expect(top.countChildren()).toMatchObject({ specs: 1, active: 0, workers: 1 })
  })

  it("a child that is terminated and deleted while it waits does not come back, and its id is free (supervisor3 PR 14, anarlog #6870)", () => {
    const top = start({ children: [child(Bee, { id: "bee", name: "bee", backoff: EVEN })] })
    sting(top, "bee")
    stage.value(() => top.terminateChild("bee"))
    stage.value(() => top.deleteChild("bee"))
    expect([childrenOf(top), stage.timers]).toEqual([[], 0])
    const other = stage.value(() => top.startChild(child(Bee, { id: "bee", name: "bee" })))
    stage.pass(1_000)
    expect([top.child("bee"), stage.system.processes.length]).toEqual([other, 2])
  })

  it("a delay holds up nobody: the others are restarted and answered meanwhile (OTP PR 1287, EEP PR 28)", () => {
    const top = start({ children: [child(Bee, { id: "waits", backoff: EVEN }), child(Bee, { id: "other" })] })
    sting(top, "waits")
    sting(top, "other")
    expect(childrenOf(top)).toEqual(["waits restarting", "other"])
    expect(stage.outcome(() => top.startChild(child(Bee, { id: "new" }))).settled).toBe(true)
    expect(stage.clock.now()).toBe(0)
  })
})

describe("ids and names", () => {
  it("an id and a name are free when a child is stopped and started again at once (xstate #5439)", () => {
    const top = start({ children: [] })
    const bee = child(Bee, { id: "bee", name: "bee" })
    const refs = stage.value(function* () {
      const seen: unknown[] = []
      for (let round = 0; round < 3; round++) {
        seen.push(yield* top.startChild(bee))
        yield* top.terminateChild("bee")
        seen.push(yield* top.restartChild("bee"))
        yield* top.terminateChild("bee")
        yield* top.deleteChild("bee")
      }
      return seen
    })
    expect([new Set(refs).size, stage.system.names]).toEqual([6, []])
    // All at once, without a wait in between.
    const wishes = [() => top.startChild(bee), () => top.terminateChild("bee"), () => top.deleteChild("bee"), () => top.startChild(bee)].map((wish) => stage.begin<unknown>(wish))
    stage.pass()
    expect([wishes.map(({ code }) => code), childrenOf(top), stage.system.names]).toEqual([[undefined, undefined, undefined, undefined], ["bee"], ["bee"]])
  })

  it("a name that its child had is free before its restart, also if that was killed (actor-ts #793)", () => {
    const top = start({ maxRestarts: 10, children: [child(Bee, { id: "bee", name: "bee" })] })
    for (const reason of [BOOM, ExitReason.kill, ExitReason.error(new Error("rain"))]) {
      const before = top.child("bee") as Ref<Bee>
      before.exit(reason)
      stage.pass()
      expect([before.alive, stage.system.whereis("bee") === top.child("bee"), top.child("bee") === before]).toEqual([false, true, false])
    }
  })
})

describe("declarations that surprise", () => {
  it("a transient supervisor that gives up is not restarted, so its declaration is warned of (OTP)", async () => {
    const printed: string[] = []
    await using loud = new TendedStage({ log: (text) => void printed.push(text) })
    const nest = (restart: "transient" | "permanent") => supervisor({ id: restart, restart, maxRestarts: 0, children: [child(Bee, { id: "bee" })] })
    const top = loud.value(() => loud.system.start(supervisor({ children: [nest("transient"), nest("permanent")] })))
    const warnings = loud.told.filter(({ level }) => level === "warning")
    expect(warnings.map(({ offender }) => offender?.id)).toEqual(["transient"])
    expect(printed).toHaveLength(1)
    expect(printed[0]).toContain("a transient supervisor that gives up is not restarted")
    for (const id of ["transient", "permanent"]) (((top.child(id) as SupervisorRef).child("bee")) as Ref<Bee>).cast.sting()
    loud.pass()
    expect(childrenOf(top)).toEqual(["transient stopped", "permanent"])
  })

  it("terminate is called of a child that does not trap exits, too (OTP calls it only of one that does)", () => {
    const why: unknown[] = []
    class Tidy extends Bee {
      terminate(reason: ExitReason) {
        why.push(reason.kind)
      }
    }
    const top = start({ children: [child(Tidy, { id: "tidy" })] })
    stage.value(() => top.terminateChild("tidy"))
    expect(why).toEqual(["shutdown"])
  })
})
