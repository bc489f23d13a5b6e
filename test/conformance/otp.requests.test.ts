import { InvalidArgumentError, type Routine, sleep, TimeoutError } from "@vivarium/core"
import { Actor, CallError, ExitReason, RequestCollection } from "@vivarium/actors"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { OtpWorld, unread } from "./otp-world.ts"

let world: OtpWorld
beforeEach(() => {
  world = new OtpWorld()
})
afterEach(async () => {
  await world.end()
})

class Server extends Actor {
  *delayed(ms: number): Routine<number> {
    yield* sleep(ms)
    return ms
  }
}

/** Requests to as many servers, labelled 1, 2, 3 …; each takes so long. */
function requests(...times: readonly number[]): RequestCollection<number, number> {
  const collection = new RequestCollection<number, number>()
  for (const [index, ms] of times.entries()) collection.add(world.system.spawn(Server).request.delayed(ms), index + 1)
  return collection
}

describe("collections of requests", () => {
  it("G34: of 400, 1 and 200 ms, the answers come in the order 2, 3, 1; then no request is left", async () => {
    await world.process(function* (self) {
      const collection = requests(400, 1, 200)
      const answers: unknown[] = []
      for (let one = yield* collection.next(); one !== undefined; one = yield* collection.next()) answers.push(one)
      expect(answers).toEqual([
        { kind: "ok", label: 2, value: 1 },
        { kind: "ok", label: 3, value: 200 },
        { kind: "ok", label: 1, value: 400 },
      ])
      expect([collection.size, world.clock.now()]).toEqual([0, 400])
      expect(yield* unread(self)).toEqual([])
    })
  })

  it("G34: one whose server dies is an entry with the reason, in its turn", async () => {
    await world.process(function* () {
      const collection = requests(30)
      const server = world.system.spawn(Server)
      collection.add(server.request.delayed(1000), 2)
      yield* sleep(10)
      server.exit(ExitReason.custom("gone"))
      const failed = yield* collection.next()
      expect(failed).toMatchObject({ kind: "failed", label: 2, error: { code: "exit", reason: { value: "gone" } } })
      expect(failed).toMatchObject({ error: expect.any(CallError) })
      expect(yield* collection.next()).toMatchObject({ kind: "ok", label: 1 })
    })
  })

  it("G35: when the deadline comes, all are abandoned", async () => {
    await world.process(function* () {
      const collection = requests(1, 400, 200)
      expect(yield* collection.next({ timeoutMs: 100 })).toMatchObject({ label: 1 })
      let raised: unknown
      try {
        yield* collection.next({ timeoutMs: 99 })
      } catch (error) {
        raised = error
      }
      expect(raised).toBeInstanceOf(TimeoutError)
      expect([world.clock.now(), collection.size]).toEqual([100, 0])
      expect(yield* collection.next()).toBeUndefined()
      yield* sleep(400)
    })
    expect(world.system.statistics().lateReplies).toBe(2)
  })

  it("G35: when the deadline comes, all are kept if that is asked for", async () => {
    await world.process(function* () {
      const collection = requests(400, 200)
      let raised: unknown
      try {
        yield* collection.next({ timeoutMs: 100, keep: true })
      } catch (error) {
        raised = error
      }
      expect(raised).toBeInstanceOf(TimeoutError)
      expect([world.clock.now(), collection.size]).toEqual([100, 2])
      expect(yield* collection.next()).toMatchObject({ label: 2, value: 200 })
      expect(yield* collection.next()).toMatchObject({ label: 1, value: 400 })
    })
    expect(world.system.statistics().lateReplies).toBe(0)
  })

  it("G36: the same request twice is refused", async () => {
    await world.process(function* () {
      const request = world.system.spawn(Server).request.delayed(1)
      const collection = new RequestCollection<string, number>().add(request, "first")
      expect(() => collection.add(request, "second")).toThrow(InvalidArgumentError)
      expect(collection.size).toBe(1)
      expect(yield* collection.next()).toMatchObject({ label: "first", value: 1 })
    })
  })

  it("G36: what is no request is refused", () => {
    const collection = new RequestCollection<string>()
    expect(() => collection.add({} as never, "nothing")).toThrow("pending must be a request that has been sent")
  })
})
