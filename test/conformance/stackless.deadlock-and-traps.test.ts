import {
  type StarredBody,
  BlockTrapError,
  currentTasklet,
  DeadlockError,
  type Operation,
  schedule,
  Scheduler,
  scheduleRemove,
  SwitchTrapError,
  type Tasklet,
} from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { beforeEach, describe, expect, it } from "vitest"

let scheduler: Scheduler
let trace: unknown[]

beforeEach(() => {
  scheduler = new Scheduler({ clock: new VirtualClock() })
  trace = []
})

const self = (): Tasklet => currentTasklet() as Tasklet

function root<R>(body: StarredBody<[], R>): void {
  scheduler.tasklet({ name: "root" }, body)
  scheduler.run()
}

async function deadlockOf(body: StarredBody<[], unknown>): Promise<DeadlockError> {
  const error: unknown = await scheduler.main(body).then(
    () => "no error",
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(DeadlockError)
  return error as DeadlockError
}

describe("deadlock: nothing can ever wake what main() waits for", () => {
  it.each([
    { action: "receive", wait: (channel: { receive(): Operation<unknown> }) => channel.receive() },
    { action: "send", wait: (channel: { send(value: number): Operation<unknown> }) => channel.send(1) },
  ])("DL-01: main alone in $action fails with DeadlockError; its wait is taken back", async ({ action, wait }) => {
    const channel = scheduler.channel<number>({ name: "rose" })
    const error = await deadlockOf(() => wait(channel))
    expect(error.message).toContain("Deadlock")
    expect(error.message).toContain(`${action} on channel "rose"`)
    expect(error.waiting).toEqual([{ id: 1, name: "main", waitingFor: `${action} on channel "rose"`, createdAt: undefined }])
    expect(channel.balance).toBe(0)
  })

  it("DL-01: it is raised where main waits, which can handle it and go on", async () => {
    const channel = scheduler.channel<number>()
    const result = await scheduler.main(function* () {
      try {
        yield* channel.receive()
      } catch (error) {
        return (error as DeadlockError).code
      }
      return "received"
    })
    expect(result).toBe("deadlock")
  })

  it("DL-01: while a timer is outstanding it is no deadlock", async () => {
    const channel = scheduler.channel<string>()
    const result = scheduler.main(function* () {
      scheduler.tasklet(function* () {
        yield* scheduler.sleep(3_600_000)
        yield* channel.send("in time")
      })
      return yield* channel.receive()
    })
    expect(await result).toBe("in time")
    expect(scheduler.clock.now()).toBe(3_600_000)
  })

  it.each([
    { id: "DL-02", action: "receive", wait: (channel: { receive(): Operation<unknown> }) => channel.receive() },
    { id: "DL-03", action: "send", wait: (channel: { send(value: number): Operation<unknown> }) => channel.send(1) },
  ])("$id: main in $action, while a queued tasklet just ends", async ({ action, wait }) => {
    const channel = scheduler.channel<number>()
    const error = await deadlockOf(function* () {
      scheduler.tasklet(() => trace.push("ended"))
      yield* wait(channel)
    })
    expect(trace).toEqual(["ended"])
    expect(error.message).toContain(`main, which waits for ${action}`)
    expect([error.blocked, channel.balance]).toEqual([1, 0])
  })

  it("DL-05: a tasklet and main both receive: main fails, the tasklet goes on waiting", async () => {
    const channel = scheduler.channel<number>()
    const error = await deadlockOf(function* () {
      scheduler.tasklet({ name: "bee" }, function* () {
        try {
          yield* channel.receive()
        } finally {
          trace.push("never")
        }
      })
      yield* channel.receive()
    })
    expect(error.blocked).toBe(2)
    expect(error.waiting.map(({ name }) => name)).toEqual(["main"])
    expect([channel.balance, channel.waiters[0]?.name, trace]).toEqual([-1, "bee", []])
  })

  it("DL-05: in debug mode the error lists everybody who waits, for what, and where they were created", async () => {
    scheduler = new Scheduler({ clock: new VirtualClock(), debug: true })
    const channel = scheduler.channel<number>({ name: "rose" })
    const error = await deadlockOf(function* () {
      scheduler.tasklet({ name: "bee" }, () => channel.receive())
      yield* scheduleRemove()
    })
    expect(error.waiting).toEqual([
      { id: 1, name: "main", waitingFor: "insert()", createdAt: expect.stringContaining("stackless.deadlock-and-traps") },
      { id: 3, name: "bee", waitingFor: 'receive on channel "rose"', createdAt: expect.stringContaining("stackless.deadlock-and-traps") },
    ])
  })

  it("DL-07: scheduleRemove() by the last runnable tasklet pauses it; the deadlock is main's", async () => {
    const channel = scheduler.channel<number>()
    let last: Tasklet | undefined
    const error = await deadlockOf(function* () {
      last = scheduler.tasklet(() => scheduleRemove()) as Tasklet
      yield* channel.receive()
    })
    expect(error.blocked).toBe(2)
    expect(last?.paused).toBe(true)
  })

  it("DL-08: scheduleRemove() by the last tasklet under run() lets run() return", () => {
    const last = scheduler.tasklet(() => scheduleRemove())
    scheduler.run()
    expect(last.paused).toBe(true)
    last.kill()
  })
})

describe("blockTrap", () => {
  it("TR-02: what has a partner waiting is performed, what would block raises", () => {
    const [eager, offered, empty] = [scheduler.channel<number>(), scheduler.channel<number>(), scheduler.channel<number>()]
    scheduler.tasklet(() => eager.receive())
    scheduler.tasklet(() => offered.send(2))
    root(function* () {
      self().blockTrap = true
      yield* eager.send(1)
      trace.push(yield* offered.receive())
      try {
        yield* empty.receive()
      } catch (error) {
        trace.push(error instanceof BlockTrapError && error.message.includes("root"))
      }
      self().blockTrap = false
      trace.push(empty.balance)
      yield* empty.receive()
    })
    expect(trace).toEqual([2, true, 0])
    expect(empty.balance).toBe(-1)
  })

  it("TR-02: schedule() is no block", () => {
    root(function* () {
      self().blockTrap = true
      yield* schedule()
      trace.push("on")
    })
    expect(trace).toEqual(["on"])
  })
})

describe("switchTrap", () => {
  const world = () => {
    const [eager, offered, empty] = [scheduler.channel<number>(), scheduler.channel<number>(), scheduler.channel<number>()]
    const receiver = scheduler.tasklet(function* () {
      try {
        yield* eager.receive()
      } catch (error) {
        trace.push(error)
      }
    })
    scheduler.tasklet(() => offered.send(2))
    const paused = scheduler.tasklet(() => scheduleRemove()) as Tasklet
    scheduler.run()
    const queued = scheduler.tasklet(() => trace.push("queued")) as Tasklet
    return { eager, offered, empty, receiver, paused, queued }
  }
  type World = ReturnType<typeof world>

  const operations: readonly [string, (place: World) => Operation<unknown>][] = [
    ["schedule", () => schedule()],
    ["scheduleRemove", () => scheduleRemove()],
    ["send to nobody", ({ empty }) => empty.send(1)],
    ["send to a waiting receiver", ({ eager }) => eager.send(1)],
    ["sendError to nobody", ({ empty }) => empty.sendError(new Error("lost"))],
    ["receive from nobody", ({ empty }) => empty.receive()],
    ["sleep", () => scheduler.sleep(1)],
    ["joining", ({ receiver }) => receiver.join()],
  ]
  const calls: readonly [string, (place: World) => void][] = [
    ["run", () => scheduler.run()],
    ["run of a queued tasklet", ({ queued }) => queued.run()],
    ["run of a paused tasklet", ({ paused }) => paused.run()],
    ["throw", ({ receiver }) => receiver.throw("an error that is caught")],
    ["kill", ({ receiver }) => receiver.kill()],
  ]

  /** What a trapped attempt must leave as it was. */
  const snapshot = ({ eager, offered, empty, receiver, paused, queued }: World): readonly unknown[] => {
    const states = [receiver, paused, queued].map(({ alive, blocked, paused: isPaused }) => [alive, blocked, isPaused])
    return [eager.balance, offered.balance, empty.balance, ...states]
  }

  it.each(operations)("TR-03: %s raises and changes nothing; it works after the trap is gone", (_, operation) => {
    const place = world()
    root(function* () {
      const before = snapshot(place)
      scheduler.switchTrap++
      try {
        yield* operation(place)
        trace.push("switched")
      } catch (error) {
        trace.push(error instanceof SwitchTrapError && error.code)
      }
      expect(snapshot(place)).toEqual(before)
      scheduler.switchTrap--
      trace.push("performing")
      yield* operation(place)
    })
    expect(trace.filter((entry) => entry !== "queued")).toEqual(["switch_trap", "performing"])
  })

  it.each(calls)("TR-03: %s() raises and changes nothing; it works after the trap is gone", (_, attempt) => {
    const place = world()
    scheduler.tasklet({ name: "root" }, () => {
      const before = snapshot(place)
      scheduler.switchTrap++
      expect(() => attempt(place)).toThrow(SwitchTrapError)
      expect(snapshot(place)).toEqual(before)
      scheduler.switchTrap--
    }).run()
    const before = snapshot(place)
    attempt(place)
    expect(snapshot(place)).not.toEqual(before)
  })

  it("TR-03: it holds in plain code too", () => {
    const place = world()
    scheduler.switchTrap++
    for (const [, attempt] of calls) expect(() => attempt(place)).toThrow(SwitchTrapError)
    scheduler.switchTrap--
    scheduler.run()
    expect(trace).toEqual(["queued"])
  })

  it("TR-03: what switches to nobody is allowed: a receive from a waiting sender, trySend, pending kill", () => {
    const { eager, offered, receiver } = world()
    root(function* () {
      scheduler.switchTrap++
      trace.push(yield* offered.receive(), eager.trySend(1))
      receiver.kill({ pending: true })
      scheduler.switchTrap--
    })
    expect(trace).toEqual(["queued", 2, true])
    expect(receiver.alive).toBe(false)
  })

  it("TR-05: the trap counts, so sections nest", () => {
    root(function* () {
      trace.push(scheduler.switchTrap++, scheduler.switchTrap++, --scheduler.switchTrap)
      try {
        yield* schedule()
      } catch {
        trace.push("trapped")
      }
      trace.push(--scheduler.switchTrap)
      yield* schedule()
      trace.push("on")
    })
    expect(trace).toEqual([0, 1, 1, "trapped", 0, "on"])
    expect(() => (scheduler.switchTrap = -1)).toThrow(expect.objectContaining({ code: "invalid_argument" }))
  })

  it("TR-05: a tasklet that ends with the trap set is told by the run: the next turn would be a switch", () => {
    scheduler.tasklet(() => scheduler.switchTrap++)
    scheduler.tasklet(() => trace.push("next"))
    expect(() => scheduler.run()).toThrow(SwitchTrapError)
    expect(trace).toEqual([])
    scheduler.switchTrap = 0
    scheduler.run()
    expect(trace).toEqual(["next"])
  })

  it.each([
    { through: "its own run()", start: (inner: Tasklet) => inner.run() },
    { through: "a nested run()", start: () => scheduler.run() },
  ])("TR-05: a trap that another tasklet has left set, started through $through, holds for the caller too", ({ start }) => {
    scheduler.tasklet(function* () {
      const inner = scheduler.tasklet(() => scheduler.switchTrap++)
      for (const attempt of [() => start(inner as Tasklet), () => scheduler.run()]) {
        try {
          attempt()
        } catch (error) {
          trace.push((error as SwitchTrapError).code)
        }
      }
      try {
        yield* schedule()
        trace.push("switched")
      } catch (error) {
        trace.push(error instanceof SwitchTrapError)
      }
      scheduler.switchTrap--
      yield* schedule()
      trace.push("on")
    })
    scheduler.run()
    expect(trace.slice(-2)).toEqual([true, "on"])
  })

  it("TR-06: that a tasklet is blocked wins over the trap", () => {
    const { receiver } = world()
    scheduler.switchTrap++
    expect(() => receiver.run()).toThrow(expect.objectContaining({ code: "blocked" }))
    scheduler.switchTrap--
  })
})
