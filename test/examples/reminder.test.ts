// The program is really run, in a process of its own: that is why its test is slow.
import { ExitReason, type Process, type Ref } from "@vivarium/actors"
import { type Routine, sleep, tasklet } from "@vivarium/core"
import { describe, expect, it } from "vitest"
import { type News, Reminders } from "../../examples/reminder/reminders.ts"
import { endingOf, runExample } from "./story.ts"
import { inVirtualWorld, type VirtualWorld } from "./virtual-world.ts"

const DAY = 86_400_000

it("the reminder server prints what its README shows", { timeout: 60_000 }, async () => {
  expect(await runExample("reminder")).toEqual(endingOf("reminder"))
})

interface Scene extends VirtualWorld {
  readonly reminders: Ref<Reminders>
  /** Somebody who subscribes, and writes down what comes, with the time. */
  readonly listener: () => Routine<{ readonly ref: Ref<Process<News>>; readonly heard: readonly string[] }>
}

function inScene(play: (scene: Scene) => Routine): Promise<void> {
  return inVirtualWorld(function* (world) {
    const { now, system } = world
    const reminders = yield* system.start(Reminders)
    yield* play({ ...world, reminders, listener })

    function* listener(): Routine<{ readonly ref: Ref<Process<News>>; readonly heard: readonly string[] }> {
      const heard: string[] = []
      const ref = system.spawn(function* (self: Process<News>) {
        for (;;) {
          const news = yield* self.receive()
          heard.push(`${now()} ${news.name} ${"text" in news ? news.text : news.failed.kind}`)
        }
      })
      yield* reminders.call.subscribe(ref)
      return { ref, heard }
    }
  })
}

describe("the reminder server", () => {
  it("tells all clients of an event when it is due, and not before", () =>
    inScene(function* ({ listener, reminders }) {
      const one = yield* listener()
      const other = yield* listener()
      yield* reminders.call.add("tea", 100, () => "ready")
      yield* sleep(99)
      expect(one.heard).toEqual([])
      yield* sleep(2)
      expect(one.heard).toEqual(["100 tea ready"])
      expect(other.heard).toEqual(one.heard)
      expect(yield* reminders.call.pending()).toEqual([])
    }))

  it("tells events by their time, and at the same time in the order in which they were added", () =>
    inScene(function* ({ listener, reminders }) {
      const { heard } = yield* listener()
      for (const [name, ms] of [["c", 30], ["a", 10], ["b", 20], ["d", 30]] as const) yield* reminders.call.add(name, ms, () => "")
      yield* sleep(31)
      expect(heard).toEqual(["10 a ", "20 b ", "30 c ", "30 d "])
    }))

  it("knows events that are a century away", () =>
    inScene(function* ({ listener, reminders }) {
      const { heard } = yield* listener()
      yield* reminders.call.add("comet", 36_500 * DAY, () => "look up")
      yield* sleep(36_500 * DAY + 1)
      expect(heard).toEqual([`${36_500 * DAY} comet look up`])
    }))

  it("tells nobody of an event that was cancelled, even at the moment at which it is due", () =>
    inScene(function* ({ listener, reminders }) {
      const { heard } = yield* listener()
      const atTheSameTime = tasklet(function* () {
        yield* sleep(100)
        return yield* reminders.call.cancel("toast")
      })
      yield* reminders.call.add("tea", 100, () => "ready")
      yield* reminders.call.add("toast", 100, () => "burnt")
      yield* sleep(50)
      expect(yield* reminders.call.cancel("tea")).toBe(true)
      expect(yield* reminders.call.cancel("tea")).toBe(false)
      expect(yield* atTheSameTime).toBe(true)
      yield* sleep(50)
      expect(heard).toEqual([])
    }))

  it("refuses a second event of the same name until the first is over", () =>
    inScene(function* ({ listener, reminders }) {
      const { heard } = yield* listener()
      yield* reminders.call.add("tea", 100, () => "first")
      const refused = reminders.request.add("tea", 50, () => "second")
      yield* sleep(100)
      expect(() => refused.take()).toThrow('there is an event called "tea" already')
      yield* sleep(1)
      yield* reminders.call.add("tea", 100, () => "third")
      yield* reminders.call.cancel("tea")
      yield* reminders.call.add("tea", 100, () => "fourth")
      yield* sleep(200)
      expect(heard).toEqual(["100 tea first", "201 tea fourth"])
    }))

  it("contains the crash of an event, and tells of it", () =>
    inScene(function* ({ listener, reminders, system }) {
      const { heard } = yield* listener()
      yield* reminders.call.add("oven", 100, () => {
        throw new Error("broken")
      })
      yield* reminders.call.add("bread", 200, () => "done")
      yield* sleep(300)
      expect(heard).toEqual(["100 oven error", "200 bread done"])
      expect(system.statistics()).toMatchObject({ crashed: 1 })
      expect(reminders.alive).toBe(true)
    }))

  it("forgets a client that has ended, however it did", () =>
    inScene(function* ({ listener, reminders, system }) {
      const { ref } = yield* listener()
      const { heard } = yield* listener()
      expect(yield* reminders.call.clients()).toBe(2)
      ref.exit(ExitReason.kill)
      yield* reminders.call.add("tea", 100, () => "ready")
      yield* sleep(101)
      expect(yield* reminders.call.clients()).toBe(1)
      expect(heard).toEqual(["100 tea ready"])
      expect(system.deadLetters).toEqual([])
    }))

  it("tells a client once, however often it has subscribed", () =>
    inScene(function* ({ listener, reminders }) {
      const { heard, ref } = yield* listener()
      yield* reminders.call.subscribe(ref)
      yield* reminders.call.add("tea", 100, () => "ready")
      yield* sleep(101)
      expect(heard).toEqual(["100 tea ready"])
      expect(yield* reminders.call.clients()).toBe(1)
    }))
})
