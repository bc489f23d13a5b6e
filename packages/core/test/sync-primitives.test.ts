import { Barrier, channel, Deferred, Event, Mutex, NotInTaskletError, Pool, run, schedule, scheduleRemove, select, Semaphore, tasklet, type Tasklet } from "@vivarium/core"
import { describe, expect, it } from "vitest"

const failing = (code: string, text: RegExp): Error => expect.objectContaining({ code, message: expect.stringMatching(text) as string }) as Error

describe("Semaphore", () => {
  it("lends so many permits, first come first served; nobody barges in", () => {
    const semaphore = new Semaphore(2)
    const log: string[] = []
    for (const name of ["a", "b", "c", "d"]) {
      tasklet(function* () {
        yield* semaphore.acquire()
        log.push(`${name} in`)
        yield* schedule()
        log.push(`${name} out`)
        semaphore.release()
        if (name === "a") log.push(`barges: ${semaphore.tryAcquire()}`)
      })
    }
    run({ switches: 4 })
    expect(semaphore.statistics()).toEqual({ permits: 2, available: 0, waiting: 2 })
    run()
    expect(log).toEqual(["a in", "b in", "a out", "barges: false", "b out", "c in", "d in", "c out", "d out"])
    expect(semaphore.statistics()).toEqual({ permits: 2, available: 2, waiting: 0 })
  })

  it("with() releases however the body ends: result, error or kill", () => {
    const semaphore = new Semaphore(1)
    const log: unknown[] = []
    tasklet(function* () {
      log.push(yield* semaphore.with(() => "result"))
      try {
        yield* semaphore.with(() => {
          throw new Error("failed")
        })
      } catch (error) {
        log.push((error as Error).message)
      }
    })
    const bee = tasklet(() => semaphore.with(() => scheduleRemove()))
    run()
    bee.kill()
    expect(log).toEqual(["result", "failed"])
    expect(semaphore.statistics().available).toBe(1)
  })

  it("refuses a release of what nobody holds", () => {
    expect(() => new Semaphore(1).release()).toThrow(failing("not_held", /Release once per acquire\(\)|with\(body\)/))
  })

  it("takes a permit as a case of a select only if that case happens", () => {
    const semaphore = new Semaphore(1)
    const flower = channel<string>()
    const outcomes: unknown[] = []
    const select1 = function* () {
      outcomes.push((yield* select({ permit: semaphore.acquire(), drop: flower.receive() })).key)
    }
    tasklet(select1)
    run()
    tasklet(select1)
    run()
    flower.trySend("x")
    run()
    expect(outcomes).toEqual(["permit", "drop"])
    expect(semaphore.statistics()).toEqual({ permits: 1, available: 0, waiting: 0 })
    semaphore.release()
    expect(semaphore.statistics().available).toBe(1)
  })
})

describe("Mutex", () => {
  it("excludes, first come first served, and tells its holder", () => {
    const mutex = new Mutex()
    const log: string[] = []
    const bees: Tasklet[] = ["a", "b", "c"].map((name) =>
      tasklet({ name }, function* () {
        yield* mutex.with(function* () {
          log.push(`${name} in, held by ${mutex.statistics().holder?.name}`)
          yield* schedule()
          log.push(`${name} out`)
        })
      }),
    )
    run({ switches: 3 })
    expect(mutex.statistics().waiting).toBe(2)
    expect(bees[1]?.waitingFor).toBe("a mutex that a holds")
    run()
    expect(log).toEqual(["a in, held by a", "a out", "b in, held by b", "b out", "c in, held by c", "c out"])
    expect(mutex.statistics()).toEqual({ holder: undefined, waiting: 0 })
  })

  it("is not re-entrant: a second lock is an error at once; only the holder releases", () => {
    const mutex = new Mutex()
    const errors: unknown[] = []
    const attempt = (action: () => void): void => {
      try {
        action()
      } catch (error) {
        errors.push((error as { code: string }).code)
      }
    }
    tasklet(function* () {
      yield* mutex.acquire()
      try {
        yield* mutex.acquire()
      } catch (error) {
        errors.push((error as { code: string }).code)
      }
      errors.push(mutex.tryAcquire())
      yield* schedule()
      mutex.release()
    })
    tasklet(() => {
      attempt(() => mutex.release())
    })
    run()
    attempt(() => mutex.release())
    expect(errors).toEqual(["held", false, "not_held", "not_held"])
  })

  it("cannot be taken where there is no tasklet to hold it", () => {
    const mutex = new Mutex()
    expect(() => mutex.tryAcquire()).toThrow(NotInTaskletError)
    expect(mutex.statistics().holder).toBeUndefined()
  })

  it("cannot be taken by await, where nobody could release it", async () => {
    const mutex = new Mutex()
    await expect((async () => await mutex.acquire())()).rejects.toThrow(NotInTaskletError)
    expect(mutex.statistics().holder).toBeUndefined()
  })
})

describe("Event", () => {
  it("wakes all waiters in order when it is set, passes while set, and blocks again when cleared", () => {
    const event = new Event()
    const log: string[] = []
    const waits = (name: string): Tasklet =>
      tasklet(function* () {
        yield* event.wait()
        log.push(name)
      })
    void waits("a")
    void waits("b")
    run()
    expect(event.statistics()).toEqual({ isSet: false, waiting: 2 })
    event.set()
    event.set()
    void waits("c")
    run()
    event.clear()
    const late = waits("d")
    run()
    expect(log).toEqual(["a", "b", "c"])
    expect([event.isSet, late.blocked]).toEqual([false, true])
    late.kill()
    expect(event.statistics().waiting).toBe(0)
  })

  it("that is cleared at once has still woken those who waited", () => {
    const event = new Event()
    const log: string[] = []
    tasklet(function* () {
      yield* event.wait()
      log.push("woken")
    })
    run()
    event.set()
    event.clear()
    run()
    expect(log).toEqual(["woken"])
  })
})

describe("Barrier", () => {
  it("passes when all have arrived, gives the order of arrival, and serves round after round", () => {
    const barrier = new Barrier(3)
    const log: string[] = []
    for (const name of ["a", "b", "c"]) {
      tasklet(function* () {
        for (let round = 0; round < 2; round++) log.push(`${name}${yield* barrier.wait()}`)
      })
    }
    run()
    expect(log.slice(0, 3)).toEqual(["c2", "a0", "b1"])
    expect(log).toHaveLength(6)
    expect(barrier.statistics()).toEqual({ parties: 3, waiting: 0 })
  })

  it("has not been reached by one who is killed while waiting", () => {
    const barrier = new Barrier(2)
    const first = tasklet(() => barrier.wait())
    run()
    first.kill()
    expect(barrier.statistics().waiting).toBe(0)
    const second = tasklet(() => barrier.wait())
    run()
    expect(second.blocked).toBe(true)
    second.kill()
  })

  it("of one party never waits", () => {
    const log: number[] = []
    const barrier = new Barrier(1)
    tasklet(function* () {
      log.push(yield* barrier.wait(), yield* barrier.wait())
    })
    run({ switches: 1 })
    expect(log).toEqual([0, 0])
  })

  it("counts a tasklet once, though a select of it has two cases there", () => {
    const barrier = new Barrier(2)
    const keys: string[] = []
    tasklet(function* () {
      keys.push((yield* select({ one: barrier.wait(), two: barrier.wait() })).key)
    })
    run()
    tasklet(function* () {
      yield* barrier.wait()
      keys.push("second")
    })
    run()
    expect(keys).toEqual(["second", "one"])
    expect(barrier.statistics().waiting).toBe(0)
  })
})

describe("Deferred", () => {
  it("gives its value to all who wait, before and after; only the first counts", () => {
    const deferred = new Deferred<string>()
    const log: string[] = []
    const waits = (name: string): void => {
      tasklet(function* () {
        log.push(`${name} ${yield* deferred.wait()}`)
      })
    }
    waits("a")
    waits("b")
    run()
    expect(deferred.statistics()).toEqual({ settled: false, waiting: 2 })
    expect([deferred.resolve("x"), deferred.resolve("y"), deferred.reject(new Error("no"))]).toEqual([true, false, false])
    waits("c")
    run()
    expect(log).toEqual(["a x", "b x", "c x"])
    expect(deferred.settled).toBe(true)
  })

  it("raises the original error, at everybody, and from outside", async () => {
    const deferred = new Deferred()
    const sting = new Error("sting")
    const caught: unknown[] = []
    const catches = function* () {
      try {
        yield* deferred.wait()
      } catch (error) {
        caught.push(error)
      }
    }
    tasklet(catches)
    run()
    expect(deferred.reject(sting)).toBe(true)
    tasklet(catches)
    run()
    expect(caught).toEqual([sting, sting])
    await expect(deferred.wait()).rejects.toBe(sting)
  })
})

describe("Pool", () => {
  it("lends each resource to one at a time, first come first served, built on a balance", () => {
    const pool = new Pool(["one", "two"])
    const log: string[] = []
    for (const query of ["a", "b", "c", "d"]) {
      tasklet(function* () {
        yield* pool.with(function* (connection) {
          log.push(`${query} on ${connection}`)
          yield* schedule()
        })
      })
    }
    run({ switches: 4 })
    expect(pool.statistics()).toEqual({ size: 2, available: 0, waiting: 2 })
    run()
    expect(log).toEqual(["a on one", "b on two", "c on one", "d on two"])
    expect(pool.statistics()).toEqual({ size: 2, available: 2, waiting: 0 })
  })

  it("refuses what it has not lent, and what is not its own", () => {
    const pool = new Pool(["one"])
    expect(() => pool.release("one")).toThrow(failing("not_held", /not lent.*with\(body\)/))
    expect(() => pool.release("other")).toThrow(failing("invalid_argument", /resource of this pool/))
  })

  it("gets a resource back that was on its way to a tasklet which is killed, and from a body that fails or is killed", () => {
    const pool = new Pool(["one"])
    const holder = tasklet(function* () {
      const resource = yield* pool.acquire()
      yield* scheduleRemove()
      pool.release(resource)
    })
    const waiter = tasklet(() => pool.acquire())
    run()
    holder.run()
    expect(waiter.blocked).toBe(false)
    waiter.kill()
    expect(pool.statistics().available).toBe(1)
    const inBody = tasklet(() => pool.with(() => scheduleRemove()))
    run()
    inBody.kill()
    expect(pool.statistics().available).toBe(1)
    const fails = tasklet(() => pool.with(() => { throw new Error("failed") }))
    expect(() => fails.run()).toThrow("failed")
    expect(pool.statistics()).toEqual({ size: 1, available: 1, waiting: 0 })
  })

  it("lends undefined, too", () => {
    const pool = new Pool([undefined])
    const log: unknown[] = []
    tasklet(() => pool.with((resource) => void log.push(resource)))
    run()
    expect(log).toEqual([undefined])
    expect(pool.statistics().available).toBe(1)
  })
})
