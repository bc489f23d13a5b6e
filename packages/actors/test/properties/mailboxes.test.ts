/** Random traffic into small mailboxes of every policy, against the model: nothing is lost silently. */
import assert from "node:assert/strict"
import { type Operation, Scheduler, type Tasklet } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { Actor, ExitReason, type Overflow, type Ref, System } from "@vivarium/actors"
import fc from "fast-check"
import { describe, it } from "vitest"
import { MailboxModel, type Way } from "./mailbox-model.ts"

const way = fc.constantFrom<Way>("cast", "send", "call", "waitingCast", "waitingSend")
const command = fc.oneof(
  { weight: 10, arbitrary: fc.record({ do: fc.constant("add" as const), way, timeoutMs: fc.option(fc.integer({ min: 1, max: 9 })), inside: fc.boolean() }) },
  { weight: 4, arbitrary: fc.constant({ do: "finish" } as const) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("kill" as const), which: fc.nat(30) }) },
)
const traffic = fc.record({
  capacity: fc.integer({ min: 1, max: 4 }),
  commands: fc.array(command, { maxLength: 40 }),
  end: fc.constantFrom<"kill" | "shutdown" | "drain">("kill", "shutdown", "drain"),
})
type Traffic = typeof traffic extends fc.Arbitrary<infer T> ? T : never

class Stage {
  readonly clock = new VirtualClock()
  readonly scheduler = new Scheduler({ clock: this.clock, limits: { slowSliceMs: Infinity } })
  readonly system = new System({ scheduler: this.scheduler, log: false })
  readonly letters: string[] = []
  readonly handled: number[] = []
  readonly outcomes = new Map<number, string>()
  readonly ref: Ref<InstanceType<ReturnType<Stage["actor"]>>>
  private readonly gate = this.scheduler.channel<void>()
  private readonly senders: { readonly id: number; readonly kill: () => void }[] = []

  constructor(capacity: number, overflow: Overflow) {
    this.system.events.on("deadLetter", ({ because, message, method }) => {
      this.letters.push(`${method === undefined ? `message ${String(message)}` : `work ${String((message as unknown[])[0])}`} ${because}`)
    })
    this.ref = this.system.spawn(this.actor(), { mailbox: { capacity, overflow } })
    this.scheduler.run()
  }

  private actor() {
    const { gate, handled } = this
    return class Worker extends Actor {
      *work(id: number) {
        handled.push(id)
        yield* gate.receive()
        return "answer"
      }
      info(id: number) {
        return this.work(id)
      }
    }
  }

  add(id: number, how: Way, timeoutMs: number | null, inside: boolean): void {
    const { outcomes, ref, scheduler, system } = this
    if (how === "cast") return void outcomes.set(id, `${ref.cast.work(id)}`)
    if (how === "send") return void outcomes.set(id, `${ref.send(id)}`)
    const operation = (): Operation<unknown> => {
      if (how === "call") return ref.with({ timeoutMs: timeoutMs ?? Infinity }).call.work(id)
      return how === "waitingCast" ? ref.with({ wait: true }).cast.work(id) : ref.with({ wait: true }).send(id)
    }
    const body = function* () {
      let outcome = "killed"
      try {
        outcome = String(yield* operation())
      } catch (error) {
        outcome = (error as { code: string }).code
      } finally {
        outcomes.set(id, outcome)
      }
    }
    if (inside) {
      const sender = system.spawn(body)
      this.senders.push({ id, kill: () => sender.exit(ExitReason.kill) })
    } else {
      const sender: Tasklet<void> = scheduler.tasklet(body)
      this.senders.push({ id, kill: () => sender.kill() })
    }
  }

  /** Kills a sender that still waits; gives its number. */
  kill(which: number): number | undefined {
    const waiting = this.senders.filter(({ id }) => !this.outcomes.has(id))
    const sender = waiting[which % waiting.length]
    sender?.kill()
    return sender?.id
  }

  finish(): void {
    this.gate.trySend()
  }

  pass(ms: number): void {
    this.clock.advance(ms)
  }
}

function play(overflow: Overflow, { capacity, commands, end }: Traffic): void {
  const real = new Stage(capacity, overflow)
  const model = new MailboxModel(capacity, overflow)
  let sent = 0
  const check = (): void => {
    real.scheduler.run()
    assert.deepEqual(real.handled, model.handled)
    assert.deepEqual(real.letters, model.letters)
    assert.deepEqual(new Map([...real.outcomes].toSorted(([one], [other]) => one - other)), new Map([...model.outcomes].toSorted(([one], [other]) => one - other)))
    // Everything that was sent is somewhere.
    assert.equal(sent, real.handled.length + real.letters.length + model.gone + model.unread.length + model.room.length)
    assert.equal(real.system.statistics().deadLetters, real.letters.length)
    assert.equal(real.system.statistics().lateReplies, model.lateReplies)
  }
  for (const one of commands) {
    if (one.do === "add") {
      const id = ++sent
      real.add(id, one.way, one.timeoutMs, one.inside)
      model.add({ id, way: one.way, until: one.way === "call" ? real.clock.now() + (one.timeoutMs ?? Infinity) : Infinity })
    } else if (one.do === "finish") {
      real.finish()
      model.finish()
    } else if (one.do === "pass") {
      real.pass(one.ms)
      model.pass(real.clock.now())
    } else {
      const id = real.kill(one.which)
      if (id !== undefined) model.kill(id)
    }
    check()
  }
  if (end === "drain") {
    for (let left = sent + 1; left > 0; left--) {
      real.finish()
      model.finish()
      check()
    }
    assert.equal(model.unread.length + model.room.length, 0)
  }
  real.ref.exit(end === "shutdown" ? ExitReason.shutdown : ExitReason.kill)
  model.die()
  check()
  assert.equal(sent, real.outcomes.size)
  const { blocked, runnable, timers } = real.scheduler.statistics()
  assert.deepEqual([real.system.processes, blocked, runnable, timers], [[], 0, 0, 0])
}

describe.each<Overflow>(["suspend", "fail", "dropNewest", "dropOldest"])("a mailbox of one to four places under %s", (overflow) => {
  // Two thousand lives of an actor, each on a system of its own.
  it("does what the model does; what was sent is handled, a dead letter, a call that failed, or unread", { timeout: 60_000 }, () => {
    fc.assert(fc.property(traffic, (one) => play(overflow, one)), { numRuns: 2000, seed: 1 })
  })
})
