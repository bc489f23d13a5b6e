/** Exhaustive exploration with sleep sets: fewer schedules, and not one outcome less. */
import { Barrier, Channel, Deferred, Event, group, Mutex, type Routine, schedule, select, Semaphore, sleep, Tasklet, tasklet, timeout } from "@vivarium/core"
import { Actor } from "@vivarium/actors"
import { Offer, type WaitNode, WaitQueue, wake } from "@vivarium/core/lowlevel"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { explore, type ExploreOptions, type Scenario, type World } from "../src/index.ts"

interface Step {
  readonly what: (typeof STEPS)[number]
  /** On which of the objects of its kind. */
  readonly on: number
}

const STEPS = [
  "send", "receive", "trySend", "tryReceive", "close", "balance", "select", "prefer", "timeout", "acquire", "tryAcquire", "release", "lock", "set", "clear", "wait", "resolve",
  "await", "meet", "read", "write", "schedule", "poll", "sleep", "kill", "join", "spawn", "group", "alive", "draw", "choose", "count", "abort", "abortable", "own",
] as const

type Program = readonly (readonly Step[])[]

const step: fc.Arbitrary<Step> = fc.record({ what: fc.constantFrom(...STEPS), on: fc.nat(1) })
const program: fc.Arbitrary<Program> = fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), { minLength: 2, maxLength: 4 })

/** An offer of the user's own: the second to come wakes the first. */
class Bell extends Offer<string> {
  private readonly waiting: WaitQueue

  constructor(waiting: WaitQueue) {
    super()
    this.waiting = waiting
  }

  ready(): boolean {
    return this.waiting.countTasklets() > 0
  }

  take(): string {
    wake(this.waiting.shift() as WaitNode, "first")
    return "second"
  }

  park(node: WaitNode): void {
    this.waiting.push(node)
  }

  unpark(node: WaitNode): void {
    this.waiting.remove(node)
  }

  describe(): string {
    return "a bell"
  }
}

/** Makes a scenario of a program; tells how each run has ended. */
function scenarioOf(steps: Program, tell: (outcome: string) => void, named: boolean): Scenario {
  return function* ({ fault, random, touch: touchOne, scheduler }: World) {
    const touch = (key: unknown): void => {
      if (named) touchOne(key)
    }
    const channels = [new Channel<string>(), new Channel<string>({ capacity: 1 })]
    const semaphores = [new Semaphore(1), new Semaphore(1)]
    const mutexes = [new Mutex(), new Mutex()]
    const events = [new Event(), new Event()]
    const deferreds = [new Deferred<string>(), new Deferred<string>()]
    const barriers = [new Barrier(2), new Barrier(2)]
    const controllers = [new AbortController(), new AbortController()]
    const bells = [new WaitQueue(), new WaitQueue()]
    const variables = ["", ""]
    function read(on: number): string {
      touch(`variable ${on}`)
      return variables[on] as string
    }
    function write(on: number, text: string): void {
      touch(`variable ${on}`)
      variables[on] += text
    }
    const all: Tasklet[] = []
    const logs: string[][] = []
    function* body(own: readonly Step[], me: number): Routine {
      const log = (logs[me] ??= [])
      for (const { on, what } of own) {
        const channel = channels[on] as Channel<string>
        const barrier = barriers[on] as Barrier
        const mutex = mutexes[on] as Mutex
        const other = all[(me + 1 + on) % steps.length] as Tasklet
        switch (what) {
          case "send": yield* channel.send(`${me}`); break
          case "receive": log.push(yield* channel.receive()); break
          case "trySend": log.push(String(channel.trySend(`t${me}`))); break
          case "tryReceive": log.push(channel.tryReceive()?.value ?? "none"); break
          case "close": channel.close(); break
          case "balance": log.push(String(channel.balance)); break
          case "select": log.push((yield* select({ receive: (channels[0] as Channel<string>).receive(), send: (channels[1] as Channel<string>).send(`s${me}`) })).key); break
          case "prefer": log.push((yield* select({ meet: barrier.wait(), receive: channel.receive(), late: sleep(2) }, { priority: true })).key); break
          case "timeout": log.push(yield* timeout(2, channel.receive())); break
          case "acquire": yield* (semaphores[on] as Semaphore).acquire(); log.push("acquired"); break
          case "tryAcquire": log.push(String((semaphores[on] as Semaphore).tryAcquire())); break
          case "release": if ((semaphores[on] as Semaphore).statistics().available === 0) (semaphores[on] as Semaphore).release(); break
          case "lock": yield* mutex.with(function* () { log.push("locked"); yield* schedule() }); break
          case "set": (events[on] as Event).set(); break
          case "clear": (events[on] as Event).clear(); break
          case "wait": yield* (events[on] as Event).wait(); log.push("set"); break
          case "resolve": log.push(String((deferreds[on] as Deferred<string>).resolve(`${me}`))); break
          case "await": log.push(yield* (deferreds[on] as Deferred<string>).wait()); break
          case "meet": log.push(String(yield* barrier.wait())); break
          case "read": log.push(read(on)); break
          case "write": write(on, `${me}`); break
          case "schedule": yield* schedule(); break
          case "poll": for (let turns = 0; turns < 6 && read(on) === ""; turns++) yield* schedule(); log.push(variables[on] as string); break
          case "sleep": yield* sleep(1 + on); break
          case "kill": other.kill(); break
          case "join": if (other !== all[me]) { yield* other; log.push("joined") } break
          case "spawn": tasklet({ name: `child of ${me}` }, function* () { write(on, `c${me}`) }); break
          case "group": yield* group(function* (members) { members.spawn(function* () { write(on, `g${me}`) }); write(0, `G${me}`) }); break
          case "alive": log.push(String(other.alive)); break
          case "draw": log.push(String(random.integer(1000))); break
          case "choose": log.push(String(fault("f"))); break
          case "abort": controllers[on]?.abort(); break
          case "abortable": yield* channel.receive({ signal: (controllers[on] as AbortController).signal }); break
          case "own": log.push(yield* new Bell(bells[on] as WaitQueue)); break
          case "count": log.push(String(scheduler.statistics().blocked)); break
        }
      }
    }
    function* guarded(own: readonly Step[], me: number): Routine {
      try {
        yield* body(own, me)
      } catch (error) {
        ;(logs[me] ??= []).push((error as Error).name)
      }
    }
    steps.forEach((own, me) => all.push(tasklet(guarded, own, me)))
    yield* sleep(100)
    tell(JSON.stringify([logs, variables, all.map(({ alive, waitingFor }) => [alive, waitingFor]), channels.map(({ balance, length }) => [balance, length])]))
    for (const one of all) one.kill()
  }
}

interface Explored {
  readonly outcomes: readonly string[]
  readonly schedules: number
  readonly exhausted: boolean
}

async function explored(steps: Program, options: ExploreOptions, named: boolean): Promise<Explored> {
  const outcomes = new Set<string>()
  const scenario = scenarioOf(steps, (outcome) => outcomes.add(outcome), named)
  const { exhausted, schedules } = await explore(scenario, { strategy: "exhaustive", leaks: "allow", checks: false, schedules: 300, ...options })
  return { outcomes: [...outcomes].toSorted(), schedules, exhausted }
}

/** How many schedules there are, with and without a declaration that nothing is shared. */
async function counts(scenario: Scenario, options: ExploreOptions = {}): Promise<readonly [all: number, pruned: number]> {
  const all = await explore(scenario, { strategy: "exhaustive", checks: false, ...options })
  const pruned = await explore(scenario, { strategy: "exhaustive", checks: false, shared: false, ...options })
  expect([all.exhausted, pruned.exhausted]).toEqual([true, true])
  return [all.schedules, pruned.schedules]
}

/** So many bees that each do one thing, and nobody waits for. */
function bees(count: number, does: (bee: number) => unknown): Scenario {
  return function* () {
    for (let bee = 0; bee < count; bee++) tasklet(() => void does(bee))
    yield* sleep(9)
  }
}

describe("sleep sets", () => {
  // Each program is explored three times, whole: that takes a second or two.
  it("lose no outcome of any small program, and never run more", async () => {
    let fewer = 0
    await fc.assert(
      fc.asyncProperty(program, async (steps) => {
        const all = await explored(steps, {}, false)
        fc.pre(all.exhausted)
        for (const pruned of [await explored(steps, {}, true), await explored(steps, { shared: false }, true)]) {
          expect(pruned.outcomes).toEqual(all.outcomes)
          expect(pruned.schedules).toBeLessThanOrEqual(all.schedules)
          if (pruned.schedules < all.schedules) fewer++
        }
      }),
      { numRuns: 60, seed: 5 },
    )
    expect(fewer).toBeGreaterThan(40)
  })

  it.each([[1, 1], [2, 2], [3, 6], [4, 24], [5, 120]])("run one schedule of %i independent tasklets, not %i", async (count, all) => {
    expect(await counts(bees(count, () => {}))).toEqual([all, 1])
  })

  it("run both orders of each pair that meets, and no more", async () => {
    const scenario: Scenario = function* () {
      const flowers = [new Channel<number>(), new Channel<number>()]
      for (const flower of flowers) {
        tasklet(function* () { yield* flower.send(1) })
        tasklet(function* () { yield* flower.receive() })
      }
      yield* sleep(1)
    }
    expect(await counts(scenario)).toEqual([80, 4])
  })

  it("run all orders of those who touch the same key, one of those who touch their own", async () => {
    const touching = (keyOf: (bee: number) => unknown): Scenario => (world) => bees(4, (bee) => world.touch(keyOf(bee)))(world)
    const schedulesOf = async (keyOf: (bee: number) => unknown): Promise<number> => (await explore(touching(keyOf), { strategy: "exhaustive" })).schedules
    expect(await schedulesOf(() => "honey")).toBe(24)
    expect(await schedulesOf((bee) => `cell ${bee}`)).toBe(1)
    expect(await schedulesOf((bee) => bee % 2)).toBe(4)
    expect(await schedulesOf((bee) => Symbol.for(`cell ${bee % 2}`))).toBe(4)
  })

  it("take objects that they meet for the first time for one another, and know them from then on", async () => {
    const cells = (known: boolean): Scenario => function* ({ touch }) {
      const own = [{}, {}, {}]
      if (known) for (const cell of own) touch(cell)
      for (const cell of own) tasklet(() => touch(cell))
      yield* sleep(1)
    }
    expect((await explore(cells(false), { strategy: "exhaustive" })).schedules).toBe(6)
    expect((await explore(cells(true), { strategy: "exhaustive" })).schedules).toBe(1)
  })

  it("prune from the first run on where touch is used, and only then", async () => {
    const own = (touches: boolean): Scenario => function* ({ touch }) {
      for (let bee = 0; bee < 4; bee++) {
        tasklet(function* () {
          yield* schedule()
          if (touches && bee === 3) touch("honey")
        })
      }
      yield* sleep(1)
    }
    expect((await explore(own(false), { strategy: "exhaustive" })).schedules).toBe(2520)
    const { coverage, schedules } = await explore(own(true), { strategy: "exhaustive" })
    expect(schedules).toBe(1)
    expect(coverage).toMatch(/^\d+ runs were cut off, each equal to one that was run$/)
  })

  it("prune from then on where touch is first called in a later run", async () => {
    const late: Scenario = function* ({ touch }) {
      const order: number[] = []
      for (let bee = 0; bee < 5; bee++) {
        tasklet(() => {
          order.push(bee)
          if (order[0] === 3) touch("honey")
        })
      }
      yield* sleep(1)
    }
    // All that begin with the first three; then those that begin with the fourth, where all the others touch the same; then nothing is known to be shared.
    expect((await explore(late, { strategy: "exhaustive" })).schedules).toBe(4 * 24 + 1)
  })

  it("let whatever is not tracked count as dependent: processes, invariants, time, foreign schedulers' runs", async () => {
    class Bee extends Actor {
      fly(): void {}
    }
    const actors: Scenario = function* ({ system }) {
      const bee = system.spawn(Bee)
      for (let time = 0; time < 2; time++) tasklet(() => bee.cast.fly())
      yield* sleep(1)
    }
    const [all, pruned] = await counts(actors, { bound: 0 })
    expect(pruned).toBe(all)
    expect(await counts(({ check, ...world }) => {
      check("it holds", () => true)
      return bees(3, () => {})(world as World)
    })).toEqual([6, 6])
    expect(await counts(({ clock, ...world }) => bees(3, () => clock.advance(1))(world as World))).toEqual([6, 6])
    expect(await counts(({ scheduler, ...world }) => bees(3, () => scheduler.statistics())(world as World))).toEqual([6, 6])
  })

  it("still find what breaks", async () => {
    const race: Scenario = function* ({ check, touch }) {
      let honey = 0
      for (let bee = 0; bee < 2; bee++) {
        tasklet(function* () {
          touch("honey")
          const before = honey
          yield* schedule()
          touch("honey")
          honey = before + 1
        })
        tasklet(() => {})
      }
      yield* sleep(1)
      check("both count", honey === 2)
    }
    await expect(explore(race, { strategy: "exhaustive" })).rejects.toThrow("both count")
  })

  it("never prune with bounds, with chance, or with promises", async () => {
    const scenario = bees(3, () => {})
    expect((await explore(scenario, { strategy: "delayBounded", bound: 3, shared: false })).schedules).toBe(6)
    expect((await explore(scenario, { strategy: "random", schedules: 50, shared: false })).schedules).toBe(50)
    expect((await explore(scenario, { strategy: "exhaustive", promises: true, shared: false })).schedules).toBe(6)
  })

  it("leave core's classes as they were", async () => {
    const methods = (): unknown[] => [Channel, Tasklet, WaitQueue, Semaphore].flatMap(({ prototype }: { readonly prototype: object }) => Object.values(Object.getOwnPropertyDescriptors(prototype)))
    const before = methods()
    await explore(bees(2, () => {}), { strategy: "exhaustive", shared: false })
    expect(methods()).toEqual(before)
    await expect(explore(bees(2, () => { throw new Error("boom") }), { strategy: "exhaustive", shared: false })).rejects.toThrow("boom")
    expect(methods()).toEqual(before)
    await expect(explore(bees(2, () => Math.random()), { strategy: "exhaustive", shared: false })).rejects.toThrow("Math.random()")
    expect(methods()).toEqual(before)
  })
})
