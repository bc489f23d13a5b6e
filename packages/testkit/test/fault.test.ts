/** Faults: each happens where it may, as often as it may, and is found, shrunk and replayed like any other choice. */
import { Actor, type Ref, System } from "@vivarium/actors"
import { type Routine, Scheduler, schedule, sleep, tasklet } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { child, supervisor } from "@vivarium/supervision"
import { fault as faultPoint } from "@vivarium/testkit/fault"
import { describe, expect, it } from "vitest"
import { type ExplorationError, explore, replay, type Scenario, simulate, type World } from "../src/index.ts"
import { asked, Bee, outcomesOf } from "./fixtures/faults.ts"

async function failureOf(scenario: Scenario): Promise<ExplorationError> {
  return (await explore(scenario, { strategy: "delayBounded", bound: 1 }).then(
    () => expect.fail("it should fail"),
    (error: unknown) => error,
  )) as ExplorationError
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
    expect(message).toContain('fault: rain happened')
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
    expect([...killed].toSorted()).toEqual(['Bee "bee" (#2)', 'Bee "bee" (#4)', 'Queen "queen" (#3)', 'Queen "queen" (#4)'])
    // Not killed; killed, or killed after the queen; killed twice.
    expect([...ids].toSorted((a, b) => a - b)).toEqual([2, 4, 5])
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
    const outcomes = await outcomesOf(function* ({ fault, system }) {
      fault.crash(Bee, undefined, { times: 2 })
      const bee = system.spawn(Bee)
      yield* sleep(1)
      return bee.alive || system.processes.length === 0 || "left behind"
    }, 2)
    expect(outcomes).toEqual([true])
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

it("tells of faults that could not happen anywhere", async () => {
  const { idleFaults } = await explore(
    function* ({ fault, system }) {
      yield* system.start(class Bee extends Actor {}, { name: "maya" })
      fault.kill("maya")
      fault.kill("mayo")
    },
    { strategy: "delayBounded", bound: 1 },
  )
  expect(idleFaults).toEqual(['kill of "mayo"'])
})
