/** Channels against their model, one operation at a time, with kills and throws between wake and resume. */
import assert from "node:assert/strict"
import fc from "fast-check"
import { it } from "vitest"
import { type Channel, ChannelClosedError, type Operation, type Preference, Scheduler, select, timeout, trySelect } from "../../src/index.ts"
import { VirtualClock } from "../../src/lowlevel.ts"
import { carriesValue, type Case, type ModelChannel, ModelWorld } from "./channel-model.ts"
import { inWords, Puppet } from "./puppets.ts"

const PUPPETS = 5

const preference = fc.constantFrom<Preference>("receiver", "none", "sender")
const shape = fc.record({ capacity: fc.constantFrom(0, 0, 1, 2, 3), preference, scheduleAll: fc.boolean() })
const plainCase = fc.record({ kind: fc.constantFrom("send" as const, "receive" as const, "receiveOrDone" as const), on: fc.nat(2) })
const order = fc.record({
  cases: fc.array(plainCase, { minLength: 1, maxLength: 4 }),
  asSelect: fc.boolean(),
  priority: fc.boolean(),
  timeoutMs: fc.option(fc.integer({ min: 1, max: 20 })),
})
const command = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant("perform" as const), who: fc.nat(PUPPETS - 1), order }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("try" as const), order }) },
  { weight: 2, arbitrary: fc.constant({ do: "settle" } as const) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("disturb" as const), kill: fc.boolean(), who: fc.nat(PUPPETS - 1), pending: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("advance" as const), ms: fc.nat(15) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("change" as const), on: fc.nat(2), to: fc.oneof(fc.constantFrom("open" as const, "closed" as const), shape) }) },
)
type Command = typeof command extends fc.Arbitrary<infer C> ? C : never
type Order = typeof order extends fc.Arbitrary<infer O> ? O : never
type Shape = typeof shape extends fc.Arbitrary<infer S> ? S : never

class World {
  readonly clock = new VirtualClock()
  readonly scheduler: Scheduler
  readonly channels: readonly Channel<number>[]
  readonly model: ModelWorld
  readonly puppets: Puppet[]
  private values = 0
  private dropped = 0

  constructor(seed: number, shapes: readonly Shape[]) {
    this.scheduler = new Scheduler({ clock: this.clock, random: seed })
    this.model = new ModelWorld(shapes.map(({ capacity }) => capacity))
    this.channels = shapes.map((one) => {
      const made = this.scheduler.channel<number>({ capacity: one.capacity, preference: one.preference })
      made.scheduleAll = one.scheduleAll
      return made
    })
    this.puppets = Array.from({ length: PUPPETS }, (_, index) => new Puppet(this.scheduler, `p${index}`))
  }

  execute(one: Command): void {
    switch (one.do) {
      case "perform":
        this.perform(this.puppets[one.who] as Puppet, one.order)
        break
      case "try":
        this.attempt(one.order)
        break
      case "settle":
        this.settle()
        break
      case "disturb":
        this.disturb(one.who, one.kill, one.pending)
        break
      case "advance":
        this.clock.advance(one.ms)
        this.model.advance(one.ms)
        this.settle()
        break
      case "change":
        this.change(this.channels[one.on] as Channel<number>, this.model.channels[one.on] as ModelChannel, one.to)
        break
    }
    this.check()
  }

  private change(channel: Channel<number>, model: ModelChannel, to: "open" | "closed" | Shape): void {
    if (to === "open") {
      channel.open()
      model.closing = false
    } else if (to === "closed") {
      channel.close()
      this.model.close(model)
    } else {
      channel.preference = to.preference
      channel.scheduleAll = to.scheduleAll
    }
  }

  private casesOf({ asSelect, cases }: Order): Case[] {
    const chosen = asSelect ? cases : cases.slice(0, 1)
    return chosen.map(({ kind, on }, index) => {
      return { kind, on: this.model.channels[on] as Case["on"], value: ++this.values, key: asSelect ? `case ${index}` : null }
    })
  }

  private build({ kind, on, value }: Case): Operation<unknown> {
    const channel = this.channels[this.model.channels.indexOf(on)] as Channel<number>
    return kind === "send" ? channel.send(value) : channel[kind]()
  }

  private perform(puppet: Puppet, given: Order): void {
    const who = puppet.tasklet.name
    if (!puppet.tasklet.paused) return
    const cases = this.casesOf(given)
    const built = Object.fromEntries(cases.map((one) => [one.key ?? "only", this.build(one)]))
    const plain = given.asSelect ? select(built, { priority: given.priority }) : (built["only"] as Operation<unknown>)
    const limited = given.timeoutMs === null ? plain : timeout(given.timeoutMs, plain)
    const ready = cases.filter((one) => this.model.isReady(one))
    puppet.perform({ wait: limited })
    if (ready.length === 0) {
      assert.equal(puppet.tasklet.blocked, true)
      this.model.park({ who, cases, until: this.model.now + (given.timeoutMs ?? Infinity) })
      return
    }
    assert.equal(puppet.tasklet.blocked, false)
    const determined = ready.length === 1 || (given.asSelect && given.priority)
    if (puppet.tasklet.scheduled && determined) {
      // It has given way: its outcome is on the way to it, and lies open to kills until the next settle.
      this.model.woken.set(who, this.model.commit(ready[0] as Case))
      return
    }
    const gaveWay = puppet.tasklet.scheduled
    if (gaveWay) this.scheduler.run()
    this.commitChosen(puppet.takeOutcome(), ready, given.asSelect && given.priority)
    if (gaveWay) this.settle()
  }

  /** The outcome tells which of the ready cases was chosen; the rest of it must be as the model has it. */
  private commitChosen(outcome: string | undefined, ready: readonly Case[], priority: boolean): void {
    const chosen = ready.find(({ key }) => key === null || outcome?.startsWith(`${key}: `) === true)
    assert.notEqual(chosen, undefined)
    if (priority) assert.equal(chosen, ready[0])
    assert.equal(outcome, this.model.commit(chosen as Case))
  }

  private attempt(given: Order): void {
    const cases = this.casesOf({ ...given, asSelect: true })
    const ready = cases.filter((one) => this.model.isReady(one))
    let outcome: string | undefined
    try {
      const found = trySelect(Object.fromEntries(cases.map((one) => [one.key, this.build(one)])), given)
      if (found !== undefined) outcome = `${found.key}: ${inWords(found.value)}`
    } catch (error) {
      outcome = `${(error as ChannelClosedError).case}: closed`
    }
    if (ready.length === 0) assert.equal(outcome, undefined)
    else this.commitChosen(outcome, ready, given.priority)
  }

  settle(): void {
    this.scheduler.run()
    for (const puppet of this.puppets) {
      const { name } = puppet.tasklet
      assert.deepEqual([name, puppet.takeOutcome()], [name, this.model.woken.get(name)])
    }
    this.model.woken.clear()
  }

  private disturb(index: number, kill: boolean, pending: boolean): void {
    const puppet = this.puppets[index] as Puppet
    const { name } = puppet.tasklet
    const outcome = this.model.woken.get(name)
    if (outcome !== undefined && carriesValue(outcome)) this.dropped++
    this.model.woken.delete(name)
    const waiter = this.model.waiting.get(name)
    if (waiter !== undefined) this.model.leave(waiter)
    if (kill) {
      puppet.tasklet.kill({ pending })
      assert.equal(puppet.tasklet.alive, pending)
      this.puppets[index] = new Puppet(this.scheduler, name)
      if (pending) this.settle()
      assert.equal(puppet.tasklet.alive, false)
    } else {
      puppet.scold(pending)
      this.model.woken.set(name, "scolded")
      this.settle()
    }
  }

  check(): void {
    for (const [index, channel] of this.channels.entries()) {
      const model = this.model.channels[index] as ModelChannel
      const found = { balance: channel.balance, length: channel.length, closing: channel.closing, closed: channel.closed, waiters: channel.waiters.map(({ name }) => name) }
      assert.deepEqual(found, { balance: model.balance, length: model.buffer.length, closing: model.closing, closed: model.closed, waiters: model.waiters })
    }
    const { droppedValues, timers } = this.scheduler.statistics()
    const limited = [...this.model.waiting.values()].filter(({ until }) => until < Infinity)
    assert.deepEqual([droppedValues, timers], [this.dropped, limited.length])
  }

  killAll(): void {
    for (const puppet of this.puppets) puppet.tasklet.kill()
    for (const channel of this.channels) assert.deepEqual([channel.balance, channel.waiters.length], [0, 0])
    assert.partialDeepStrictEqual(this.scheduler.statistics(), { runnable: 0, blocked: 0, timers: 0 })
  }
}

it("does exactly what the model says, whatever is mixed", () => {
  const shapes = fc.tuple(shape, shape, shape)
  fc.assert(
    fc.property(fc.nat(), shapes, fc.array(command, { maxLength: 60, size: "max" }), (seed, given, commands) => {
      const world = new World(seed, given)
      for (const one of commands) world.execute(one)
      world.settle()
      world.check()
      world.killAll()
    }),
    { numRuns: 800, seed: 1 },
  )
})
