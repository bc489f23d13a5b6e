import { MessageChannel, type MessagePort } from "node:worker_threads"
import { action, type Channel, type Routine, schedule, Scheduler, Tasklet } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { beforeEach, describe, expect, it } from "vitest"

let scheduler: Scheduler
let trace: unknown[]

beforeEach(() => {
  scheduler = new Scheduler()
  trace = []
})

/** A body whose whole state is in its arguments, so that another tasklet can take it up. */
function* forage(flower: Channel<string>, state: { nectar: number }): Routine {
  for (;;) {
    const drop = yield* flower.receive()
    state.nectar++
    trace.push(`${drop} ${state.nectar}`)
  }
}

describe("state instead of frames", () => {
  it("PK-02: a tasklet made of a saved state is paused, and insert() continues it", () => {
    const flower = scheduler.channel<string>()
    const state = { nectar: 0 }
    scheduler.tasklet(forage, flower, state)
    scheduler.tasklet(() => flower.sendAll(["rose", "rose"]))
    scheduler.run()
    const saved = JSON.stringify(state)
    const meadow = scheduler.channel<string>()
    const restored = new Tasklet(null, scheduler).bind(forage, [meadow, JSON.parse(saved) as { nectar: number }])
    expect([restored.alive, restored.paused]).toEqual([true, true])
    void restored.insert()
    scheduler.tasklet(() => meadow.send("lily"))
    scheduler.run()
    expect(trace).toEqual(["rose 1", "rose 2", "lily 3"])
    expect(state).toEqual({ nectar: 2 })
  })

  it("PK-03: it waits on the channel it is given, not on the original's", () => {
    const [original, copy] = [scheduler.channel<string>(), scheduler.channel<string>()]
    const first = scheduler.tasklet(forage, original, { nectar: 0 })
    scheduler.run()
    const restored = new Tasklet(null, scheduler).bind(forage, [copy, { nectar: 0 }]).insert()
    scheduler.run()
    expect([original.balance, copy.balance]).toEqual([-1, -1])
    expect(original.waiters[0]).toBe(first)
    expect(copy.waiters[0]).toBe(restored)
  })

  it("PK-04: the values of a channel can be moved to another one, in order; who waits cannot", () => {
    const original = scheduler.channel<string>({ capacity: 2, preference: "sender" })
    const sender = scheduler.tasklet(() => original.sendAll(["a", "b", "c"]))
    scheduler.run()
    const copy = scheduler.channel<string>({ capacity: 3, preference: original.preference })
    for (let taken = original.tryReceive(); taken !== undefined; taken = original.tryReceive()) copy.trySend(taken.value)
    expect([copy.length, copy.preference, copy.balance]).toEqual([3, "sender", 0])
    expect([copy.tryReceive(), copy.tryReceive(), copy.tryReceive()]).toEqual([{ value: "a" }, { value: "b" }, { value: "c" }])
    scheduler.run()
    expect(sender.alive).toBe(false)
  })

  it("PK-05: a restored tasklet has the class that makes it; its fields are those of a new one", () => {
    class Bee extends Tasklet<void> {
      flights = 0
    }
    const bee = new Bee(null, scheduler)
    bee.flights = 7
    const restored = new Bee(null, scheduler)
    void restored.bind(forage, [scheduler.channel<string>(), { nectar: 3 }])
    expect(restored).toBeInstanceOf(Bee)
    expect([bee.flights, restored.flights, restored.paused]).toEqual([7, 0, true])
  })

  it("PK-06: a tasklet cannot be cloned, neither the current nor a suspended one: that is an error, not a copy without its frames", () => {
    const attempt = (): unknown => {
      try {
        return structuredClone(one)
      } catch (error) {
        return (error as DOMException).name
      }
    }
    const one: Tasklet = scheduler.tasklet(function* () {
      trace.push(attempt())
      yield* schedule()
      trace.push("on")
    })
    scheduler.run({ switches: 1 })
    trace.push(attempt())
    scheduler.run()
    expect(trace).toEqual(["DataCloneError", "DataCloneError", "on"])
  })
})

describe("schedulers side by side", () => {
  const received = (port: MessagePort) =>
    action<unknown>((resolve) => {
      port.once("message", resolve)
      return () => port.off("message", resolve)
    })

  it("OS-01: two schedulers exchange ECHO 1 to 3 and QUIT over a message port: values are cloned", async () => {
    const { port1, port2 } = new MessageChannel()
    const client = new Scheduler({ clock: new VirtualClock() })
    const server = new Scheduler({ clock: new VirtualClock() })
    const order = { text: "ECHO", number: 0 }
    const serving = server.main(function* () {
      for (;;) {
        const request = (yield* received(port2)) as typeof order
        if (request.text === "QUIT") return request !== order
        port2.postMessage(`${request.text} ${request.number}`)
      }
    })
    await client.main(function* () {
      for (order.number = 1; order.number <= 3; order.number++) {
        port1.postMessage(order)
        trace.push(yield* received(port1))
      }
      order.text = "QUIT"
      port1.postMessage(order)
    })
    expect(await serving).toBe(true)
    port1.close()
    expect(trace).toEqual(["ECHO 1", "ECHO 2", "ECHO 3"])
    expect([client.statistics().external, server.statistics().external]).toEqual([0, 0])
  })

  it("OS-01: a channel serves the tasklets of its own scheduler only; plain calls hand values over", () => {
    const other = new Scheduler()
    const channel = scheduler.channel<string>()
    scheduler.tasklet(function* () {
      trace.push(yield* channel.receive())
    })
    scheduler.run()
    other.tasklet(function* () {
      try {
        yield* channel.send("by an operation")
      } catch (error) {
        trace.push((error as { code?: string }).code)
      }
      channel.trySend("by a plain call")
      trace.push("sender goes on")
    })
    other.run()
    expect(trace).toEqual(["wrong_scheduler", "sender goes on"])
    scheduler.run()
    expect(trace.at(-1)).toBe("by a plain call")
  })

  it("OS-03: each scheduler counts its own; insert() and remove() elsewhere change nothing here", () => {
    const other = new Scheduler()
    const theirs = other.tasklet(() => trace.push("theirs"))
    scheduler.tasklet(() => {
      trace.push([scheduler.runCount, other.runCount])
      void theirs.remove()
      trace.push([scheduler.runCount, other.runCount])
      void theirs.insert()
    })
    scheduler.run()
    expect(trace).toEqual([[1, 1], [1, 0]])
    expect([scheduler.runCount, other.runCount]).toEqual([0, 1])
    other.run()
    expect(trace.at(-1)).toBe("theirs")
  })

  it("OS-06: main() waits for the outside instead of returning or reporting a deadlock", async () => {
    const idle = new Scheduler({ clock: new VirtualClock() })
    const { port1, port2 } = new MessageChannel()
    const waiting = idle.main(function* () {
      return yield* received(port1)
    })
    setImmediate(() => port2.postMessage("from elsewhere"))
    expect(await waiting).toBe("from elsewhere")
    port1.close()
  })
})
