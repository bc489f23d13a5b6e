/** Faults: each happens where it may, as often as it may, and is found, shrunk and replayed like any other choice. */
import { Actor, type Process, type Ref, System } from "@vivarium/actors"
import { type Routine, Scheduler, schedule, sleep, tasklet } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { child, supervisor } from "@vivarium/supervision"
import { fault as faultPoint } from "@vivarium/testkit/fault"
import { describe, expect, it } from "vitest"
import { type ExplorationError, explore, replay, type Scenario, simulate, type World } from "../src/index.ts"

class Bee extends Actor {
  private honey = 0

  gather(): number {
    return ++this.honey
  }

  *sleepFor(ms: number): Routine<string> {
    yield* sleep(ms)
    return "slept"
  }
}

/** All that can come of a scenario with so many faults and delays. */
async function outcomesOf(scenario: (world: World) => Routine<unknown>, bound = 1): Promise<readonly unknown[]> {
  const outcomes = new Set<unknown>()
  await explore(
    function* (world) {
      outcomes.add(yield* scenario(world))
    },
    { strategy: "delayBounded", bound },
  )
  return [...outcomes].sort()
}

async function failureOf(scenario: Scenario): Promise<ExplorationError> {
  return (await explore(scenario, { strategy: "delayBounded", bound: 1 }).then(
    () => expect.fail("it should fail"),
    (error: unknown) => error,
  )) as ExplorationError
}

/** What a call comes to. */
function* asked(ask: () => Routine<unknown>): Routine<string> {
  try {
    return String(yield* ask())
  } catch (error) {
    return (error as { readonly reason?: { readonly kind: string } }).reason?.kind ?? (error as Error).message
  }
}

describe("fault points", () => {
  it("happen or not, and never in the shipped order", async () => {
    expect(await outcomesOf(function* ({ fault }) {
      yield* schedule()
      return fault("rain")
    })).toEqual([false, true])
    expect(await replay(({ fault }) => fault("rain"), [])).toBe(false)
    expect(await simulate(({ fault }) => fault("rain"))).toBe(false)
  })

  it("are found, shrunk to themselves, named in the report, and replayed by the code", async () => {
    const scenario: Scenario = function* ({ check, fault }) {
      const others = ["a", "b"].map((name) => tasklet({ name }, schedule))
      check("it is dry", !fault("rain"))
      for (const other of others) yield* other
    }
    const error = await explore(scenario).catch((raised: ExplorationError) => raised)
    expect(error).toMatchObject({ failure: "check failed: it is dry" })
    const { code, message, schedule: choices } = error as ExplorationError
    expect(choices.filter((index) => index !== 0)).toEqual([1])
    expect(message).toContain('fault "rain" happened')
    await expect(replay(scenario, code)).rejects.toThrow("it is dry")
  })

  it("of product code are false outside of explorations, and reach the run from tasklets, actors and plain callbacks", async () => {
    class Disk extends Actor {
      write(): boolean {
        return faultPoint("disk full")
      }
    }
    expect(faultPoint("disk full")).toBe(false)
    expect(await outcomesOf(function* ({ system }) {
      return yield* system.spawn(Disk).call.write()
    })).toEqual([false, true])
    expect(await outcomesOf(function* ({ scheduler }) {
      let happened = false
      scheduler.ingress.accept({ enter: () => void (happened = faultPoint("callback")) })
      yield* schedule()
      return happened
    })).toEqual([false, true])
    expect(faultPoint("disk full")).toBe(false)
  })

  it("of nested runs ask the innermost, and a scheduler of one's own asks the run that it is in", async () => {
    expect(await outcomesOf(function* () {
      const inner = new Set<boolean>()
      void explore(() => void inner.add(faultPoint("inner")), { strategy: "exhaustive", globals: "allow" })
      const own = new Scheduler({ clock: new VirtualClock() })
      let owned = false
      own.tasklet(() => void (owned = faultPoint("owned")))
      own.run()
      yield* schedule()
      return `${[...inner].join()} ${owned}`
    })).toEqual(["false,true false", "false,true true"])
  })

  it.each(["", undefined, 7])("refuse the name %j", async (name) => {
    await expect(explore(({ fault }) => fault(name as string))).rejects.toThrow("name must be a string that says what goes wrong")
  })
})

describe("kill", () => {
  it.each(["reference", "name", "class"] as const)("ends a process that is given by its %s", async (by) => {
    expect(await outcomesOf(function* ({ fault, system }) {
      const bee = yield* system.start(Bee, { name: "maya" })
      fault.kill(by === "reference" ? bee : by === "name" ? "maya" : Bee)
      yield* schedule()
      return yield* asked(() => bee.call.gather() as never)
    })).toEqual(["1", "killed", "noproc"])
  })

  it("ends each process of a class in turn, subclasses and restarted ones included, as often as it may", async () => {
    class Queen extends Bee {}
    const killed = new Set<string>()
    const ids = new Set<number>()
    await explore(
      function* ({ fault, system }) {
        system.events.on("ended", ({ reason, ref }) => {
          if (reason.kind === "killed") killed.add(ref.toString())
        })
        const top = yield* system.start(supervisor({ children: [child(Bee, { id: "bee" }), child(Queen, { id: "queen" })] }))
        fault.kill(Bee, { times: 2 })
        yield* sleep(1)
        ids.add(top.child("bee", Bee)?.id ?? 0)
      },
      { strategy: "delayBounded", bound: 2 },
    )
    expect([...killed].sort()).toEqual(['Bee "bee" (#2)', 'Bee "bee" (#4)', 'Queen "queen" (#3)', 'Queen "queen" (#4)'])
    // Not killed; killed, or killed after the queen; killed twice.
    expect([...ids].sort()).toEqual([2, 4, 5])
  })

  it("ends a tasklet, whose finally blocks run", async () => {
    expect(await outcomesOf(function* ({ fault }) {
      let end = "lived"
      const bee = tasklet(function* () {
        try {
          yield* sleep(5)
        } finally {
          if (!done) end = "killed"
        }
      })
      let done = false
      fault.kill(bee)
      yield* sleep(5)
      done = true
      return end
    })).toEqual(["killed", "lived"])
  })

  it("ends a supervisor in the middle of a restart, whose orphans end with it", async () => {
    expect(await outcomesOf(function* ({ fault, system }) {
      const top = yield* system.start(supervisor({ children: [child(Bee, { id: "bee" })] }))
      const bee = top.child("bee", Bee) as Ref<Bee>
      fault.kill(top)
      bee.exit({ kind: "kill" })
      yield* sleep(1)
      const killed = !top.alive
      yield* sleep(1)
      return killed ? `killed: ${system.processes.length} are left` : "restarted"
    })).toEqual(["killed: 0 are left", "restarted"])
  })

  it("does not offer what is not there", async () => {
    const { schedules } = await explore(
      function* ({ fault }) {
        fault.kill("nobody")
        fault.kill(Bee)
        yield* schedule()
      },
      { strategy: "exhaustive" },
    )
    expect(schedules).toBe(1)
  })
})

describe("crash", () => {
  it("raises an error where a process waits, which may be caught there", async () => {
    class Careful extends Actor {
      *wait(): Routine<string> {
        try {
          yield* sleep(5)
          return "waited"
        } catch (error) {
          return (error as Error).message
        }
      }
    }
    expect(await outcomesOf(function* ({ fault, system }) {
      const bee = yield* system.start(Careful)
      fault.crash(bee, new Error("stung"))
      yield* schedule()
      return yield* asked(() => bee.call.wait() as never)
    })).toEqual(["error", "stung", "waited"])
  })

  it("raises in a tasklet, an error of its own if none is given", async () => {
    expect(await outcomesOf(function* ({ fault }) {
      const bee = tasklet({ name: "maya" }, function* () {
        yield* sleep(5)
        return "flown"
      })
      fault.crash(bee)
      return yield* asked(() => bee as never)
    })).toEqual(["crash of maya (a fault)", "flown"])
  })

  it("never comes to a process that has not begun, nor twice to one that is crashing", async () => {
    await explore(
      function* ({ check, fault, system }) {
        fault.crash(Bee, undefined, { times: 2 })
        const bee = system.spawn(Bee)
        yield* schedule()
        yield* sleep(1)
        check("it has left nothing behind", bee.alive || system.processes.length === 0)
      },
      { strategy: "delayBounded", bound: 2 },
    )
  })
})

describe("fullMailbox", () => {
  it.each([
    ["suspend", ["1 true", "1 false"]],
    ["fail", ["1 true", "MailboxFullError false"]],
    ["dropNewest", ["1 true", "dropped false"]],
  ] as const)("is dealt with by the policy %s, and passes", async (overflow, outcomes) => {
    expect(await outcomesOf(function* ({ fault, system }) {
      const bee = yield* system.start(Bee, { mailbox: { overflow } })
      fault.fullMailbox(bee)
      yield* schedule()
      const sent = bee.cast.sleepFor(0)
      let answer: unknown
      try {
        answer = (yield* bee.call.gather()) as unknown
      } catch (error) {
        answer = (error as Error).name === "MailboxFullError" ? "MailboxFullError" : (error as { readonly code: string }).code
      }
      return `${String(answer)} ${sent}`
    }, 1)).toEqual([...outcomes].sort())
  })

  it("drops the oldest that is there", async () => {
    expect(await outcomesOf(function* ({ fault, system }) {
      const got: unknown[] = []
      const bee = system.spawn(function* (self: Process<number>) {
        yield* sleep(1)
        for (let left = 3; left > 0; left--) got.push(yield* self.receive())
      }, { mailbox: { overflow: "dropOldest" } })
      fault.fullMailbox(bee)
      bee.send(1)
      yield* schedule()
      bee.send(2)
      yield* schedule()
      bee.send(3)
      yield* sleep(2)
      return got.join()
    })).toEqual(["1,2,3", "2,3", "3"])
  })

  it("comes to none without a bound", async () => {
    const { schedules } = await explore(
      function* ({ fault, system }) {
        const bee = yield* system.start(Bee, { mailbox: { capacity: Infinity } })
        fault.fullMailbox(bee)
        yield* schedule()
      },
      { strategy: "delayBounded", bound: 0 },
    )
    expect(schedules).toBe(1)
  })
})

describe("slow", () => {
  it("holds one back until nothing else can run, at the cost of one delay", async () => {
    const orders = await outcomesOf(function* ({ fault }) {
      const order: string[] = []
      const bees = ["a", "b"].map((name) =>
        tasklet({ name }, function* () {
          for (let turn = 0; turn < 3; turn++) {
            order.push(name)
            yield* schedule()
          }
        }),
      )
      fault.slow(bees[0] as never)
      for (const bee of bees) yield* bee
      return order.join("")
    })
    expect(orders).toContain("bbbaaa")
    expect(orders).toContain("abbbaa")
    expect(orders).toContain("ababab")
  })

  it("does not let those poll for ever who wait for what it does", async () => {
    await explore(
      function* ({ fault }) {
        let done = false
        const bee = tasklet(function* () {
          yield* schedule()
          done = true
        })
        fault.slow(bee)
        while (!done) yield* schedule()
      },
      { strategy: "delayBounded", bound: 1, maxSwitches: 500 },
    )
  })
})

describe("time", () => {
  it("lateTimers: the next timer and the one after it are due together", async () => {
    expect(await outcomesOf(function* ({ clock, fault }) {
      fault.lateTimers()
      const at: number[] = []
      const sleepers = [10, 20, 30].map((ms) =>
        tasklet(function* () {
          yield* sleep(ms)
          at.push(clock.now())
        }),
      )
      for (const sleeper of sleepers) yield* sleeper
      return at.join()
    })).toEqual(["10,20,30", "10,30,30", "20,20,30"])
  })

  it("clockJump: time moves on while there is something to run", async () => {
    expect(await outcomesOf(function* ({ clock, fault }) {
      fault.clockJump(5000)
      const other = tasklet(schedule)
      yield* schedule()
      yield* other
      return clock.now()
    })).toEqual([0, 5000])
  })
})

describe("init and cleanUp", () => {
  it("init: a start fails, and a supervisor tries again", async () => {
    expect(await outcomesOf(function* ({ fault, system }) {
      fault.init(Bee, new Error("no wings"))
      return yield* asked(function* () {
        return `${(yield* system.start(Bee)).id}`
      })
    })).toEqual(["1", "error"])
    expect(await outcomesOf(function* ({ fault, system }) {
      const top = yield* system.start(supervisor({ children: [child(Bee, { id: "bee" })] }))
      fault.init(Bee, undefined, { times: Infinity })
      top.child("bee", Bee)?.exit({ kind: "kill" })
      yield* sleep(1)
      return top.alive ? `#${top.child("bee", Bee)?.id}` : "gave up"
    }, 3)).toEqual(["#3", "#4", "#5", "gave up"])
  })

  it("cleanUp: terminate raises, which is the reason of the end; so does the last finally of a raw process", async () => {
    class Tidy extends Actor {
      tidy = false
      terminate(): void {
        tidied++
      }
    }
    let tidied = 0
    const reasons = await outcomesOf(function* ({ fault, system }) {
      tidied = 0
      fault.cleanUp(Tidy, new Error("spilt"))
      const bee = yield* system.start(Tidy)
      const end = yield* asked(() => bee.stop() as never)
      return `${end} ${tidied}`
    })
    expect(reasons).toEqual(["error 0", "undefined 1"])
    expect(await outcomesOf(function* ({ fault, system }) {
      const raw = system.spawn(function* (self: Process) {
        yield* self.receive()
      }, { name: "raw" })
      fault.cleanUp("raw")
      yield* schedule()
      raw.send("end" as never)
      return yield* asked(() => raw.stop() as never)
    })).toEqual(expect.arrayContaining(["error", "undefined"]))
  })

  it("cleanUp comes to no actor without terminate, and init to no other class", async () => {
    class Other extends Actor {}
    const { schedules } = await explore(
      function* ({ fault, system }) {
        fault.cleanUp(Other)
        fault.init(Bee)
        yield* (yield* system.start(Other)).stop()
      },
      { strategy: "delayBounded", bound: 1 },
    )
    const { schedules: without } = await explore(
      function* ({ system }) {
        yield* (yield* system.start(Other)).stop()
      },
      { strategy: "delayBounded", bound: 1 },
    )
    expect(schedules).toBe(without)
  })
})

describe("all faults", () => {
  it("happen in systems that the scenario makes itself, also later", async () => {
    expect(await outcomesOf(function* ({ fault, scheduler }) {
      fault.kill(Bee)
      fault.init(Bee, new Error("no wings"))
      const system = new System({ scheduler, log: false })
      const bee = system.spawn(Bee)
      const answer = yield* asked(() => bee.call.gather() as never)
      yield* system.stop()
      return answer
    })).toEqual(["1", "error", "killed"])
  })

  it("are named as their options say, and one that happens is in the hash by its name", async () => {
    const named = (name: string): Scenario =>
      function* ({ check, fault, system }) {
        const bee = yield* system.start(Bee)
        fault.kill(bee, { name })
        yield* sleep(1)
        check("the bee lives", bee.alive)
      }
    const error = await failureOf(named("power cut"))
    expect(error.message).toContain("power cut")
    await expect(replay(named("power cut"), error.code)).rejects.toThrow("the bee lives")
    await expect(replay(named("stung"), error.code)).rejects.toMatchObject({ name: "ReplayMismatchError" })
  })

  it.each([
    ["a target that is none", ({ fault }: World) => fault.kill(7 as never), "target must be a reference, the name of a process or a class of actors, or a tasklet, got 7"],
    ["an empty name", ({ fault }: World) => fault.crash(""), "target must be"],
    ["a class of something else", ({ fault }: World) => fault.init(Map), "target must be a reference, the name of a process or a class of actors"],
    ["a tasklet where a process is needed", ({ fault, main }: World) => fault.fullMailbox(main as never), "target must be a reference, the name of a process or a class of actors"],
    ["the scenario itself", ({ fault, main }: World) => fault.kill(main), "target must be another one than the tasklet of the scenario"],
    ["an unknown option", ({ fault }: World) => fault.slow(Bee, { time: 2 } as never), "options.time must be left out: the options are times, name"],
    ["no times", ({ fault }: World) => fault.kill(Bee, { times: 0 }), "times must be"],
    ["a name that is none", ({ fault }: World) => fault.lateTimers({ name: "" }), "name must be a string that is not empty"],
    ["a jump back", ({ fault }: World) => fault.clockJump(-1), "ms must be"],
  ])("refuse %s", async (_what, use, text) => {
    await expect(explore((world) => use(world))).rejects.toThrow(text)
  })
})
