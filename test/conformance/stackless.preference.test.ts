import { call, type Channel, type Operation, type Preference, schedule, Scheduler, select, timeout } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { beforeEach, describe, expect, it } from "vitest"

type Setting = Preference | "scheduleAll"

/** The order promised holds in every form: core.md commits a select's case exactly as the plain operation. */
const forms: readonly { readonly form: string; readonly watched: boolean; readonly wait: <T>(operation: Operation<T>) => Operation<T> }[] = [
  { form: "plain operations", watched: false, wait: (operation) => operation },
  { form: "operations watched by a tool", watched: true, wait: (operation) => operation },
  { form: "operations as cases of a select", watched: false, wait: (operation) => call(selecting, operation) as typeof operation },
  { form: "operations with a limit", watched: false, wait: (operation) => timeout(1000, operation) },
]

function* selecting(operation: Operation<unknown>) {
  return (yield* select({ only: operation })).value
}

describe.each(forms)("preference of $form", ({ watched, wait }) => {
  let scheduler: Scheduler
  let trace: string[]

  beforeEach(() => {
    scheduler = new Scheduler({ clock: new VirtualClock() })
    if (watched) scheduler.instrument({})
    trace = []
  })

  function channelWith<T>(setting: Setting): Channel<T> {
    if (setting !== "scheduleAll") return scheduler.channel<T>({ preference: setting })
    const channel = scheduler.channel<T>()
    channel.scheduleAll = true
    return channel
  }

  function bystander(name: string): void {
    scheduler.tasklet(function* () {
      trace.push(name)
      yield* schedule()
      trace.push(`${name}'`)
    })
  }

  function run(...parts: readonly (() => unknown)[]): string {
    for (const part of parts) part()
    scheduler.run()
    return trace.join(" ")
  }

  it.each([
    { id: "CH-07", setting: "receiver", first: "receiver", order: "r0 s0 r1 A B s1 A' B'" },
    { id: "CH-08", setting: "receiver", first: "sender", order: "s0 r0 r1 A B s1 A' B'" },
    { id: "CH-09", setting: "none", first: "receiver", order: "r0 s0 s1 A B r1 A' B'" },
    { id: "CH-10", setting: "none", first: "sender", order: "s0 r0 r1 A B s1 A' B'" },
    { id: "CH-11", setting: "sender", first: "receiver", order: "r0 s0 s1 A B r1 A' B'" },
    { id: "CH-12", setting: "sender", first: "sender", order: "s0 r0 s1 A B r1 A' B'" },
    { id: "CH-13", setting: "scheduleAll", first: "receiver", order: "r0 s0 A B r1 s1 A' B'" },
    { id: "CH-14", setting: "scheduleAll", first: "sender", order: "s0 r0 A B s1 r1 A' B'" },
  ] as const)("$id: $setting, the $first waits, two bystanders are queued: $order", ({ setting, first, order }) => {
    const channel = channelWith<void>(setting)
    const receiver = (): void => {
      scheduler.tasklet(function* () {
        trace.push("r0")
        yield* wait(channel.receive())
        trace.push("r1")
      })
    }
    const sender = (): void => {
      scheduler.tasklet(function* () {
        trace.push("s0")
        yield* wait(channel.send())
        trace.push("s1")
      })
    }
    const parts = first === "receiver" ? [receiver, sender] : [sender, receiver]
    expect(run(...parts, () => bystander("A"), () => bystander("B"))).toBe(order)
    expect(channel.balance).toBe(0)
  })

  it.each([
    { id: "CH-18", setting: "receiver", first: "producer", order: "p0 c0 p1 c1 p2 c2 cend pend" },
    { id: "CH-18", setting: "receiver", first: "consumer", order: "p0 c0 p1 c1 p2 c2 cend pend" },
    { id: "CH-09", setting: "none", first: "producer", order: "p0 c0 p1 p2 c1 c2 cend pend" },
    { id: "CH-09", setting: "none", first: "consumer", order: "p0 p1 c0 c1 p2 pend c2 cend" },
    { id: "CH-12", setting: "sender", first: "producer", order: "p0 p1 c0 p2 c1 pend c2 cend" },
    { id: "CH-12", setting: "sender", first: "consumer", order: "p0 p1 c0 p2 c1 pend c2 cend" },
  ] as const)("$id: a producer and a consumer of three, $setting, the $first first: $order", ({ setting, first, order }) => {
    const channel = channelWith<number>(setting)
    const producer = (): void => {
      scheduler.tasklet(function* () {
        for (let value = 0; value < 3; value++) {
          trace.push(`p${value}`)
          yield* wait(channel.send(value))
        }
        trace.push("pend")
      })
    }
    const consumer = (): void => {
      scheduler.tasklet(function* () {
        for (let left = 3; left > 0; left--) trace.push(`c${yield* wait(channel.receive())}`)
        trace.push("cend")
      })
    }
    expect(run(...(first === "producer" ? [producer, consumer] : [consumer, producer]))).toBe(order)
  })

  it.each([
    { id: "CH-07", setting: "receiver", first: "receiver", order: "x0 y0 z0 sx0 x1 sy0 y1 sz0 z1 sx1 sy1 sz1" },
    { id: "CH-08", setting: "receiver", first: "senders", order: "x0 y0 z0 sx0 x1 sy0 y1 sz0 z1 sx1 sy1 sz1" },
    { id: "CH-11", setting: "sender", first: "receiver", order: "sx0 x0 sx1 x1 sy0 y0 sz0 z0 sy1 y1 sz1 z1" },
    { id: "CH-09", setting: "none", first: "receiver", order: "sx0 x0 x1 y0 z0 sx1 sy0 sy1 sz0 y1 z1 sz1" },
  ] as const)("$id: three senders of two values and one receiver, $setting, $first first: $order", ({ setting, first, order }) => {
    const channel = channelWith<string>(setting)
    const senders = (): void => {
      for (const name of ["x", "y", "z"]) {
        scheduler.tasklet(function* () {
          for (const number of [0, 1]) {
            yield* wait(channel.send(`${name}${number}`))
            trace.push(`s${name}${number}`)
          }
        })
      }
    }
    const receiver = (): void => {
      scheduler.tasklet(function* () {
        for (let left = 6; left > 0; left--) trace.push(yield* wait(channel.receive()))
      })
    }
    expect(run(...(first === "receiver" ? [receiver, senders] : [senders, receiver]))).toBe(order)
  })

  it("CH-17: with the preference none the receiver has not run when send returns, and has after run()", () => {
    const channel = channelWith<string>("none")
    scheduler.tasklet(function* () {
      trace.push(yield* wait(channel.receive()))
    })
    const sent = scheduler.tasklet(function* () {
      yield* wait(channel.send("value"))
      trace.push("sent")
      scheduler.run()
      trace.push("ran")
    })
    scheduler.run()
    expect(trace).toEqual(["sent", "value", "ran"])
    expect(sent.alive).toBe(false)
  })
})
