/** Promises that reject when nobody waits for them any more. */
import { Actor, ExitReason } from "@vivarium/actors"
import { Deferred, Event, sleep } from "@vivarium/core"
import { describe, expect, it } from "vitest"
import { Stage } from "./fixtures/stage.ts"

/** A promise that a test settles. */
function gate<T = void>() {
  const { promise, reject, resolve } = Promise.withResolvers<T>()
  return { promise, reject, resolve }
}

describe("nothing that fails late is an unhandled rejection", () => {
  it("be it an init, a raw body, a terminate, a continuation, a request or a reentrant call", async () => {
    await using stage = new Stage()
    const wait = gate()
    const rejections: unknown[] = []
    const note = (error: unknown): void => void rejections.push(error)
    process.on("unhandledRejection", note)
    try {
      class Rejects extends Actor {
        async init(when: string) {
          if (when === "init") await wait.promise
        }
        async continued() {
          this.continueWith(() => wait.promise)
        }
        async terminate() {
          await wait.promise
        }
      }
      const processes = [
        stage.system.spawn(Rejects, { args: ["init"] }),
        stage.system.spawn(Rejects, { args: [""] }),
        stage.system.spawn(async () => wait.promise),
        stage.system.spawn(async () => wait.promise, { trapExit: true }),
      ]
      processes[1]?.send(0)
      stage.system.spawn(Rejects, { args: [""] }).cast.continued()
      const stopped = stage.system.spawn(Rejects, { args: [""] })
      stage.pass()
      void stage.begin(() => stopped.stop())
      const unread = stopped.request.continued()
      stage.pass()
      for (const one of processes.slice(0, 3)) one.exit(ExitReason.kill)
      stage.pass()
      wait.reject(new Error("late"))
      await stage.turns()
      expect(unread.settled).toBe(true)
    } finally {
      process.off("unhandledRejection", note)
    }
    expect(rejections).toEqual([])
  })

  it("and what waits in the core is counted there", async () => {
    await using stage = new Stage()
    const bell = new Event(stage.scheduler)
    const answer = new Deferred<number>(stage.scheduler)
    class Waits extends Actor {
      bell() {
        return bell.wait()
      }
      *both() {
        yield* sleep(1)
        return yield* answer.wait()
      }
    }
    const waits = stage.system.spawn(Waits)
    const [one, two] = [stage.begin(() => waits.call.bell()), stage.begin(() => waits.call.both())]
    stage.pass()
    bell.set()
    stage.pass(1)
    answer.resolve(5)
    stage.pass()
    expect([one.settled, two.value]).toEqual([true, 5])
  })
})
