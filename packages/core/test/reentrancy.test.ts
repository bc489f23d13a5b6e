import { action, call, channel, group, run, schedule, Scheduler, scheduleRemove, select, sleep, tasklet, type Tasklet } from "@vivarium/core"
import { describe, expect, it } from "vitest"

describe("a clean-up in the middle of an exchange", () => {
  it.each(["receiver", "sender"] as const)("that kills the caller ends it at that wait (preference %s)", (preference) => {
    const flower = channel<number>({ preference })
    const log: string[] = []
    const meet = preference === "receiver" ? flower.receive() : flower.send(1)
    // Its clean-up runs in the caller's slice, so the caller is known by then.
    tasklet(function* () {
      yield* select({ meet, other: action(() => () => caller.kill()) })
      log.push("partner")
    })
    const caller: Tasklet = tasklet(function* () {
      try {
        yield* preference === "receiver" ? flower.send(1) : schedule()
        if (preference === "sender") yield* flower.receive()
        log.push("lives on")
      } finally {
        log.push("killed")
      }
    })
    run()
    expect(log.sort()).toEqual(["killed", "partner"])
    expect([caller.alive, flower.balance]).toEqual([false, 0])
  })

  it("does not bring a tasklet that has ended back to life", () => {
    const ending = tasklet(function* () {
      yield* schedule()
      return 5
    })
    let outcome: unknown
    tasklet(function* () {
      outcome = yield* select({ other: action(() => () => ending.kill()), end: ending })
    })
    run()
    expect(ending.alive).toBe(false)
    expect(outcome).toEqual({ key: "end", value: 5 })
  })
})

describe("started cases", () => {
  it("that end while later ones are begun decide the select", () => {
    const flower = channel<number>()
    let outcome: unknown
    tasklet(function* () {
      outcome = yield* select({
        first: call(function* () {
          yield* schedule()
          return 1
        }),
        second: call(function* () {
          run()
          yield* flower.receive()
        }),
      })
    })
    run()
    expect(outcome).toEqual({ key: "first", value: 1 })
    expect(flower.balance).toBe(0)
  })

  it("that lose while the select hands over may kill the parent afterwards, at their turn", () => {
    const [rose, never] = [channel<number>(), channel<number>()]
    const third = tasklet(() => rose.receive())
    third.remove()
    const log: string[] = []
    const parent: Tasklet = tasklet(function* () {
      try {
        yield* select({
          send: rose.send(1),
          other: call(function* () {
            third.run()
            try {
              yield* never.receive()
            } finally {
              parent.kill()
            }
          }),
        })
        log.push("went on")
      } finally {
        log.push("ended")
      }
    })
    run()
    expect(log.at(-1)).toBe("ended")
    expect(parent.alive).toBe(false)
    expect([rose.balance, never.balance]).toEqual([0, 0])
  })
})

describe("hooks that act on the tasklet they are told of", () => {
  it.each(["created", "woken", "switched", "blocked"] as const)("%s: a kill ends it, and bystanders keep their turns", (kind) => {
    const scheduler = new Scheduler()
    const log: string[] = []
    const tool = scheduler.instrument({ [kind]: (one: Tasklet) => one.name === "victim" && one.kill() })
    const body = (name: string) =>
      function* () {
        log.push(`${name} starts`)
        yield* scheduler.sleep(1)
        log.push(`${name} wakes`)
      }
    for (const name of ["a", "victim", "b"]) scheduler.tasklet({ name }, body(name))
    scheduler.run()
    tool[Symbol.dispose]()
    expect(log.filter((line) => !line.startsWith("victim"))).toEqual(["a starts", "b starts"])
    expect(scheduler.statistics()).toMatchObject({ runnable: 0, ended: 1, timers: 2 })
  })

  it.each(["waits", "is runnable"])("switched: a kill of the tasklet before, which %s, ends that one, and it is shown as it is", (how) => {
    const scheduler = new Scheduler()
    const rose = scheduler.channel({ name: "rose" })
    const seen: (string | undefined)[] = []
    const tool = scheduler.instrument({
      switched(_one, from) {
        seen.push(from?.waitingFor)
        from?.kill()
      },
    })
    let [tidied, wentOn] = [0, false]
    const before = scheduler.tasklet(function* () {
      try {
        yield* how === "waits" ? rose.receive() : schedule()
        wentOn = true
      } finally {
        tidied++
      }
    })
    scheduler.tasklet(() => {})
    scheduler.run()
    tool[Symbol.dispose]()
    expect(seen).toContain(how === "waits" ? "receive on channel \"rose\"" : undefined)
    expect([before.alive, before.scheduled, rose.balance, tidied, wentOn]).toEqual([false, false, 0, 1, false])
    expect(scheduler.statistics()).toMatchObject({ created: 2, ended: 2, runnable: 0 })
  })

  it("cannot resume, move or throw into it while it is being told of", () => {
    const scheduler = new Scheduler()
    const codes: string[] = []
    const tool = scheduler.instrument({
      switched(one) {
        for (const act of [() => one.run(), () => one.remove(), () => one.throw(new Error("x"))]) {
          try {
            act()
          } catch (error) {
            codes.push((error as { code: string }).code)
          }
        }
      },
    })
    let ran = 0
    scheduler.tasklet(() => ran++)
    scheduler.run()
    tool[Symbol.dispose]()
    expect(codes).toEqual(["executing", "executing", "executing"])
    expect(ran).toBe(1)
  })
})

describe("errors of a group that is being killed", () => {
  it("are uncaught errors", () => {
    const never = channel<number>()
    const performer = tasklet(function* () {
      yield* group(function* (members) {
        members.spawn(function* () {
          try {
            yield* never.receive()
          } finally {
            raise("in finally")
          }
        })
        yield* never.receive()
      })
    })
    run()
    expect(() => performer.kill()).toThrow("in finally")
    expect([performer.alive, never.balance]).toEqual([false, 0])
  })
})

describe("a pending throw that another one overtakes", () => {
  it("is reported, and nothing is lost", () => {
    const scheduler = new Scheduler()
    const seen: unknown[] = []
    const bee = scheduler.tasklet(function* () {
      try {
        yield* scheduleRemove()
      } catch (error) {
        seen.push((error as Error).message)
      }
    })
    scheduler.run()
    bee.throw(new Error("first"), { pending: true })
    bee.throw(new Error("second"), { pending: true })
    expect(() => scheduler.run()).toThrow("first")
    scheduler.run()
    expect(seen).toEqual(["second"])
  })
})

describe("killing across schedulers", () => {
  it("raises an error out of a finally in the run that drives the killer", () => {
    const [one, two] = [new Scheduler(), new Scheduler()]
    const victim = two.tasklet(function* () {
      try {
        yield* two.sleep(1000)
      } finally {
        raise("last words")
      }
    })
    two.run()
    const log: string[] = []
    one.tasklet(function* () {
      victim.kill()
      log.push("the killer goes on")
      yield* sleep(0)
    })
    expect(() => one.run()).toThrow("last words")
    expect(log).toEqual(["the killer goes on"])
    expect(() => two.run()).not.toThrow()
  })
})

function raise(message: string): never {
  throw new Error(message)
}
