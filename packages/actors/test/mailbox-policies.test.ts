/** Bounded mailboxes: what each policy does with one message more, and that nothing is lost without a word. */
import { all, type Channel, type Routine, schedule, select, sleep } from "@vivarium/core"
import { Actor, CallError, ExitReason, MailboxFullError, type Overflow, type Process, type Ref, selfOf } from "@vivarium/actors"
import { describe, expect, it } from "vitest"
import { Stage } from "./fixtures/stage.ts"

/** Works on one job until it is let go; remembers what it has handled. */
class Worker extends Actor {
  readonly handled: unknown[] = []
  gate!: Channel<void>
  init(gate: Channel<void>) {
    this.gate = gate
  }
  *hold() {
    yield* this.gate.receive()
  }
  work(job: number) {
    this.handled.push(job)
    return job
  }
  info(message: unknown) {
    this.handled.push(message)
  }
  down() {
    this.handled.push("down")
  }
  exit() {
    this.handled.push("exit")
  }
}

/** A worker that is held, with an empty mailbox of so many places. */
function held(stage: Stage, overflow: Overflow, capacity = 2) {
  const gate = stage.scheduler.channel<void>({ capacity: 9 })
  const worker = stage.system.spawn(Worker, { args: [gate], mailbox: { capacity, overflow }, name: "worker" })
  worker.cast.hold()
  stage.pass()
  const handled = (): unknown => stage.outcome(() => worker.getState()).value
  return { worker, handled: () => (handled() as Worker).handled, go: () => (gate.trySend(), stage.pass()) }
}

const POLICIES: readonly Overflow[] = ["suspend", "fail", "dropNewest", "dropOldest"]

describe.each(POLICIES)("under %s", (overflow) => {
  it("messages are taken in, in order, as long as there is room", async () => {
    await using stage = new Stage()
    const { go, handled, worker } = held(stage, overflow, 3)
    expect([worker.cast.work(1), worker.send("two"), worker.cast.work(3)]).toEqual([true, true, true])
    go()
    expect(handled()).toEqual([1, "two", 3])
    expect(stage.lost).toEqual([])
  })

  it("one message more makes exactly one dead letter, and its sender goes on", async () => {
    await using stage = new Stage()
    const { go, handled, worker } = held(stage, overflow)
    worker.cast.work(1)
    worker.cast.work(2)
    const taken = worker.cast.work(3)
    expect(stage.lost).toEqual(
      { suspend: ["work [3] full"], fail: ["work [3] full"], dropNewest: ["work [3] dropped"], dropOldest: ["work [1] dropped"] }[overflow],
    )
    expect(taken).toBe(overflow === "dropOldest")
    expect(stage.system.statistics().deadLetters).toBe(1)
    go()
    expect(handled()).toEqual(overflow === "dropOldest" ? [2, 3] : [1, 2])
  })

  it("a plain message is treated like a cast", async () => {
    await using stage = new Stage()
    const { worker } = held(stage, overflow, 1)
    expect([worker.send("a"), worker.send("b")]).toEqual([true, overflow === "dropOldest"])
    expect(stage.letters).toMatchObject([{ to: worker, method: undefined, message: overflow === "dropOldest" ? "a" : "b" }])
  })

  it("a call more is answered, or fails with a reason; it never just waits for its time-out", async () => {
    await using stage = new Stage()
    const { go, worker } = held(stage, overflow)
    worker.cast.work(1)
    worker.cast.work(2)
    const call = stage.begin(() => worker.call.work(3))
    stage.pass()
    expect(call.code).toBe({ suspend: undefined, fail: "mailbox_full", dropNewest: "dropped", dropOldest: undefined }[overflow])
    go()
    expect(call).toMatchObject(overflow === "suspend" || overflow === "dropOldest" ? { value: 3 } : { settled: true, at: 0 })
  })

  it("a call that makes room for another is told that it was dropped", async () => {
    await using stage = new Stage()
    const { worker } = held(stage, overflow, 1)
    const first = stage.begin(() => worker.call.work(1))
    stage.pass()
    worker.cast.work(2)
    stage.pass()
    expect(first.code).toBe(overflow === "dropOldest" ? "dropped" : undefined)
    expect(String(first.error)).toMatch(overflow === "dropOldest" ? /Worker "worker" \(#1\) dropped work\(\): its mailbox is full/ : /undefined/)
  })

  it("signals of the system are neither counted nor dropped, and keep their place", async () => {
    await using stage = new Stage()
    const { go, handled, worker } = held(stage, overflow, 1)
    worker.cast.work(1)
    worker.send("lost")
    stage.system.sendAfter(1, "tick", { to: worker })
    stage.system.sendAfter(1, "tock", { to: worker })
    stage.pass(1)
    go()
    expect(handled()).toEqual([overflow === "dropOldest" ? "lost" : 1, "tick", "tock"])
  })

  it("death notices come through a full mailbox", async () => {
    await using stage = new Stage()
    const gate = stage.scheduler.channel<void>({ capacity: 1 })
    const children: Ref<unknown>[] = []
    class Parent extends Worker {
      override init(opened: Channel<void>) {
        super.init(opened)
        this.trapExit = true
        for (let count = 0; count < 3; count++) {
          const child = this.spawnLink(function* (self: Process) { yield* self.receive() })
          this.monitor(child)
          children.push(child)
        }
      }
    }
    const parent = stage.system.spawn(Parent, { args: [gate], mailbox: { capacity: 1, overflow } })
    parent.cast.hold()
    stage.pass()
    parent.cast.work(1)
    parent.cast.work(2)
    for (const child of children) child.exit(ExitReason.shutdown)
    stage.pass()
    gate.trySend()
    stage.pass()
    const { handled } = stage.outcome(() => parent.getState()).value as Worker
    expect(handled).toEqual([overflow === "dropOldest" ? 2 : 1, "exit", "down", "exit", "down", "exit", "down"])
  })

  it("with wait: true, a cast passes with true at once if there is room, and with false once the actor has ended", async () => {
    await using stage = new Stage()
    const { go, handled, worker } = held(stage, overflow, 1)
    expect(stage.outcome(() => worker.with({ wait: true }).cast.work(1)).value).toBe(true)
    go()
    expect(handled()).toEqual([1])
    stage.outcome(() => worker.stop())
    expect(stage.outcome(() => worker.with({ wait: true }).cast.work(2)).value).toBe(false)
    expect(stage.outcome(() => worker.with({ wait: true }).send("x")).value).toBe(false)
    expect(stage.lost).toEqual(["work [2] dead", 'message "x" dead'])
  })

  it("never makes the sender's process fail", async () => {
    await using stage = new Stage()
    const { worker } = held(stage, overflow, 1)
    class Sender extends Actor {
      *flood() {
        for (let job = 0; job < 100; job++) worker.cast.work(job)
        for (let job = 0; job < 100; job++) worker.send(job)
        return yield* select({ sent: worker.with({ wait: true }).cast.work(-1), late: sleep(1) })
      }
    }
    const sender = stage.system.spawn(Sender)
    const flooded = stage.begin(() => sender.call.flood())
    stage.pass(1)
    expect(flooded.value?.key).toBe(overflow === "suspend" ? "late" : "sent")
    expect([sender.alive, stage.crashes]).toEqual([true, []])
    expect(stage.system.statistics().deadLetters).toBe({ suspend: 199, fail: 200, dropNewest: 200, dropOldest: 200 }[overflow])
  })
})

describe("waiting for room", () => {
  it("is first come, first served, and a call waits in the same line", async () => {
    await using stage = new Stage()
    const { go, handled, worker } = held(stage, "suspend", 1)
    worker.cast.work(0)
    const order: number[] = []
    const line = [1, 2, 3, 4].map((job) =>
      stage.begin(function* () {
        yield* job === 3 ? worker.call.work(job) : worker.with({ wait: true }).cast.work(job)
        order.push(job)
      }),
    )
    stage.pass()
    expect(line.map(({ settled }) => settled)).toEqual([false, false, false, false])
    go()
    expect(handled()).toEqual([0, 1, 2, 3, 4])
    // The call is answered only when it has been handled.
    expect(order).toEqual([1, 2, 4, 3])
    expect(stage.lost).toEqual([])
  })

  it("cannot be barged past: what is sent when a place is free but somebody waits for it does not take it", async () => {
    await using stage = new Stage()
    const gate = stage.scheduler.channel<void>({ capacity: 9 })
    const taken: unknown[] = []
    class Slow extends Actor {
      *work(job: number) {
        taken.push(job)
        yield* gate.receive()
      }
    }
    const slow = stage.system.spawn(Slow, { mailbox: { capacity: 1 } })
    slow.cast.work(0)
    stage.pass()
    slow.cast.work(1)
    const waiting = stage.begin(() => slow.with({ wait: true }).cast.work(2))
    stage.pass()
    // One is taken out: in the same instant the one who waits comes in, so there is no place for this.
    stage.scheduler.tasklet(function* (): Routine {
      gate.trySend()
      for (let turn = 0; turn < 5; turn++) {
        slow.cast.work(9)
        yield* schedule()
      }
    })
    stage.pass()
    expect(waiting.value).toBe(true)
    for (let turn = 0; turn < 9; turn++) gate.trySend()
    stage.pass()
    expect(taken).toEqual([0, 1, 2])
    expect(stage.lost).toEqual(Array.from({ length: 5 }, () => "work [9] full"))
  })

  it("ends with the time-out of the call, which leaves no trace in the line", async () => {
    await using stage = new Stage()
    const { go, handled, worker } = held(stage, "suspend", 1)
    worker.cast.work(0)
    const late = stage.begin(() => worker.with({ timeoutMs: 10 }).call.work(1))
    const next = stage.begin(() => worker.with({ wait: true }).cast.work(2))
    stage.pass(10)
    expect(late).toMatchObject({ code: "timeout", at: 10 })
    go()
    expect([handled(), next.value]).toEqual([[0, 2], true])
  })

  it("can be a case of select, and is taken back when it loses", async () => {
    await using stage = new Stage()
    const { go, handled, worker } = held(stage, "suspend", 1)
    worker.cast.work(0)
    const lost = stage.begin(() => select({ sent: worker.with({ wait: true }).cast.work(1), late: sleep(5) }))
    stage.pass(5)
    expect(lost.value).toEqual({ key: "late", value: undefined })
    go()
    expect(handled()).toEqual([0])
    expect(stage.outcome(() => select({ sent: worker.with({ wait: true }).cast.work(2), late: sleep(5) }, { priority: true })).value).toEqual({ key: "sent", value: true })
  })

  it("ends when the sender is killed", async () => {
    await using stage = new Stage()
    const { go, handled, worker } = held(stage, "suspend", 1)
    worker.cast.work(0)
    const sender = stage.system.spawn(function* () {
      yield* worker.with({ wait: true }).cast.work(1)
    })
    stage.pass()
    sender.exit(ExitReason.kill)
    stage.pass()
    go()
    expect([handled(), stage.lost]).toEqual([[0], []])
  })

  it("ends with false and a dead letter, or the reason, when the receiver ends", async () => {
    await using stage = new Stage()
    const { worker } = held(stage, "suspend", 1)
    worker.cast.work(0)
    const cast = stage.begin(() => worker.with({ wait: true }).cast.work(1))
    const call = stage.begin(() => worker.call.work(2))
    stage.pass()
    worker.exit(ExitReason.custom("rain"))
    stage.pass()
    expect(cast.value).toBe(false)
    expect(call).toMatchObject({ code: "exit", error: { reason: { kind: "custom", value: "rain" } } })
    expect(stage.lost.toSorted()).toEqual(["work [0] unread", "work [1] unread"])
  })

  it("in one's own full mailbox fails at once, in plain, generator and async methods", async () => {
    await using stage = new Stage()
    class Selfish extends Actor {
      *generator() {
        this.self.send("fills it")
        yield* selfOf<Selfish>(this).with({ wait: true }).send("one more")
      }
      plain() {
        this.self.send("fills it")
        return selfOf<Selfish>(this).with({ wait: true }).send("one more")
      }
      *among() {
        this.self.send("fills it")
        yield* all([selfOf<Selfish>(this).with({ wait: true }).send("one more"), sleep(1)])
      }
      async later() {
        await Promise.resolve()
        this.self.send("fills it")
        return selfOf<Selfish>(this).with({ wait: true, from: this }).send("one more")
      }
      info() {}
    }
    for (const method of ["generator", "plain", "among", "later"] as const) {
      const selfish = stage.system.spawn(Selfish, { mailbox: { capacity: 1 } })
      const outcome = stage.begin<unknown>(() => selfish.call[method]())
      await stage.turns()
      expect(outcome).toMatchObject({ code: "exit", at: 0 })
      expect((outcome.error as CallError).cause).toMatchObject({ code: "mailbox_full" })
      expect(String((outcome.error as CallError).cause)).toMatch(/waiting for room in one's own mailbox would never end/)
    }
  })
})

describe("a mailbox", () => {
  it("takes 100,000 messages by default, and is reported at 10,000", async () => {
    await using stage = new Stage()
    const long: number[] = []
    stage.system.events.on("mailboxLong", ({ unread }) => long.push(unread))
    const raw = stage.system.spawn(function* (self: Process) {
      yield* self.receive((_message: unknown) => false)
    })
    stage.pass()
    let taken = 0
    for (let count = 0; count < 100_001; count++) if (raw.send(count)) taken++
    expect([taken, long]).toEqual([100_000, [10_000]])
    raw.exit(ExitReason.kill)
    stage.pass()
    expect(stage.system.statistics().deadLetters).toBe(100_001)
  })

  it("of the system's options holds for all that do not say otherwise", async () => {
    await using stage = new Stage({ mailbox: { capacity: 1, overflow: "fail" } })
    const body = function* (self: Process) {
      yield* self.receive((_message: unknown) => false)
    }
    const small = stage.system.spawn(body)
    const large = stage.system.spawn(body, { mailbox: { capacity: 2 } })
    const endless = stage.system.spawn(body, { mailbox: { capacity: Infinity } })
    expect([small, large, endless].map((one) => [1, 2, 3].map((message) => one.send(message)))).toEqual([
      [true, false, false],
      [true, true, false],
      [true, true, true],
    ])
  })

  it("that is full fails a call with MailboxFullError under fail: who, how many, and what to do", async () => {
    await using stage = new Stage()
    const { worker } = held(stage, "fail", 1)
    worker.cast.work(1)
    const { error } = stage.outcome(() => worker.call.work(2))
    expect(error).toBeInstanceOf(MailboxFullError)
    expect(error).toBeInstanceOf(CallError)
    expect(error).toMatchObject({ code: "mailbox_full", capacity: 1, method: "work" })
    expect(String(error)).toMatch(/Worker "worker" \(#1\) has 1 unread messages.*Call more slowly.*mailbox: \{ capacity \}/)
  })
})
