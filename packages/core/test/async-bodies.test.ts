import { currentTasklet, Scheduler, type Tasklet } from "@vivarium/core"
import { describe, expect, it } from "vitest"

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

describe("an async body", () => {
  it("is waited for: its tasklet is blocked until the promise settles, and has its value", async () => {
    const scheduler = new Scheduler()
    const bee = scheduler.tasklet(async (name: string) => {
      await turn()
      return `${name} done`
    }, "bee")
    scheduler.run()
    expect([bee.alive, bee.blocked, bee.waitingFor]).toEqual([true, true, "a promise"])
    expect(await bee).toBe("bee done")
  })

  it("that rejects fails its tasklet with the original error", async () => {
    const sting = new Error("sting")
    const scheduler = new Scheduler()
    const wasp = scheduler.tasklet(async () => {
      await turn()
      throw sting
    })
    await expect(wasp.join()).rejects.toBe(sting)
  })

  it("may be any thenable", async () => {
    const scheduler = new Scheduler()
    const thenable = { then: (done: (value: string) => void) => done("thenable") }
    expect(await scheduler.main(() => thenable as PromiseLike<string>)).toBe("thenable")
  })

  it("can be told to stop, not stopped: a kill aborts its signal, and it stays alive until it settles", async () => {
    const scheduler = new Scheduler()
    const log: string[] = []
    let finish = (): void => {}
    const bee = scheduler.tasklet(async () => {
      const { signal } = currentTasklet() as Tasklet
      signal.addEventListener("abort", () => log.push("told"))
      await new Promise<void>((resolve) => (finish = resolve))
      log.push("settles")
      return 1
    })
    scheduler.run()
    bee.kill()
    bee.kill()
    expect([log, bee.alive]).toEqual([["told"], true])
    const joined = bee.join().then(undefined, (error: unknown) => (error as { code: string }).code)
    finish()
    expect(await joined).toBe("killed")
    expect(log).toEqual(["told", "settles"])
    expect(bee.alive).toBe(false)
  })

  it("that fails with the abort's reason, once killed, has been killed; with any other error it has failed", async () => {
    const told: unknown[] = []
    const scheduler = new Scheduler({ onUncaught: (error) => told.push((error as Error).message) })
    const waitsFor = (fail: (signal: AbortSignal) => unknown) =>
      scheduler.tasklet(() => {
        const { signal } = currentTasklet() as Tasklet
        return new Promise<void>((_resolve, reject) => signal.addEventListener("abort", () => reject(fail(signal) as Error)))
      })
    const obedient = waitsFor((signal) => signal.reason)
    const broken = waitsFor(() => new Error("while stopping"))
    scheduler.run()
    obedient.kill()
    broken.kill()
    await scheduler.main(turn)
    await turn()
    await turn()
    expect(told).toEqual(["while stopping"])
    await expect(obedient.join()).rejects.toMatchObject({ code: "killed" })
    await expect(broken.join()).rejects.toThrow("while stopping")
  })

  it("gets a thrown error as the reason of its signal", async () => {
    const scheduler = new Scheduler()
    const sting = new Error("sting")
    const bee = scheduler.tasklet(() => {
      const { signal } = currentTasklet() as Tasklet
      return new Promise<string>((resolve) => signal.addEventListener("abort", () => resolve((signal.reason as Error).message)))
    })
    scheduler.run()
    bee.throw(sting)
    expect(await bee).toBe("sting")
  })

  it("that is killed before it starts is never called", () => {
    const scheduler = new Scheduler()
    let called = 0
    const bee = scheduler.tasklet(async () => void called++)
    bee.kill()
    scheduler.run()
    expect([called, bee.alive]).toEqual([0, false])
  })

  it("that kills itself before its first await stays alive until it settles, and its rejection is not unhandled", async () => {
    const scheduler = new Scheduler()
    const log: string[] = []
    const bee = scheduler.tasklet(async () => {
      const self = currentTasklet() as Tasklet
      const { signal } = self
      self.kill()
      log.push(`aborted: ${signal.aborted}`)
      await turn()
      log.push(`aborted: ${signal.aborted}`)
      throw signal.reason
    })
    scheduler.run()
    expect(bee.alive).toBe(true)
    await expect(bee.join()).rejects.toMatchObject({ code: "killed" })
    expect(log.at(-1)).toBe("aborted: true")
  })

  it("is a call's body too, which a kill ends at once: the frame waits, not the tasklet's own body", async () => {
    const { call } = await import("@vivarium/core")
    const scheduler = new Scheduler()
    const log: string[] = []
    const bee = scheduler.tasklet(function* () {
      try {
        yield* call(async () => turn())
      } finally {
        log.push("finally")
      }
    })
    scheduler.run()
    bee.kill()
    expect([log, bee.alive]).toEqual([["finally"], false])
    await turn()
  })
})

describe("tasklet.signal", () => {
  it("is aborted when a tasklet with a generator body is killed, before its finally runs", () => {
    const scheduler = new Scheduler()
    const log: unknown[] = []
    const bee = scheduler.tasklet(function* () {
      try {
        yield* scheduler.channel().receive()
      } finally {
        log.push(bee.signal.aborted)
      }
    })
    scheduler.run()
    const { signal } = bee
    expect(signal.aborted).toBe(false)
    bee.kill()
    expect(log).toEqual([true])
    expect(signal.aborted).toBe(true)
  })
})
