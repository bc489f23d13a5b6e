import { schedule, scheduleRemove, Scheduler, type Tasklet, trySelect } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { describe, expect, it } from "vitest"

function recorder(log: string[]) {
  return {
    created: (tasklet: Tasklet) => void log.push(`created ${tasklet.name}`),
    switched: (tasklet: Tasklet, from: Tasklet | null) => void log.push(`${from?.name ?? "nobody"} -> ${tasklet.name}`),
    blocked: (tasklet: Tasklet) => void log.push(`blocked ${tasklet.name}`),
    woken: (tasklet: Tasklet) => void log.push(`woken ${tasklet.name}`),
    ended: (tasklet: Tasklet) => void log.push(`ended ${tasklet.name}`),
  }
}

describe("instrument()", () => {
  it("tells of creation, switches, waits, wakes and ends, in order", () => {
    const scheduler = new Scheduler()
    const flower = scheduler.channel<string>()
    const log: string[] = []
    using _tool = scheduler.instrument(recorder(log))
    scheduler.tasklet({ name: "bee" }, () => flower.receive())
    scheduler.tasklet({ name: "fly" }, () => flower.send("x"))
    scheduler.run()
    expect(log).toEqual([
      "created bee", "woken bee", "created fly", "woken fly",
      "nobody -> bee", "blocked bee",
      "bee -> fly", "woken bee", "woken fly",
      "fly -> bee", "ended bee",
      "bee -> fly", "ended fly",
    ])
  })

  it("tells of what happens on channels before it happens, trySend and trySelect included", () => {
    const scheduler = new Scheduler()
    const flower = scheduler.channel<unknown>({ name: "rose" })
    const log: unknown[] = []
    using _tool = scheduler.instrument({
      channel: ({ action, channel, tasklet, value, willBlock }) => log.push([channel.name, action, tasklet?.name, willBlock, value, channel.balance]),
    })
    const sting = new Error("sting")
    scheduler.tasklet({ name: "bee" }, function* () {
      yield* flower.receive()
      try {
        yield* flower.receive()
      } catch {}
    })
    scheduler.tasklet({ name: "fly" }, function* () {
      yield* flower.send("x")
      yield* flower.sendError(sting)
    })
    scheduler.run()
    expect(log).toEqual([
      ["rose", "receive", "bee", true, undefined, 0],
      ["rose", "send", "fly", false, "x", -1],
      ["rose", "receive", "bee", true, undefined, 0],
      ["rose", "send", "fly", false, sting, -1],
    ])
    log.length = 0
    const receiver = scheduler.tasklet({ name: "bee" }, () => flower.receive())
    scheduler.run()
    flower.trySend("from outside")
    scheduler.run()
    expect(log).toEqual([
      ["rose", "receive", "bee", true, undefined, 0],
      ["rose", "send", undefined, false, "from outside", -1],
    ])
    expect(receiver.alive).toBe(false)
    expect(trySelect({ nothing: flower.receive() })).toBeUndefined()
  })

  it("costs nothing once disposed of, and several tools are told in turn", () => {
    const scheduler = new Scheduler()
    const log: string[] = []
    const one = scheduler.instrument({ created: () => void log.push("one") })
    const two = scheduler.instrument({ created: () => void log.push("two") })
    scheduler.tasklet(() => {})
    one[Symbol.dispose]()
    scheduler.tasklet(() => {})
    two[Symbol.dispose]()
    two[Symbol.dispose]()
    scheduler.tasklet(() => {})
    scheduler.run()
    expect(log).toEqual(["one", "two", "two"])
  })

  it("attached twice with the same hooks is told twice, and each is disposed of alone", () => {
    const scheduler = new Scheduler()
    let told = 0
    const hooks = { created: () => void told++ }
    const one = scheduler.instrument(hooks)
    using _two = scheduler.instrument(hooks)
    scheduler.tasklet(() => {})
    expect(told).toBe(2)
    one[Symbol.dispose]()
    scheduler.tasklet(() => {})
    expect(told).toBe(3)
  })

  it("hands an error of a hook to onUncaught, and scheduling goes on", () => {
    const told: unknown[] = []
    const scheduler = new Scheduler({ onUncaught: (error) => told.push((error as Error).message) })
    let ran = 0
    using _tool = scheduler.instrument({
      switched: () => {
        throw new Error("hook")
      },
    })
    scheduler.tasklet(() => void ran++)
    scheduler.run()
    expect([told, ran]).toEqual([["hook"], 1])
  })

  it.each(["created", "switched", "blocked", "woken", "ended", "channel"] as const)("lets nobody wait or run() inside a %s hook", (kind) => {
    const told: unknown[] = []
    const scheduler = new Scheduler({ onUncaught: (error) => told.push((error as { code: string }).code) })
    const flower = scheduler.channel<string>()
    let left = 2
    using _tool = scheduler.instrument({
      [kind]: () => {
        left--
        if (left === 1) scheduler.run()
        else if (left === 0) void [...(schedule() as unknown as Iterable<unknown>)]
      },
    })
    for (const name of ["a", "b"]) scheduler.tasklet({ name }, () => flower.receive())
    scheduler.run()
    flower.close()
    expect(() => scheduler.run()).toThrow("closed")
    expect(() => scheduler.run()).toThrow("closed")
    expect(told[0]).toBe("in_callback")
    expect(["in_callback", "not_in_tasklet"]).toContain(told[1])
    expect(scheduler.statistics()).toMatchObject({ ended: 2, runnable: 0, blocked: 0 })
  })
})

describe("the list of tasklets", () => {
  it("holds the runnable ones only, by default", () => {
    const scheduler = new Scheduler()
    const blocked = scheduler.tasklet(() => scheduler.channel().receive())
    scheduler.run()
    const runnable = scheduler.tasklet(() => void seen.push(...scheduler.tasklets().map(({ id }) => id)))
    const seen: number[] = []
    expect(scheduler.tasklets().map(({ id }) => id)).toEqual([runnable.id])
    scheduler.run()
    expect(seen).toEqual([runnable.id])
    expect(scheduler.statistics()).toMatchObject({ created: 2, ended: 1, blocked: 1, switches: 2, runnable: 0 })
    blocked.kill()
  })

  it.each(["debug", "tool"])("is kept whole, and without the ended, with %s", (how) => {
    const scheduler = new Scheduler({ debug: how === "debug" })
    using _tool = how === "tool" ? scheduler.instrument({}) : undefined
    const blocked = scheduler.tasklet(() => scheduler.channel().receive())
    const paused = scheduler.tasklet(() => scheduleRemove())
    scheduler.tasklet(() => {})
    scheduler.run()
    expect(scheduler.tasklets().map(({ id }) => id)).toEqual([blocked.id, paused.id])
    expect(scheduler.statistics()).toMatchObject({ created: 3, ended: 1, blocked: 2 })
  })

  it("of a tool that a tasklet attaches holds that tasklet, too", () => {
    const scheduler = new Scheduler()
    const seen: number[] = []
    const tools: Disposable[] = []
    const bee = scheduler.tasklet(function* () {
      tools.push(scheduler.instrument({}))
      yield* schedule()
      yield* scheduler.channel().receive()
    })
    scheduler.run()
    seen.push(...scheduler.tasklets().map(({ id }) => id))
    expect(seen).toEqual([bee.id])
    bee.kill()
    for (const tool of tools) tool[Symbol.dispose]()
  })
})

describe("debug mode", () => {
  it("reports a tasklet that was collected while blocked, with its name and spawn site; others are collected silently", async () => {
    const { runFixture } = await import("./fixtures/run-fixture.ts")
    const { code, stdout } = await runFixture("collected.ts")
    expect(stdout).toMatch(/^debug: leak lost .*collected\.ts:\d+/)
    expect(stdout).toContain("leaks 1, listed 0, finally did not run")
    expect(stdout).toContain("plain: nothing reported")
    expect(code).toBe(0)
  })

  it("warns of it on the console by default", async () => {
    const { runFixture } = await import("./fixtures/run-fixture.ts")
    const { stderr } = await runFixture("collected.ts", "by default")
    expect(stderr).toMatch(/vivarium: lost \(#\d+\), created .*collected\.ts:\d+.* was collected while it waited: nobody could have woken it/)
  })

  it("remembers where each tasklet was created", async () => {
    const scheduler = new Scheduler({ debug: true, clock: new VirtualClock() })
    const flower = scheduler.channel({ name: "rose" })
    await expect(scheduler.main(() => flower.receive())).rejects.toThrow(/created .*instrument\.test\.ts/)
  })
})
