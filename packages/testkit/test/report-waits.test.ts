/** Who waits for what: the heart of the report of a deadlock. */
import { Actor, type Process, type Ref } from "@vivarium/actors"
import { Barrier, channel, group, Mutex, type Routine, schedule, select, Semaphore, sleep, tasklet } from "@vivarium/core"
import { describe, expect, it } from "vitest"
import { type ExplorationError, type ExploreOptions, explore, type Scenario } from "../src/index.ts"
import { circlesOf } from "../src/waits-circles.ts"

function failureOf(scenario: Scenario, options: ExploreOptions = {}): Promise<ExplorationError> {
  return explore(scenario, { strategy: "delayBounded", diagramDirectory: false, ...options }).then(
    ({ schedules }) => {
      throw new Error(`none of ${schedules} schedules failed`)
    },
    (error: ExplorationError) => error,
  )
}

/** Those who wait: what for, and who has to act. */
function waitsOf({ waits }: ExplorationError): Record<string, string> {
  return Object.fromEntries(waits.map(({ waitsFor, who, whom }) => [who, `${waitsFor ?? "can run"}${whom.length === 0 ? "" : ` <- ${whom.join(", ")}`}`]))
}

describe("in a deadlock", () => {
  it("of locks, the holders are named, and the circle that they make", async () => {
    const error = await failureOf(function* () {
      const [left, right] = [new Mutex(), new Mutex()]
      function* eat(first: Mutex, second: Mutex): Routine {
        yield* first.acquire()
        yield* schedule()
        yield* second.acquire()
      }
      const guests = [tasklet({ name: "Plato" }, eat, left, right), tasklet({ name: "Kant" }, eat, right, left)]
      for (const guest of guests) yield* guest
    })
    expect(error.kind).toBe("deadlock")
    expect(waitsOf(error)).toEqual({
      scenario: "the end of Plato <- Plato #2",
      "Plato #2": "a mutex that Kant holds <- Kant #3",
      "Kant #3": "a mutex that Plato holds <- Plato #2",
    })
    expect(error.circles).toEqual([["Plato #2", "Kant #3"]])
    expect(error.message).toContain("Who waits for what:\n  each waits for the next: Plato #2 -> Kant #3 -> Plato #2\n")
  })

  it("of semaphores, those are named who hold permits; one permit alone makes a circle", async () => {
    const error = await failureOf(function* () {
      const [one, two] = [new Semaphore(1), new Semaphore(2)]
      tasklet({ name: "holder" }, function* () {
        yield* two.acquire()
        yield* two.acquire()
        yield* one.acquire()
        yield* one.acquire()
      })
      yield* schedule()
      yield* two.acquire()
    })
    expect(waitsOf(error)).toEqual({
      scenario: "a permit of a semaphore that holder holds",
      "holder #2": "a permit of a semaphore that holder holds <- holder #2",
    })
    expect(error.circles).toEqual([["holder #2"]])
  })

  it("permits that were passed on or given back belong to others", async () => {
    const error = await failureOf(function* () {
      const permit = new Semaphore(1)
      yield* permit.acquire()
      const next = tasklet({ name: "next" }, function* () {
        yield* permit.acquire()
        yield* channel({ name: "never" }).receive()
      })
      yield* schedule()
      permit.release()
      const last = tasklet({ name: "last" }, () => permit.acquire())
      yield* last
      yield* next
    })
    expect(waitsOf(error)["last #3"]).toBe("a permit of a semaphore that next holds <- next #2")
  })

  it("of joins, each waits for the next", async () => {
    const error = await failureOf(function* () {
      const bees: ReturnType<typeof tasklet>[] = []
      for (let number = 0; number < 3; number++) bees.push(tasklet({ name: `bee` }, () => bees[(number + 1) % 3]?.join()))
      yield* bees[0] as (typeof bees)[number]
    })
    expect(error.circles).toEqual([["bee #2", "bee #3", "bee #4"]])
  })

  it("of channels, it is told who was on the other side last, and channels without a name have numbers", async () => {
    const error = await failureOf(function* () {
      const [first, second] = [channel<number>(), channel<number>()]
      const named = channel<number>({ name: "named" })
      const sender = tasklet({ name: "sender" }, function* () {
        yield* named.send(1)
        yield* second.send(2)
      })
      yield* sender
      yield* select({ first: first.receive(), named: named.receive() })
    }, { strategy: "random", shrinkMs: 0, seed: 2 })
    expect(waitsOf(error)).toEqual({ scenario: "the end of sender <- sender #2", "sender #2": 'send on channel "named"' })
    expect(error.waits[1]?.hint).toBe("nobody has received on it; created by scenario in step 1")
  })

  it("of channels, the cases of a select are told apart", async () => {
    const error = await failureOf(function* () {
      const [first, second] = [channel<number>(), channel<number>()]
      tasklet({ name: "sender" }, () => second.send(1))
      yield* second.receive()
      yield* select({ first: first.receive(), second: second.receive(), never: null })
    })
    expect(waitsOf(error)).toEqual({ scenario: "select of first: receive on channel #2, second: receive on channel #1" })
    expect(error.steps.findLast(({ tasklet: who }) => who === "scenario")?.then).toBe("waits for select of first: receive on channel #2, second: receive on channel #1")
    expect(error.message).toContain("waits for select of first")
  })

  it("of a channel that somebody has used before, that one is named", async () => {
    const error = await failureOf(function* () {
      const box = channel<number>()
      tasklet({ name: "sender" }, () => box.send(1))
      yield* box.receive()
      yield* box.receive()
    })
    expect(error.waits).toMatchObject([{ who: "scenario", waitsFor: "receive on channel #1", hint: "last sent on by sender #2 in step 2" }])
  })

  it("of a group, the members are named", async () => {
    const error = await failureOf(function* () {
      yield* group(function* (members) {
        members.spawn(function* member() {
          yield* new Barrier(2).wait()
        })
      })
    })
    expect(waitsOf(error)).toEqual({ scenario: "the end of 1 members of a group <- member #3", "member #3": "a barrier with 1 of 2 arrived" })
  })
})

class Bee extends Actor {
  *ask(other: Ref<Bee>): Routine<number> {
    yield* schedule()
    return yield* (other as unknown as { readonly call: { tell(): Routine<number> } }).call.tell()
  }

  *tell(): Routine<number> {
    yield* channel({ name: "nothing" }).receive()
    return 1
  }
}

describe("among processes", () => {
  it("calls lead to whom they wait for, and those who are idle are told in one line", async () => {
    const error = await failureOf(function* ({ system }) {
      const [maya, willy] = [system.spawn(Bee, { label: "Maya" }), system.spawn(Bee, { label: "Willy" })]
      system.spawn(Bee)
      yield* maya.with({ timeoutMs: Infinity }).call.ask(willy.with({ timeoutMs: Infinity }) as never)
    })
    expect(waitsOf(error)).toMatchObject({
      scenario: 'the answer of Bee "Maya" (#1) to ask() <- Bee "Maya" (#1)',
      'Bee "Maya" (#1)': 'the answer of Bee "Willy" (#2) to tell() <- Bee "Willy" (#2)',
      'Bee "Willy" (#2)': 'receive on channel "nothing"',
    })
    expect(error.waits.find(({ who }) => who === "Bee #3")).toMatchObject({ waitsFor: "the next message", idle: true })
    expect(error.message).toContain("\n  idle, until a message comes: Bee #3")
  })

  it("a process that receives is not idle, and helpers say whose they are", async () => {
    const error = await failureOf(function* ({ system }) {
      const clerk = system.spawn(function* clerk(self: Process): Routine {
        yield* group(function* (members) {
          members.spawn(function* helper() {
            yield* channel({ name: "work" }).receive()
          })
        })
        yield* self.receive()
      })
      yield* clerk.join()
    })
    expect(waitsOf(error)).toMatchObject({ scenario: "the end of clerk #1 <- clerk #1", "clerk #1": "the end of 1 members of a group <- helper #4 of clerk #1", "helper #4 of clerk #1": 'receive on channel "work"' })
    expect(error.waits.some(({ idle }) => idle)).toBe(false)
  })
})

describe("what is left at the end", () => {
  it("is named, with what it waits for, and who has made it", async () => {
    const error = await failureOf(function* () {
      tasklet({ name: "stray" }, () => channel({ name: "nothing" }).receive())
      tasklet({ name: "sleeper" }, () => sleep(50))
      yield* schedule()
    })
    expect(error.failure).toBe('left at the end: 2 tasklets (stray #2 waits for receive on channel "nothing", sleeper #3 waits for sleep(50)); 1 timer (due in 50 ms)')
    expect(error.waits).toMatchObject([
      { who: "stray #2", hint: "nobody has sent on it; created by scenario in step 1" },
      { who: "sleeper #3", waitsFor: "sleep(50)" },
    ])
  })

  it("is a list that is cut where it is long", async () => {
    const error = await failureOf(function* () {
      for (let number = 0; number < 40; number++) tasklet({ name: "stray" }, () => channel().receive())
      yield* schedule()
    }, { lastSteps: 0 })
    expect(error.failure).toMatch(/^left at the end: 40 tasklets \(stray #2 waits for receive on a channel, .*, …\)$/)
    expect(error.waits).toHaveLength(40)
    expect(error.message).toMatch(/\n {2}stray #31 .*\n.*\n {2}… and 10 more$/)
  })
})

describe("circles of waits", () => {
  it.each([
    ["none", { a: ["b"], b: ["c"], c: [] }, []],
    ["of one", { a: ["a"] }, [["a"]]],
    ["that somebody outside waits for", { a: ["b"], b: ["c"], c: ["b"] }, [["b", "c"]]],
    ["two", { a: ["b"], b: ["a"], c: ["d"], d: ["c", "a"] }, [["a", "b"], ["c", "d"]]],
    ["two that share one", { a: ["b", "c"], b: ["a"], c: ["a"] }, [["a", "b"], ["a", "c"]]],
    ["with ways that end elsewhere", { a: ["x", "b"], b: ["x", "a"], x: [] }, [["a", "b"]]],
  ])("%s", (_what, edges, circles) => {
    expect(circlesOf(new Map(Object.entries<readonly string[]>(edges)))).toEqual(circles)
  })

  it("are found however long they are", () => {
    const size = 20_000
    const [circle] = circlesOf(new Map(Array.from({ length: size }, (_, at) => [at, [(at + 1) % size]])))
    expect(circle).toHaveLength(size)
  })
})
