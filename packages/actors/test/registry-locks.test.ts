/** The locks of a registry: who gets them, when they are free again, and the cycles that they are part of. */
import { Actor, ExitReason, type Process, Registry, RegistryError } from "@vivarium/actors"
import { group, Scheduler, select, sleep } from "@vivarium/core"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { Stage } from "./fixtures/stage.ts"

let stage: Stage
beforeEach(() => {
  stage = new Stage()
})
afterEach(async () => {
  await stage[Symbol.asyncDispose]()
})

const unique = () => new Registry<unknown, unknown>({ keys: "unique", name: "flowers", system: stage.system })

describe("locks of a registry", () => {
  it("give what the body gives, be it plain, a generator or async, also to plain code", async () => {
    const flowers = unique()
    const results = stage.scheduler.main(function* () {
      return [
        yield* flowers.lock("rose", () => 1),
        yield* flowers.lock("rose", function* () {
          yield* sleep(1)
          return 2
        }),
        yield* flowers.lock("rose", async () => 3),
      ]
    })
    expect(await results).toEqual([1, 2, 3])
    const waited = flowers.lock("rose", () => 4).then((value) => value)
    await stage.turns()
    expect(await waited).toBe(4)
  })

  it("are free again after an error", () => {
    const flowers = unique()
    const failed = stage.outcome(() =>
      flowers.lock("rose", () => {
        throw new Error("stung")
      }),
    )
    expect(String(failed.error)).toBe("Error: stung")
    expect(stage.outcome(() => flowers.lock("rose", () => "free")).value).toBe("free")
  })

  it("are not re-entrant: taking one twice is an error at once", () => {
    const flowers = unique()
    const twice = stage.outcome(() => flowers.lock("rose", () => flowers.lock("rose", () => "never")))
    expect(twice.error).toBeInstanceOf(RegistryError)
    expect(twice.code).toBe("lock_held")
    expect(stage.outcome(() => flowers.lock("rose", () => flowers.lock("daisy", () => "both"))).value).toBe("both")
  })

  it("that somebody has given up waiting for go to the next", () => {
    const flowers = unique()
    const holder = stage.begin(() => flowers.lock("rose", () => sleep(10)))
    stage.pass()
    const impatient = stage.begin(() => select({ lock: flowers.lock("rose", () => "held"), late: sleep(5) }))
    const patient = stage.begin(() => flowers.lock("rose", () => "held"))
    stage.pass(5)
    expect(impatient.value).toMatchObject({ key: "late" })
    stage.pass(5)
    expect([holder.settled, patient.value]).toEqual([true, "held"])
  })

  it("on their way to a process that is killed go to the next", () => {
    const flowers = unique()
    stage.begin(() => flowers.lock("rose", () => sleep(10)))
    stage.pass()
    const second = stage.system.spawn(function* (_self: Process) {
      yield* flowers.lock("rose", () => sleep(1000))
    })
    stage.pass()
    const third = stage.begin(() => flowers.lock("rose", () => "held"))
    stage.begin(function* () {
      yield* sleep(10)
      second.exit(ExitReason.kill)
    })
    stage.pass(10)
    expect(third.value).toBe("held")
  })

  it("are freed by a kill, whatever the finally blocks of the holder still want to wait for", () => {
    const flowers = unique()
    const holder = stage.system.spawn(function* (_self: Process) {
      yield* flowers.lock("rose", function* () {
        try {
          yield* sleep(1000)
        } finally {
          yield* sleep(1000)
        }
      })
    })
    stage.pass()
    const next = stage.begin(() => flowers.lock("rose", () => "held"))
    holder.exit(ExitReason.kill)
    stage.pass()
    expect(next.value).toBe("held")
  })

  it("that a member of a group holds are freed with the process, even if the member does not end", () => {
    const flowers = unique()
    const holder = stage.system.spawn(function* (_self: Process) {
      yield* group(function* (members) {
        members.spawn(function* () {
          yield* flowers.lock("rose", function* () {
            try {
              yield* sleep(1000)
            } finally {
              yield* sleep(20)
            }
          })
        })
      })
    })
    stage.pass()
    const next = stage.begin(() => flowers.lock("rose", () => sleep(30)))
    holder.exit(ExitReason.kill)
    stage.pass()
    const last = stage.begin(() => flowers.lock("rose", () => "held"))
    stage.pass(20)
    expect([next.settled, last.settled]).toEqual([false, false])
    stage.pass(10)
    expect([next.settled, last.value]).toEqual([true, "held"])
  })

  /** The codes of an error and of what caused it. */
  function codesOf(error: unknown): string[] {
    const codes: string[] = []
    for (let one = error; one instanceof Error; one = one.cause as unknown) codes.push((one as { code?: string }).code ?? one.name)
    return codes
  }

  it("that are held by whoever waits for the one who wants them are refused at once", () => {
    const flowers = unique()
    class Gardener extends Actor {
      *water() {
        return yield* flowers.lock("rose", () => "watered")
      }
    }
    class Owner extends Actor {
      *work() {
        const gardener = this.spawn(Gardener)
        return yield* flowers.lock("rose", () => gardener.call.water())
      }
    }
    const { error } = stage.outcome(() => stage.system.spawn(Owner).call.work())
    expect(codesOf(error)).toEqual(["exit", "exit", "lock_cycle"])
  })

  it("lead over call cycles: calling who waits for one's own lock is refused at once, also if it was not one's own when the wait began", () => {
    const flowers = unique()
    class Gardener extends Actor {
      *water() {
        return yield* flowers.lock("rose", () => "watered")
      }
    }
    const gardener = stage.system.spawn(Gardener, { name: "gardener" })
    class Owner extends Actor {
      *work() {
        return yield* flowers.lock("rose", () => gardener.call.water())
      }
    }
    const owner = stage.system.spawn(Owner, { name: "owner" })
    stage.begin(() => flowers.lock("rose", () => sleep(10)))
    stage.pass()
    const work = stage.begin(() => owner.call.work())
    stage.pass()
    gardener.cast.water()
    stage.pass()
    expect(work.settled).toBe(false)
    stage.pass(10)
    expect(codesOf(work.error)).toEqual(["exit", "call_cycle"])
    expect(String(((work.error as Error).cause as Error).message)).toContain('Owner "owner" (#2) -> Gardener "gardener" (#1) -> Owner "owner" (#2)')
  })

  it("belong to the scheduler of the system", async () => {
    const elsewhere = new Scheduler()
    const flowers = unique()
    await expect(
      elsewhere.main(function* () {
        yield* flowers.lock("rose", () => sleep(1))
      }),
    ).rejects.toThrow(expect.objectContaining({ code: "wrong_scheduler" }))
  })
})
