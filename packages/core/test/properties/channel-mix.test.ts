/** Channels under tasklets that run freely: nothing lost, nothing doubled, order kept, nothing left behind. */
import assert from "node:assert/strict"
import fc from "fast-check"
import { it } from "vitest"
import { type Channel, ChannelClosedError, type Operation, type Preference, schedule, Scheduler, select, sleep, type Suspend, type Tasklet, timeout, TimeoutError } from "../../src/index.ts"
import { VirtualClock } from "../../src/lowlevel.ts"

const CHANNELS = 3

const preference = fc.constantFrom<Preference>("receiver", "none", "sender")
const shape = fc.record({ capacity: fc.constantFrom(0, 0, 1, 3), preference, scheduleAll: fc.boolean() })
const step = fc.record({
  kind: fc.constantFrom("send" as const, "receive" as const, "receiveOrDone" as const, "select" as const, "sendAll" as const, "rest" as const),
  on: fc.nat(CHANNELS - 1),
  timeoutMs: fc.option(fc.integer({ min: 0, max: 5 })),
})
const body = fc.array(step, { minLength: 1, maxLength: 8 })
const command = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant("spawn" as const), body }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("run" as const), switches: fc.option(fc.integer({ min: 1, max: 5 })) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("disturb" as const), kill: fc.boolean(), who: fc.nat(30), pending: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("advance" as const), ms: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("toggle" as const), on: fc.nat(CHANNELS - 1) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("trySend" as const, "tryReceive" as const), on: fc.nat(CHANNELS - 1) }) },
)
type Command = typeof command extends fc.Arbitrary<infer C> ? C : never
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never
type Shape = typeof shape extends fc.Arbitrary<infer S> ? S : never

interface Value {
  readonly on: number
  readonly sender: number
  readonly number: number
}

class World {
  readonly clock = new VirtualClock()
  readonly scheduler: Scheduler
  readonly channels: readonly Channel<Value>[]
  readonly tasklets: Tasklet[] = []
  readonly disturbance = new Error("disturbed")
  private numbers = 0
  /** Values whose send is known to have been completed. */
  readonly sent = new Set<Value>()
  /** Values that somebody set out to send. */
  readonly offered = new Set<Value>()
  readonly received: Value[] = []

  constructor(seed: number, shapes: readonly Shape[]) {
    this.scheduler = new Scheduler({ clock: this.clock, random: seed })
    this.channels = shapes.map(({ capacity, preference: preferred, scheduleAll }) => {
      const made = this.scheduler.channel<Value>({ capacity, preference: preferred })
      made.scheduleAll = scheduleAll
      return made
    })
  }

  private newValue(on: number, sender: number): Value {
    const value = { on, sender, number: ++this.numbers }
    this.offered.add(value)
    return value
  }

  private channel(on: number): Channel<Value> {
    return this.channels[on] as Channel<Value>
  }

  private *live(sender: number, steps: readonly Step[]): Generator<Suspend, void, unknown> {
    const log: Value[] = []
    for (const one of steps) {
      try {
        yield* this.take(sender, one, log)
      } catch (error) {
        if (error !== this.disturbance && !(error instanceof ChannelClosedError) && !(error instanceof TimeoutError)) throw error
      }
      expectInOrder(log)
    }
  }

  private *take(sender: number, { kind, on, timeoutMs }: Step, log: Value[]): Generator<Suspend, void, unknown> {
    const limit = <T>(operation: Operation<T>): Operation<T> => (timeoutMs === null ? operation : timeout(timeoutMs, operation))
    const got = (value: Value): void => {
      this.received.push(value)
      log.push(value)
    }
    if (kind === "rest") yield* timeoutMs === null ? schedule() : sleep(timeoutMs)
    else if (kind === "send") {
      const value = this.newValue(on, sender)
      yield* limit(this.channel(on).send(value))
      this.sent.add(value)
    } else if (kind === "sendAll") {
      const values = [this.newValue(on, sender), this.newValue(on, sender)]
      yield* this.channel(on).sendAll(values)
      for (const value of values) this.sent.add(value)
    } else if (kind === "receive") got(yield* limit(this.channel(on).receive()))
    else if (kind === "receiveOrDone") {
      const received = yield* limit(this.channel(on).receiveOrDone())
      if (!received.done) got(received.value)
    } else {
      const [first, second, third] = [on, (on + 1) % CHANNELS, (on + 2) % CHANNELS]
      const [here, there] = [this.newValue(second, sender), this.newValue(third, sender)]
      const outcome = yield* limit(
        select({
          get: this.channel(first).receive(),
          put: this.channel(second).send(here),
          either: this.channel(third).receiveOrDone(),
          other: this.channel(third).send(there),
        }),
      )
      if (outcome.key === "get") got(outcome.value)
      else if (outcome.key === "either") {
        if (!outcome.value.done) got(outcome.value.value)
      } else this.sent.add(outcome.key === "put" ? here : there)
    }
  }

  execute(one: Command): void {
    switch (one.do) {
      case "spawn": {
        const sender = this.tasklets.length
        this.tasklets.push(this.scheduler.tasklet(() => this.live(sender, one.body)))
        break
      }
      case "run":
        this.scheduler.run(one.switches === null ? {} : { switches: one.switches })
        break
      case "disturb": {
        const tasklet = this.tasklets[one.who % Math.max(1, this.tasklets.length)]
        if (tasklet?.alive !== true) break
        if (one.kill) tasklet.kill({ pending: one.pending })
        else if (tasklet.blocked) tasklet.throw(this.disturbance, { pending: one.pending })
        break
      }
      case "advance":
        this.clock.advance(one.ms)
        break
      case "toggle":
        if (this.channel(one.on).closing) this.channel(one.on).open()
        else this.channel(one.on).close()
        break
      case "trySend":
        if (!this.channel(one.on).closing) {
          const value = this.newValue(one.on, -1)
          if (this.channel(one.on).trySend(value)) this.sent.add(value)
        }
        break
      case "tryReceive": {
        const found = this.channel(one.on).tryReceive()
        if (found !== undefined) this.received.push(found.value)
        break
      }
    }
    this.checkBalances()
  }

  private checkBalances(): void {
    for (const channel of this.channels) {
      let [senders, receivers] = [0, 0]
      for (let node = channel.firstSender; node !== null; node = node.after) senders++
      for (let node = channel.firstReceiver; node !== null; node = node.after) receivers++
      assert.equal(channel.balance, senders - receivers)
      assert.equal(channel.waiters.length, senders + receivers)
      assert.equal(channel.waiters.every((one) => one.blocked), true)
      if (channel.length < channel.capacity) assert.equal(senders, 0)
      if (channel.length > 0 || channel.closing) assert.equal(receivers, 0)
    }
  }

  finish(): void {
    this.scheduler.run()
    for (const tasklet of this.tasklets) tasklet.kill()
    const stored: Value[] = []
    for (const channel of this.channels) {
      assert.deepEqual([channel.balance, channel.waiters.length], [0, 0])
      for (let found = channel.tryReceive(); found !== undefined; found = channel.tryReceive()) stored.push(found.value)
      assert.equal(channel.length, 0)
    }
    const { created, droppedValues, ended, ...rest } = this.scheduler.statistics()
    assert.partialDeepStrictEqual(rest, { runnable: 0, blocked: 0, timers: 0, external: 0, ingress: 0 })
    assert.equal(ended, created)
    const arrived = [...this.received, ...stored]
    const unique = new Set(arrived)
    assert.equal(unique.size, arrived.length)
    assert.deepEqual(arrived.filter((value) => !this.offered.has(value)), [])
    const missing = [...this.sent].filter((value) => !unique.has(value))
    assert.ok(missing.length <= droppedValues)
  }
}

/** What one receiver got of one sender over one channel came in the order in which it was sent. */
function expectInOrder(log: readonly Value[]): void {
  const latest = new Map<string, number>()
  for (const { number, on, sender } of log) {
    const way = `${sender} over ${on}`
    assert.ok(number > (latest.get(way) ?? 0))
    latest.set(way, number)
  }
}

it("loses nothing, doubles nothing, keeps order, and leaves nothing behind", () => {
  fc.assert(
    fc.property(fc.nat(), fc.tuple(shape, shape, shape), fc.array(command, { maxLength: 60, size: "max" }), (seed, shapes, commands) => {
      const world = new World(seed, shapes)
      for (const one of commands) world.execute(one)
      world.finish()
    }),
    { numRuns: 800, seed: 1 },
  )
})
