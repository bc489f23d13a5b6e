/** Sleep sets, object by object: two slices that touch the same one depend on each other, however they do it; two that touch each their own do not. */
import { Barrier, Channel, Deferred, Event, Mutex, Operation, Pool, Random, type Routine, schedule, scheduleRemove, Scheduler, select, Semaphore, sleep, Tasklet, tasklet, TaskletError, trySelect } from "@vivarium/core"
import { WaitQueue } from "@vivarium/core/lowlevel"
import { describe, expect, it } from "vitest"
import { explore, type World } from "../src/index.ts"

type Deed<T> = (object: T, world: World) => unknown

interface Case<T> {
  readonly what: string
  readonly make: (world: World) => T
  readonly one: Deed<T>
  readonly other: Deed<T>
  /** Whether it cannot be told which of them is touched. */
  readonly strange?: boolean
}

function define<T>(what: string, make: (world: World) => T, one: Deed<T>, other: Deed<T>, strange = false): Case<unknown> {
  return { what, make, one, other, strange } as unknown as Case<unknown>
}

const buffered = (): Channel<number> => new Channel<number>({ capacity: 2 })

const CASES = [
  define("a channel: trySend and balance", () => new Channel<number>(), (box) => box.trySend(1), (box) => box.balance),
  define("a channel: send and length", buffered, (box) => box.send(1), (box) => box.length),
  define("a channel: receive and close", buffered, (box) => box.receiveOrDone(), (box) => box.close()),
  define("a channel: close and closing", buffered, (box) => box.close(), (box) => box.closing),
  define("a channel: preference, set and read", buffered, (box) => (box.preference = "sender"), (box) => box.preference),
  define("a channel: trySend, and a select that finds it not ready", buffered, (box) => box.trySend(1), (box) => trySelect({ box: box.receive(), never: sleep(1) })),
  define("a channel: receive, and a select that finds it not ready", () => new Channel<number>(), (box) => box.receive(), (box) => select({ box: box.send(1), now: new Event().wait(), done: new Semaphore(1).acquire() }, { priority: true })),
  define("an event: set and isSet", () => new Event(), (event) => event.set(), (event) => event.isSet),
  define("an event: clear and wait", () => new Event(), (event) => event.clear(), (event) => event.wait()),
  define("a deferred value: resolve and settled", () => new Deferred<number>(), (value) => value.resolve(1), (value) => value.settled),
  define("a deferred value: reject and wait", () => new Deferred<number>(), (value) => value.reject(new TaskletError("dead", "")), (value) => value.wait()),
  define("a semaphore: tryAcquire, twice", () => new Semaphore(1), (semaphore) => semaphore.tryAcquire(), (semaphore) => semaphore.tryAcquire()),
  define("a semaphore: acquire and statistics", () => new Semaphore(1), (semaphore) => semaphore.acquire(), (semaphore) => semaphore.statistics()),
  define("a mutex: tryAcquire and acquire", () => new Mutex(), (mutex) => mutex.tryAcquire(), (mutex) => mutex.acquire()),
  define("a mutex: acquire and statistics", () => new Mutex(), (mutex) => mutex.acquire(), (mutex) => mutex.statistics()),
  define("a barrier: wait and statistics", () => new Barrier(3), (barrier) => barrier.wait(), (barrier) => barrier.statistics()),
  define("a barrier: wait, and a select that does not take it", () => new Barrier(2), (barrier) => barrier.wait(), (barrier) => select({ barrier: barrier.wait(), now: new Semaphore(1).acquire() }, { priority: true })),
  define("a pool: acquire and statistics", () => new Pool([1, 2]), (pool) => pool.acquire(), (pool) => pool.statistics()),
  define("chance: two that draw", () => new Random(1), (random) => random.next(), (random) => random.integer(6), true),
  define("a waiting list of one's own", () => new WaitQueue(), (list) => list.shift(), (list) => list.countTasklets(), true),
  define("a signal: abort and aborted", () => withSignal(), ({ controller }) => controller.abort(), ({ signal }) => signal.aborted, true),
  define("a signal: abort and a wait that it ends", () => withSignal(), ({ controller }) => controller.abort(new TaskletError("dead", "")), ({ signal }) => new Event().wait({ signal }), true),
  define("a channel: trySend, and a select with a receive that was made before", () => ready((box) => box.receive()), ({ box }) => box.trySend(1), ({ made }) => orNow(made)),
  define("a channel: receive, and a select with a send that was made before", () => { const box = new Channel<number>(); return { box, made: box.send(1) } }, ({ box }) => box.receive(), ({ made }) => orNow(made)),
  define("a tasklet: kill and a join that was made before", () => ready((_, bee) => bee.join()), ({ bee }) => bee.kill(), ({ made }) => orNow(made)),
  define("a tasklet: its wake by a channel, and blocked", () => ready((box) => box.send(1)), ({ box }) => box.trySend(1), ({ bee }) => bee.blocked),
  define("a tasklet: kill and alive", () => paused(), (bee) => bee.kill(), (bee) => bee.alive),
  define("a tasklet: throw and waitingFor", () => paused(), (bee) => bee.kill({ pending: true }), (bee) => bee.waitingFor),
  define("a tasklet: kill and join", () => paused(), (bee) => bee.kill(), (bee) => bee.join()),
  define("a tasklet: two that join", () => paused(), (bee) => bee.join(), (bee) => bee.join()),
  define("a tasklet: insert and scheduled", () => paused(), (bee) => bee.insert(), (bee) => bee.scheduled),
]

/** Whatever they are done to, these depend on each other: there is one of each in the world. */
const OF_ALL = [
  define("two that create tasklets", () => null, () => tasklet(function* () {}), () => new Tasklet()),
  define("two that sleep", () => null, () => sleep(1), () => sleep(2)),
  define("one that draws from the world's chance, twice", () => null, (_, { random }) => random.next(), (_, { random }) => random.next()),
  define("one that looks at all tasklets", () => null, (_, { scheduler }) => scheduler.tasklets().length, () => {}),
  define("one that reads the statistics", () => null, (_, { scheduler }) => scheduler.statistics().blocked, () => {}),
  define("one that sets the switch trap", () => null, (_, { scheduler }) => void (scheduler.switchTrap += 0), () => {}),
  define("one that runs the others", () => null, (_, { scheduler }) => scheduler.run({ switches: 1 }), () => {}),
]

function withSignal(): { readonly controller: AbortController; readonly signal: AbortSignal } {
  const controller = new AbortController()
  return { controller, signal: controller.signal }
}

/** An operation if it is ready. */
function orNow(made: Operation<unknown>): Operation<unknown> {
  return select({ made, now: new Semaphore(1).acquire() }, { priority: true })
}

/** A channel, a tasklet that waits at it, and an operation on one of them. */
function ready(make: (box: Channel<number>, bee: Tasklet) => Operation<unknown>): { readonly box: Channel<number>; readonly bee: Tasklet; readonly made: Operation<unknown> } {
  const box = new Channel<number>({ preference: "none" })
  const bee = new Tasklet(function* (): Routine {
    yield* box.receive()
  }).bind(null, [])
  bee.run()
  return { box, bee, made: make(box, bee) }
}

function paused(): Tasklet {
  return new Tasklet(function* (): Routine {
    yield* scheduleRemove()
  }).bind(null, [])
}

function* caught(operation: Operation<unknown>): Routine {
  try {
    yield* operation
  } catch (error) {
    expect(error).toBeInstanceOf(TaskletError)
  }
}

/** How many schedules of two slices are run: 2, or 1 if they are found to be independent. */
async function schedulesOf({ make, one, other }: Case<unknown>, same: boolean): Promise<number> {
  const { schedules } = await explore(function* (world) {
    const objects = [make(world), make(world)]
    for (const [index, deed] of [one, other].entries()) {
      tasklet(function* () {
        const outcome = deed(objects[same ? 0 : index], world)
        if (outcome instanceof Operation) yield* caught(outcome)
      })
    }
    yield* sleep(50)
  }, { strategy: "exhaustive", shared: false, leaks: "allow", checks: false, maxSwitches: 100 })
  return schedules
}

describe("sleep sets know whether two slices touch the same", () => {
  it.each(CASES)("$what", async (each) => {
    expect(await schedulesOf(each, true)).toBeGreaterThanOrEqual(2)
  })

  it.each(CASES.filter(({ strange }) => strange !== true))("or each their own: $what", async (each) => {
    expect(await schedulesOf(each, false)).toBe(1)
  })

  it.each(OF_ALL)("$what", async (each) => {
    expect(await schedulesOf(each, true)).toBeGreaterThanOrEqual(2)
  })

  it("and take faults for one another", async () => {
    const faults = define("faults", () => null, (_, { fault }) => fault("one"), (_, { fault }) => fault("other"))
    expect(await schedulesOf(faults, true)).toBe(8)
  })

  it("but cannot tell whose statistics a scheduler gives", async () => {
    const own = define("a scheduler", () => new Scheduler(), (scheduler) => scheduler.statistics(), () => {})
    expect(await schedulesOf(own, false)).toBe(2)
  })

  it("and slices that only give way touch nothing", async () => {
    const turns = define("turns", () => null, () => schedule(), () => schedule())
    expect(await schedulesOf(turns, true)).toBe(1)
  })
})
