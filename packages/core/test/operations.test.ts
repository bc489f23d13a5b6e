import { action, call, channel, type Operation, Scheduler, run, schedule, select, sleep, tasklet, timeout } from "@vivarium/core"
import { Offer, VirtualClock, wake, WaitQueue, type WaitNode } from "@vivarium/core/lowlevel"
import { describe, expect, it } from "vitest"

function world(): { scheduler: Scheduler; clock: VirtualClock; log: string[] } {
  const clock = new VirtualClock()
  return { clock, scheduler: new Scheduler({ clock }), log: [] }
}

describe("an operation", () => {
  it("does nothing until it is performed", () => {
    const { scheduler } = world()
    let begun = 0
    const flower = scheduler.channel<number>()
    const operations: Operation<unknown>[] = [
      flower.send(1),
      flower.receive(),
      sleep(5),
      action(() => void begun++),
      call(() => void begun++),
      select({ nectar: flower.receive() }),
      timeout(5, flower.receive()),
    ]
    scheduler.run()
    expect(operations).toHaveLength(7)
    expect(begun).toBe(0)
    expect(flower.balance).toBe(0)
    expect(scheduler.statistics()).toMatchObject({ created: 0, timers: 0 })
  })

  it("is performed any number of times by one tasklet", () => {
    const { log, scheduler } = world()
    const flower = scheduler.channel<string>()
    const send = flower.send("nectar")
    const receive = flower.receive()
    scheduler.tasklet(function* () {
      for (let round = 0; round < 3; round++) yield* send
    })
    scheduler.tasklet(function* () {
      for (let round = 0; round < 3; round++) log.push(yield* receive)
    })
    scheduler.run()
    expect(log).toEqual(["nectar", "nectar", "nectar"])
  })

  it.each(["plain", "timeout", "select", "sleep", "call"])("can be pending in several tasklets at once (%s)", (kind) => {
    const { clock, log, scheduler } = world()
    const flower = scheduler.channel<string>()
    const operations: Record<string, Operation<unknown>> = {
      plain: flower.receive(),
      timeout: timeout(10, flower.receive()),
      select: select({ nectar: flower.receive() }),
      sleep: sleep(10),
      call: call(function* () {
        return yield* flower.receive()
      }),
    }
    const shared = operations[kind] as Operation<unknown>
    for (const bee of ["a", "b", "c"]) {
      scheduler.tasklet(function* () {
        const got = yield* shared
        log.push(`${bee}:${typeof got === "object" && got !== null ? (got as unknown as { value: string }).value : String(got)}`)
      })
    }
    scheduler.run()
    expect(log).toEqual([])
    for (const nectar of ["x", "y", "z"]) {
      scheduler.tasklet(function* () {
        if (kind !== "sleep") yield* flower.send(nectar)
      })
    }
    scheduler.run()
    clock.advance(10)
    scheduler.run()
    expect(log).toEqual(kind === "sleep" ? ["a:undefined", "b:undefined", "c:undefined"] : ["a:x", "b:y", "c:z"])
  })

  it("can be performed inside itself: a call whose body performs the same call", () => {
    const { log, scheduler } = world()
    let depth = 0
    const again: Operation<number> = call(function* (): Generator<never, number, unknown> {
      return ++depth === 3 ? depth : yield* again as unknown as Generator<never, number, unknown>
    })
    scheduler.tasklet(function* () {
      log.push(String(yield* again))
    })
    scheduler.run()
    expect(log).toEqual(["3"])
  })

  it("of its own kind can be built on the parking protocol, and works with select, timeout and kill", () => {
    const { clock, log, scheduler } = world()
    const waiting = new WaitQueue()
    const undone: unknown[] = []
    class Bell extends Offer<string> {
      ready(): boolean {
        return false
      }
      take(): string {
        return "never"
      }
      park(node: WaitNode): void {
        waiting.push(node)
      }
      unpark(node: WaitNode): void {
        waiting.remove(node)
      }
      override undo(outcome: unknown): void {
        undone.push(outcome)
      }
      describe(): string {
        return "the bell"
      }
    }
    const bell = new Bell()
    const ring = (value: string): void => wake(waiting.shift() as WaitNode, value)
    const plain = scheduler.tasklet(function* () {
      log.push(yield* bell)
    })
    scheduler.tasklet(function* () {
      log.push((yield* select({ bell })).value)
    })
    scheduler.tasklet(function* () {
      const late = yield* timeout(5, bell)
      log.push(late)
    })
    const killed = scheduler.tasklet(() => bell)
    scheduler.run()
    expect(plain.waitingFor).toBe("the bell")
    expect(waiting.size).toBe(4)
    ring("one")
    ring("two")
    ring("three")
    ring("four")
    killed.kill()
    scheduler.run()
    expect(log).toEqual(["one", "two", "three"])
    expect(undone).toEqual(["four"])
    clock.advance(5)
    scheduler.run()
    expect(scheduler.statistics()).toMatchObject({ timers: 0, blocked: 0 })
  })
})

describe("await of an operation", () => {
  it("performs it on a hidden tasklet of the scheduler that it belongs to", async () => {
    const { log, scheduler } = world()
    const flower = scheduler.channel<string>()
    const received = (async () => flower.receive())()
    scheduler.tasklet(function* () {
      log.push("sends")
      yield* flower.send("nectar")
      log.push("has sent")
    })
    expect(await received).toBe("nectar")
    expect(log).toEqual(["sends", "has sent"])
    expect(scheduler.statistics()).toMatchObject({ created: 2, ended: 2 })
  })

  it("performs again at each then", async () => {
    let performed = 0
    const counted = action<number>((resolve) => resolve(++performed))
    expect(await counted).toBe(1)
    expect(await counted).toBe(2)
    expect(await Promise.all([counted, counted])).toEqual([3, 4])
  })

  it("belongs, for a tasklet's join, to the tasklet's own scheduler", async () => {
    const { scheduler } = world()
    const bee = scheduler.tasklet(function* () {
      yield* schedule()
      return "honey"
    })
    expect(await bee).toBe("honey")
    expect(await bee.join()).toBe("honey")
    expect(scheduler.statistics().created).toBe(3)
  })

  it("is the default scheduler's where nothing else names one", async () => {
    const { scheduler } = world()
    const order: string[] = []
    const other = scheduler.tasklet(() => void order.push("other"))
    await sleep(0)
    expect(order).toEqual([])
    scheduler.run()
    expect(other.alive).toBe(false)
  })

  it("of a channel belongs to the scheduler that was current when the channel was built", async () => {
    const { scheduler } = world()
    let built: ReturnType<typeof channel<string>> | undefined
    scheduler.tasklet(() => {
      built = channel<string>({ capacity: 1 })
    })
    scheduler.run()
    const before = scheduler.statistics().created
    await built?.send("x")
    expect(scheduler.statistics().created).toBe(before + 1)
    expect(built?.length).toBe(1)
  })

  it("rejects with the original error", async () => {
    const stung = new Error("stung")
    const { scheduler } = world()
    const bee = scheduler.tasklet(function* () {
      yield* schedule()
      throw stung
    })
    await expect(bee.join()).rejects.toBe(stung)
  })

  it("works for select, race and time-out of another scheduler's channel", async () => {
    const { clock, scheduler } = world()
    const flower = scheduler.channel<string>()
    const outcome = select({ none: null, nectar: flower.receive() }).then(({ key, value }) => `${key}=${value}`)
    const late = timeout(10, flower.receive()).then(undefined, (error: unknown) => (error as Error).name)
    scheduler.tasklet(() => flower.send("x"))
    expect(await outcome).toBe("nectar=x")
    clock.advance(10)
    expect(await late).toBe("TimeoutError")
  })
})

describe("the scheduler of an operation", () => {
  it.each(["send", "receive", "select", "nested select", "join", "sleep"])("must be the performing tasklet's (%s)", (kind) => {
    const one = world()
    const two = world()
    const flower = one.scheduler.channel<number>()
    const mine = two.scheduler.channel<number>()
    const operations: Record<string, () => Operation<unknown>> = {
      send: () => flower.send(1),
      receive: () => flower.receive(),
      select: () => select({ mine: mine.receive(), theirs: flower.receive() }),
      "nested select": () => select({ mine: mine.receive(), nested: select({ theirs: flower.receive() }) }),
      join: () => one.scheduler.tasklet(function* () { yield* flower.receive() }).join(),
      sleep: () => one.scheduler.sleep(5),
    }
    const codes: unknown[] = []
    const bee = two.scheduler.tasklet(function* () {
      try {
        yield* (operations[kind] as () => Operation<unknown>)()
      } catch (error) {
        codes.push((error as { code?: string }).code, (error as Error).message)
      }
      yield* schedule()
      codes.push("goes on")
    })
    two.scheduler.run()
    expect(codes).toEqual(["wrong_scheduler", expect.stringMatching(/another scheduler.*\n?.*(trySend|same scheduler)/s), "goes on"])
    expect(bee.alive).toBe(false)
    expect(flower.balance).toBe(0)
    expect(mine.balance).toBe(0)
  })

  it("does not matter to plain calls such as trySend", () => {
    const one = world()
    const two = world()
    const flower = one.scheduler.channel<string>()
    one.scheduler.tasklet(function* () {
      one.log.push(yield* flower.receive())
    })
    one.scheduler.run()
    two.scheduler.tasklet(() => void two.log.push(String(flower.trySend("across"))))
    two.scheduler.run()
    one.scheduler.run()
    expect(two.log).toEqual(["true"])
    expect(one.log).toEqual(["across"])
  })
})

describe("a tasklet has one pending operation", () => {
  it("also in multi-step operations, which run as calls", () => {
    const flower = channel<number>()
    const bee = tasklet(() => flower.sendAll([1, 2]))
    const eater = tasklet(() => flower.each(() => sleep(1000)))
    run()
    expect(bee.waitingFor).toBe("send on a channel")
    expect(eater.waitingFor).toBe("sleep(1000)")
    eater.kill()
    bee.kill()
    expect(flower.balance).toBe(0)
  })

  it("never changes, whatever becomes of the object that a select was made of", () => {
    const [rose, clover] = [channel<string>({ capacity: 1 }), channel<string>({ capacity: 1 })]
    const cases = { visit: rose.receive() }
    const either = select(cases)
    cases.visit = clover.receive()
    rose.trySend("rose")
    clover.trySend("clover")
    let outcome: unknown
    tasklet(function* () {
      outcome = yield* either
    })
    run()
    expect(outcome).toEqual({ key: "visit", value: "rose" })
  })
})
