/** What is lent and what is waited for, against models, with kills and throws between wake and resume. */
import assert from "node:assert/strict"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Barrier, Deferred, Event, Mutex, NotInTaskletError, type Operation, Pool, Scheduler, Semaphore, timeout, trySelect } from "../../src/index.ts"
import { VirtualClock } from "../../src/lowlevel.ts"
import { Puppet } from "./puppets.ts"

const PUPPETS = 6
const runs = { numRuns: 500, seed: 1 }

const command = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("wait" as const), who: fc.nat(PUPPETS - 1), timeoutMs: fc.option(fc.integer({ min: 1, max: 9 })) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("act" as const), who: fc.nat(PUPPETS - 1) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("try" as const), who: fc.nat(PUPPETS - 1) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("disturb" as const), who: fc.nat(PUPPETS - 1), kill: fc.boolean(), pending: fc.boolean() }) },
  { weight: 2, arbitrary: fc.constant({ do: "settle" } as const) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("advance" as const), ms: fc.nat(6) }) },
)
type Command = typeof command extends fc.Arbitrary<infer C> ? C : never

/** What the stage needs to know of a primitive and its model. Puppets are named by their number. */
interface Play {
  /** The operation waited for, and what comes of it at once, if anything; otherwise the model notes who waits. */
  wait(who: number): { readonly operation: Operation<unknown>; readonly outcome: string | undefined }
  /** Something plain that a puppet does; undefined if it may not. */
  act(who: number): (() => unknown) | undefined
  /** Tries without waiting, as the puppet: what must come of it. */
  attempt?(who: number): { readonly act: () => unknown; readonly outcome: string } | undefined
  /** A puppet that waits is taken back. */
  leave(who: number): void
  /** A puppet that was woken, and not yet resumed, is taken back. */
  undo(who: number): void
  /** Before a puppet is disturbed: what it must do first, if it can. */
  prepare?(who: number): void
  /** A puppet has died that was neither waiting nor woken. */
  died(who: number): void
  check(): void
}

class Stage {
  readonly clock = new VirtualClock()
  readonly scheduler = new Scheduler({ clock: this.clock })
  readonly woken = new Map<number, string>()
  readonly waiting: number[] = []
  readonly puppets: Puppet[]
  private readonly deadlines = new Map<number, number>()

  constructor() {
    this.puppets = Array.from({ length: PUPPETS }, (_, index) => new Puppet(this.scheduler, `${index}`))
  }

  /** Makes something that belongs to this scheduler. */
  make<T>(create: () => T): T {
    let made: T | undefined
    this.scheduler.tasklet(() => void (made = create()))
    this.scheduler.run()
    return made as T
  }

  wake(who: number, outcome: string): void {
    this.waiting.splice(this.waiting.indexOf(who), 1)
    this.deadlines.delete(who)
    this.woken.set(who, outcome)
  }

  play(play: Play, commands: readonly Command[]): void {
    for (const one of commands) {
      this.execute(play, one)
      play.check()
    }
    this.settle()
    for (let who = 0; who < PUPPETS; who++) this.disturb(play, who, true, false)
    this.settle()
    play.check()
    assert.deepEqual(this.waiting, [])
    assert.equal(this.scheduler.statistics().timers, 0)
  }

  private execute(play: Play, one: Command): void {
    if (one.do === "settle") return this.settle()
    if (one.do === "advance") {
      this.clock.advance(one.ms)
      for (const [who, at] of this.deadlines) {
        if (at > this.clock.now()) continue
        play.leave(who)
        this.wake(who, "timed out")
      }
      return this.settle()
    }
    if (one.do === "disturb") return this.disturb(play, this.from(one.who, (who) => this.woken.has(who)) ?? one.who, one.kill, one.pending)
    const able = (who: number): boolean => this.puppets[who]?.tasklet.paused === true && (one.do !== "act" || play.act(who) !== undefined)
    const who = this.from(one.who, able)
    if (who === undefined) return
    const puppet = this.puppets[who] as Puppet
    if (one.do === "wait") {
      const { operation, outcome } = play.wait(who)
      puppet.perform({ wait: one.timeoutMs === null ? operation : timeout(one.timeoutMs, operation) })
      assert.equal(puppet.takeOutcome(), outcome)
      assert.equal(puppet.tasklet.blocked, outcome === undefined)
      if (outcome !== undefined) return
      this.waiting.push(who)
      if (one.timeoutMs !== null) this.deadlines.set(who, this.clock.now() + one.timeoutMs)
    } else if (one.do === "try") {
      const tried = play.attempt?.(who)
      if (tried === undefined) return
      puppet.perform({ act: tried.act })
      assert.equal(puppet.takeOutcome(), tried.outcome)
    } else {
      const act = play.act(who)
      if (act === undefined) return
      puppet.perform({ act })
      assert.equal(puppet.takeOutcome(), "passed")
    }
  }

  /** The first puppet from this one on, round and round, that will do. */
  private from(who: number, good: (who: number) => boolean): number | undefined {
    return this.puppets.map((_, index) => (who + index) % PUPPETS).find(good)
  }

  private settle(): void {
    this.scheduler.run()
    for (const [who, puppet] of this.puppets.entries()) assert.deepEqual([who, puppet.takeOutcome()], [who, this.woken.get(who)])
    this.woken.clear()
  }

  private disturb(play: Play, who: number, kill: boolean, pending: boolean): void {
    const puppet = this.puppets[who] as Puppet
    play.prepare?.(who)
    const outcome = this.woken.get(who)
    const waits = this.waiting.includes(who)
    this.woken.delete(who)
    this.deadlines.delete(who)
    if (waits) this.waiting.splice(this.waiting.indexOf(who), 1)
    if (kill) puppet.tasklet.kill({ pending })
    else puppet.scold(pending)
    if (waits) play.leave(who)
    else if (outcome !== undefined && outcome !== "timed out" && outcome !== "scolded") play.undo(who)
    if (kill) {
      play.died(who)
      this.puppets[who] = new Puppet(this.scheduler, `${who}`)
    } else this.woken.set(who, "scolded")
    this.settle()
    assert.equal(puppet.tasklet.alive, !kill)
  }
}

/** Lending: so many permits, and who holds them. */
class Lending {
  readonly holders: number[] = []
  readonly stage: Stage
  readonly permits: number

  constructor(stage: Stage, permits: number) {
    this.stage = stage
    this.permits = permits
  }

  get free(): number {
    return this.permits - this.holders.length
  }

  take(who: number, outcome: string): string | undefined {
    if (this.free === 0) return undefined
    this.holders.push(who)
    return outcome
  }

  /** A permit comes back: it goes to whoever waits longest. */
  giveBack(who: number, outcome: string): void {
    this.holders.splice(this.holders.indexOf(who), 1)
    const next = this.stage.waiting[0]
    if (next === undefined) return
    this.holders.push(next)
    this.stage.wake(next, outcome)
  }
}

describe("permits are conserved and go to whoever waits longest, whoever is killed", () => {
  it("of a semaphore", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), fc.array(command, { maxLength: 50, size: "max" }), (permits, commands) => {
        const stage = new Stage()
        const semaphore = stage.make(() => new Semaphore(permits))
        const lending = new Lending(stage, permits)
        const release = (who: number): void => {
          semaphore.release()
          lending.giveBack(who, "passed")
        }
        stage.play(
          {
            wait: (who) => ({ operation: semaphore.acquire(), outcome: lending.take(who, "passed") }),
            act: (who) => (lending.holders.includes(who) ? () => release(who) : undefined),
            attempt: (who) => ({ act: () => semaphore.tryAcquire(), outcome: lending.take(who, "value true") ?? "value false" }),
            leave: () => {},
            undo: (who) => lending.giveBack(who, "passed"),
            died: (who) => {
              while (lending.holders.includes(who)) release(who)
            },
            check: () => expect(semaphore.statistics()).toEqual({ permits, available: lending.free, waiting: stage.waiting.length }),
          },
          commands,
        )
        expect(semaphore.statistics().available).toBe(permits)
      }),
      runs,
    )
  })

  it("of a pool: each resource is with one tasklet, or in stock", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), fc.array(command, { maxLength: 50, size: "max" }), (size, commands) => {
        const stage = new Stage()
        const pool = stage.make(() => new Pool(Array.from({ length: size }, (_, index) => index)))
        const stock = Array.from({ length: size }, (_, index) => index)
        const holds = new Map<number, number[]>()
        const lend = (who: number, resource: number): string => {
          holds.set(who, [...(holds.get(who) ?? []), resource])
          return `value ${resource}`
        }
        const giveBack = (who: number, resource: number): void => {
          holds.set(who, (holds.get(who) ?? []).filter((held) => held !== resource))
          const next = stage.waiting[0]
          if (next === undefined) stock.push(resource)
          else stage.wake(next, lend(next, resource))
        }
        const release = (who: number): void => {
          const [resource] = holds.get(who) as [number]
          pool.release(resource)
          giveBack(who, resource)
        }
        stage.play(
          {
            wait: (who) => {
              const resource = stock.shift()
              return { operation: pool.acquire(), outcome: resource === undefined ? undefined : lend(who, resource) }
            },
            act: (who) => ((holds.get(who) ?? []).length > 0 ? () => release(who) : undefined),
            leave: () => {},
            undo: (who) => giveBack(who, holds.get(who)?.at(-1) as number),
            died: (who) => {
              while ((holds.get(who) ?? []).length > 0) release(who)
            },
            check: () => expect(pool.statistics()).toEqual({ size, available: stock.length, waiting: stage.waiting.length }),
          },
          commands,
        )
        expect(pool.statistics().available).toBe(size)
      }),
      runs,
    )
  })

  it("of a mutex: one holder, and the lock of a woken one that is killed goes on", () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 50, size: "max" }), (commands) => {
        const stage = new Stage()
        const mutex = stage.make(() => new Mutex())
        const lending = new Lending(stage, 1)
        const release = (who: number) => (): void => {
          mutex.release()
          lending.giveBack(who, "passed")
        }
        /** A holder that died would keep its lock, and nobody may lock twice: who holds it gives it back first. */
        const prepare = (who: number): void => {
          const puppet = stage.puppets[who] as Puppet
          if (!lending.holders.includes(who) || !puppet.tasklet.paused) return
          puppet.perform({ act: release(who) })
          expect(puppet.takeOutcome()).toBe("passed")
        }
        stage.play(
          {
            wait: (who) => {
              prepare(who)
              return { operation: mutex.acquire(), outcome: lending.take(who, "passed") }
            },
            act: (who) => (lending.holders.includes(who) ? release(who) : undefined),
            attempt: (who) => ({ act: () => mutex.tryAcquire(), outcome: lending.take(who, "value true") ?? "value false" }),
            leave: () => {},
            undo: (who) => lending.giveBack(who, "passed"),
            prepare,
            died: () => {},
            check: () => {
              const { holder, waiting } = mutex.statistics()
              const [who] = lending.holders
              expect([holder?.name, waiting]).toEqual([who === undefined ? undefined : `${who}`, stage.waiting.length])
            },
          },
          commands,
        )
      }),
      runs,
    )
  })
})

it("nobody can lock a mutex from plain code, where there is no one to hold it", () => {
  const mutex = new Mutex()
  expect(() => mutex.tryAcquire()).toThrow(NotInTaskletError)
  expect(() => trySelect({ locked: mutex.acquire() })).toThrow(NotInTaskletError)
  expect(mutex.statistics()).toEqual({ holder: undefined, waiting: 0 })
})

describe("broadcasts", () => {
  it("of an event wake all that wait, in order, and nobody else", () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 50, size: "max" }), (commands) => {
        const stage = new Stage()
        const event = stage.make(() => new Event())
        let set = false
        stage.play(
          {
            wait: () => ({ operation: event.wait(), outcome: set ? "passed" : undefined }),
            act: () => () => {
              event.set()
              set = true
              while (stage.waiting.length > 0) stage.wake(stage.waiting[0] as number, "passed")
            },
            attempt: () => {
              set = false
              return { act: () => event.clear(), outcome: "passed" }
            },
            leave: () => {},
            undo: () => {},
            died: () => {},
            check: () => expect(event.statistics()).toEqual({ isSet: set, waiting: stage.waiting.length }),
          },
          commands,
        )
      }),
      runs,
    )
  })

  it("of a deferred value reach all, before and after, and only the first counts", () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 50, size: "max" }), (commands) => {
        const stage = new Stage()
        const deferred = stage.make(() => new Deferred<string>())
        let value: string | undefined
        stage.play(
          {
            wait: () => ({ operation: deferred.wait(), outcome: value === undefined ? undefined : `value "${value}"` }),
            act: (who) => () => {
              expect(deferred.resolve(`${who}`)).toBe(value === undefined)
              if (value !== undefined) return
              value = `${who}`
              while (stage.waiting.length > 0) stage.wake(stage.waiting[0] as number, `value "${value}"`)
            },
            leave: () => {},
            undo: () => {},
            died: () => {},
            check: () => expect(deferred.statistics()).toEqual({ settled: value !== undefined, waiting: stage.waiting.length }),
          },
          commands,
        )
      }),
      runs,
    )
  })

  it("of a barrier come when all parties have arrived; who is killed while waiting has not", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.array(command, { maxLength: 50, size: "max" }), (parties, commands) => {
        const stage = new Stage()
        const barrier = stage.make(() => new Barrier(parties))
        stage.play(
          {
            wait: () => {
              const complete = stage.waiting.length === parties - 1
              if (complete) for (const [position, who] of [...stage.waiting].entries()) stage.wake(who, `value ${position}`)
              return { operation: barrier.wait(), outcome: complete ? `value ${parties - 1}` : undefined }
            },
            act: () => undefined,
            leave: () => {},
            undo: () => {},
            died: () => {},
            check: () => expect(barrier.statistics()).toEqual({ parties, waiting: stage.waiting.length }),
          },
          commands,
        )
      }),
      runs,
    )
  })
})
