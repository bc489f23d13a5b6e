import { currentTasklet, run, schedule, Scheduler, sleep, tasklet, until } from "@vivarium/core"
import { type Clock, VirtualClock } from "@vivarium/core/lowlevel"
import { describe, expect, it } from "vitest"
import { runFixture } from "./fixtures/run-fixture.ts"

/** Lets the host make a turn. */
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

describe("the default scheduler", () => {
  it("drains itself in a macrotask: creating a tasklet is enough, and no microtask runs it", async () => {
    const log: string[] = []
    tasklet(() => void log.push("tasklet"))
    for (let microtask = 0; microtask < 20; microtask++) await Promise.resolve()
    expect(log).toEqual([])
    await turn()
    expect(log).toEqual(["tasklet"])
  })

  it("runs what a promise, a timer or a callback wakes", async () => {
    const log: string[] = []
    tasklet(function* () {
      log.push(yield* until(Promise.resolve("promise")))
    })
    const sleeper = tasklet(function* () {
      yield* sleep(1)
      log.push("timer")
    })
    await sleeper
    expect(log).toEqual(["promise", "timer"])
  })

  it("is not run by a plain run() of another", async () => {
    const scheduler = new Scheduler()
    const log: string[] = []
    tasklet(() => void log.push("default"))
    scheduler.run()
    expect(log).toEqual([])
    run()
    expect(log).toEqual(["default"])
  })
})

describe("an own scheduler", () => {
  it("does not drain itself, but inside main() or with an operation awaited from outside it does", async () => {
    const scheduler = new Scheduler()
    const log: string[] = []
    scheduler.tasklet(() => void log.push("one"))
    await turn()
    await turn()
    expect(log).toEqual([])
    await scheduler.main(() => void log.push("main"))
    expect(log).toEqual(["one", "main"])
    scheduler.tasklet(() => void log.push("two"))
    await turn()
    expect(log).toHaveLength(2)
    await scheduler.sleep(0)
    expect(log).toEqual(["one", "main", "two"])
  })
})

describe.each(["bounded", "failed"])("a %s run()", (kind) => {
  it.each(["run", "main", "resume"])("suspends self-draining until the next %s", async (how) => {
    const scheduler = new Scheduler()
    const log: string[] = []
    const flower = scheduler.channel<string>()
    const awaited = flower.receive().then((value) => log.push(value))
    scheduler.run()
    for (const name of ["a", "b"]) {
      scheduler.tasklet(function* () {
        if (name === "a" && kind === "failed") throw new Error("failed")
        log.push(name)
      })
    }
    let raised = "nothing"
    try {
      scheduler.run(kind === "failed" ? {} : { switches: 1 })
    } catch (error) {
      raised = (error as Error).message
    }
    expect(raised).toBe(kind === "failed" ? "failed" : "nothing")
    const before = [...log]
    scheduler.tasklet(() => void log.push("c"))
    for (let count = 0; count < 5; count++) await turn()
    expect(log).toEqual(before)
    if (how === "run") scheduler.run()
    if (how === "main") await scheduler.main(() => {})
    if (how === "resume") {
      scheduler.resume()
      await turn()
    }
    expect(log).toEqual([...before, "b", "c"])
    scheduler.tasklet(() => flower.send("drains again"))
    await awaited
    expect(log.at(-1)).toBe("drains again")
  })
})

describe("a long drain", () => {
  it("yields to the event loop after the budget, so that I/O is never starved", async () => {
    let now = 0
    const clock: Clock = { now: () => now, setAlarm: () => {} }
    const scheduler = new Scheduler({ clock, limits: { budgetMs: 5, slowSliceMs: Infinity } })
    let turns = 0
    let stop = false
    const ended = scheduler.main(function* () {
      while (!stop) {
        turns++
        now += 2
        yield* schedule()
      }
      return turns
    })
    const perDrain: number[] = []
    for (let count = 0; count < 5; count++) {
      await turn()
      perDrain.push(turns)
    }
    stop = true
    expect(await ended).toBe(turns)
    const differences = perDrain.slice(1).map((total, index) => total - (perDrain[index] as number))
    expect(Math.max(...differences)).toBeLessThanOrEqual(4)
    expect(perDrain.at(-1)).toBeGreaterThan(perDrain[0] as number)
  })

  it("does not make sleep(0) of one tasklet run twice in one drain: sleep(0) gives way to I/O, schedule() does not", async () => {
    const scheduler = new Scheduler()
    const log: string[] = []
    setImmediate(() => {
      log.push("turn 1")
      setImmediate(() => log.push("turn 2"))
    })
    await scheduler.main(function* () {
      yield* schedule()
      yield* schedule()
      log.push("scheduled twice")
      yield* sleep(0)
      log.push("slept")
      yield* sleep(0)
      log.push("slept again")
    })
    expect(log.indexOf("scheduled twice")).toBeLessThan(log.indexOf("turn 2"))
    expect(log.indexOf("turn 2")).toBeLessThan(log.indexOf("slept again"))
  })
})

describe("an uncaught error under the event loop", () => {
  it("goes to onUncaught, with its tasklet, once; the others go on", async () => {
    const told: unknown[] = []
    const scheduler = new Scheduler({ onUncaught: (error, wasp) => told.push((error as Error).message, wasp?.name) })
    const log: string[] = []
    await scheduler.main(function* () {
      scheduler.tasklet({ name: "wasp" }, () => { throw new Error("stung") })
      scheduler.tasklet({ name: "hornet" }, () => { throw new Error("stung harder") })
      yield* schedule()
      yield* schedule()
      log.push("main goes on")
    })
    await turn()
    await turn()
    expect(log).toEqual(["main goes on"])
    expect(told).toEqual(["stung", "wasp", "stung harder", "hornet"])
  })

  it("is decided after the microtasks that follow the drain: who joins by then has caught it", async () => {
    const told: unknown[] = []
    const sting = new Error("stung")
    const scheduler = new Scheduler({ onUncaught: (error) => told.push(error) })
    const first = await scheduler.main(() => ({ wasp: scheduler.tasklet(() => { throw sting }) }))
    await expect(first.wasp.join()).rejects.toBe(sting)
    await turn()
    await turn()
    expect(told).toEqual([])
  })

  it("that nobody joins in time is told, and a later join still fails with it", async () => {
    const told: unknown[] = []
    const sting = new Error("stung")
    const scheduler = new Scheduler({ onUncaught: (error) => told.push(error) })
    const wasp = scheduler.tasklet(() => { throw sting })
    await scheduler.main(() => {})
    await turn()
    await turn()
    expect(told).toEqual([sting])
    await expect(wasp.join()).rejects.toBe(sting)
    await turn()
    await turn()
    expect(told).toEqual([sting])
  })

  it("of a nested run under a drain comes out of that run, not what failed before it in the same drain", async () => {
    const told: unknown[] = []
    const caught: unknown[] = []
    const scheduler = new Scheduler({ onUncaught: (error) => told.push((error as Error).message) })
    await scheduler.main(function* () {
      scheduler.tasklet(() => { throw new Error("outer") })
      scheduler.tasklet(() => {
        scheduler.tasklet(() => { throw new Error("inner") })
        try {
          scheduler.run()
        } catch (error) {
          caught.push((error as Error).message)
        }
      })
      yield* schedule()
      yield* schedule()
    })
    await turn()
    await turn()
    expect(caught).toEqual(["inner"])
    expect(told).toEqual(["outer"])
  })

  it("by default ends the process as an unhandled rejection would", async () => {
    const { code, stderr, stdout } = await runFixture("process-ends.ts", "uncaught")
    expect(stderr).toMatch(/Error: stung/)
    expect(stdout).toBe("end of file\n")
    expect(code).toBe(1)
  })

  it("of main's own tasklet rejects main's promise, and nothing else", async () => {
    const told: unknown[] = []
    const scheduler = new Scheduler({ onUncaught: (error) => told.push(error) })
    const sting = new Error("stung")
    await expect(scheduler.main(() => { throw sting })).rejects.toBe(sting)
    await turn()
    await turn()
    expect(told).toEqual([])
    const { code, stderr } = await runFixture("process-ends.ts", "uncaught in main")
    expect([code, /Error: stung/.test(stderr)]).toEqual([1, true])
  })
})

describe("a process", () => {
  it.each([
    ["blocked holds nothing", "end of file\n"],
    ["own scheduler is not run", "end of file\n"],
    ["killed sleeper holds nothing", "end of file\n"],
    ["sleep holds", "end of file\nslept\n"],
  ])("%s", async (program, output) => {
    const { code, stderr, stdout } = await runFixture("process-ends.ts", program)
    expect([code, stderr, stdout]).toEqual([0, "", output])
  })
})

describe("main()", () => {
  it("gives the result of every kind of body, with its arguments", async () => {
    const scheduler = new Scheduler()
    expect(await scheduler.main(function* (a: number, b: number) { yield* schedule(); return a + b }, 1, 2)).toBe(3)
    expect(await scheduler.main({ name: "named" }, (a: number) => `${currentTasklet()?.name} ${a}`, 4)).toBe("named 4")
    expect(await scheduler.main(async (a: number) => a, 5)).toBe(5)
    expect(await scheduler.main(() => scheduler.tasklet(() => 6).join())).toBe(6)
  })

  it("fails with code killed when its tasklet is killed", async () => {
    const scheduler = new Scheduler()
    await expect(scheduler.main(function* () { currentTasklet()?.kill(); yield* schedule() })).rejects.toMatchObject({ code: "killed" })
  })

  it("leaves other tasklets as they are when it ends", async () => {
    const clock = new VirtualClock()
    const scheduler = new Scheduler({ clock })
    const other = scheduler.tasklet(() => sleep(1000))
    await scheduler.main(() => sleep(5))
    expect(other.blocked).toBe(true)
    expect(clock.now()).toBe(5)
  })
})
