/** Steps and choices of a report: what each slice has done, and which choices a failure needs. */
import { Actor, ExitReason, type Process } from "@vivarium/actors"
import { channel, Event, type Routine, schedule, select, sleep, tasklet } from "@vivarium/core"
import { describe, expect, it } from "vitest"
import { ExplorationError, explore, type ExploreOptions, replay, type Scenario, type World } from "../src/index.ts"

function failureOf(scenario: Scenario, options: ExploreOptions = {}): Promise<ExplorationError> {
  return explore(scenario, { strategy: "delayBounded", diagramDirectory: false, ...options }).then(
    ({ schedules }) => {
      throw new Error(`none of ${schedules} schedules failed`)
    },
    (error: ExplorationError) => error,
  )
}

/** One line a step, of a scenario in the shipped order. */
async function stepsOf(scenario: (world: World) => Routine): Promise<readonly string[]> {
  const failing: Scenario = function* (world) {
    yield* scenario(world)
    world.check("the end", false)
  }
  const error = await replay(failing, [], { diagramDirectory: false, leaks: "allow" }).then(undefined, (reason: unknown) => reason)
  if (!(error instanceof ExplorationError)) throw error
  return error.steps.map(({ at, did, tasklet: who, then }) => `${at} ${who}: ${[...did, then].join("; ")}`)
}

class Flower extends Actor {
  nectar = 1

  sip(sips: number): number {
    if (sips > this.nectar) throw new Error("empty")
    return (this.nectar -= sips)
  }

  info(): void {}
}

describe("a step", () => {
  it("tells of channels: who offers, sends, receives what, and from whom", async () => {
    const steps = await stepsOf(function* () {
      const [meeting, box] = [channel<string>({ name: "meeting" }), channel<number>({ capacity: 1 })]
      const sender = tasklet({ name: "sender" }, function* () {
        yield* meeting.send("first")
        yield* box.send(1)
        yield* box.send(2)
      })
      const receiver = tasklet({ name: "receiver" }, function* () {
        yield* meeting.receive()
        yield* box.receive()
        yield* box.receive()
      })
      yield* sender
      yield* receiver
      box.close()
      yield* box.receiveOrDone()
    })
    expect(steps).toEqual([
      "0 scenario: creates sender #2; creates receiver #3; waits for the end of sender",
      `0 sender #2: offers 'first' on channel "meeting"; waits for send on channel "meeting"`,
      `0 receiver #3: receives 'first' on channel "meeting" from sender #2; waits for receive on channel #1`,
      "0 sender #2: sends 1 on channel #1 to receiver #3; sends 2 on channel #1 (1 of 1); ends",
      "0 receiver #3: receives 2 on channel #1 from sender #2; ends",
      "0 scenario: fails",
    ])
  })

  it("tells of a buffer whose senders wait, in their order", async () => {
    const steps = await stepsOf(function* () {
      const box = channel<string>({ capacity: 1, name: "box" })
      for (const name of ["ant", "bee"]) tasklet({ name }, () => box.send(`from ${name}`))
      yield* schedule()
      yield* box.receive()
      yield* box.receive()
      yield* schedule()
    })
    expect(steps.slice(1)).toEqual([
      `0 ant #2: sends 'from ant' on channel "box" (1 of 1); ends`,
      `0 bee #3: offers 'from bee' on channel "box"; waits for send on channel "box"`,
      `0 scenario: receives 'from ant' on channel "box" from ant #2; receives 'from bee' on channel "box" from bee #3; gives way`,
      "0 bee #3: ends",
      "0 scenario: fails",
    ])
  })

  it("tells of a channel that is closed, and who is woken by that", async () => {
    const steps = await stepsOf(function* () {
      const gate = channel<number>({ name: "gate" })
      tasklet({ name: "guest" }, () => gate.receiveOrDone())
      yield* schedule()
      gate.close()
      try {
        yield* gate.send(1)
      } catch {
        yield* schedule()
      }
    })
    expect(steps.slice(1)).toEqual([
      '0 guest #2: waits for receiveOrDone on channel "gate"',
      '0 scenario: wakes guest #2; cannot send on channel "gate", which is closed; gives way',
      "0 guest #2: ends with { done: true }",
      "0 scenario: fails",
    ])
  })

  it("tells of wakes, of time, of kills and of ends", async () => {
    const steps = await stepsOf(function* () {
      const bell = new Event()
      const victim = tasklet({ name: "victim" }, () => sleep(1000))
      tasklet({ name: "guest" }, () => bell.wait())
      tasklet({ name: "cook" }, function* () {
        yield* sleep(10)
        bell.set()
        victim.kill()
        return { meals: 3 }
      })
      yield* sleep(20)
    })
    expect(steps).toEqual([
      "0 scenario: creates victim #2; creates guest #3; creates cook #4; waits for sleep(20)",
      "0 victim #2: waits for sleep(1000)",
      "0 guest #3: waits for an event",
      "0 cook #4: waits for sleep(10)",
      "10 cook #4: sleep(10) is over; wakes guest #3; kills victim #2; ends with { meals: 3 }",
      "10 guest #3: ends",
      "20 scenario: sleep(20) is over; fails",
    ])
  })

  it("tells of a tasklet that is killed at its own turn, and of one that crashes", async () => {
    const steps = await stepsOf(function* () {
      const late = tasklet({ name: "late" }, () => channel().receive())
      tasklet({ name: "bad" }, () => {
        throw new TypeError("no wings")
      })
      yield* schedule()
      late.kill({ pending: true })
      yield* schedule()
    })
    expect(steps).toEqual(["0 scenario: creates late #2; creates bad #3; gives way", "0 late #2: waits for receive on channel #1", "0 bad #3: crashes with TypeError: no wings"])
  })

  it("tells of messages, calls and their answers, names, exit signals and ends of processes", async () => {
    const steps = await stepsOf(function* ({ system }) {
      const rose = system.spawn(Flower, { name: "rose" })
      const watcher = system.spawn(function* watcher(self: Process): Routine {
        self.monitor(rose)
        self.trapExit = true
        self.link(rose)
        yield* self.receive()
        yield* self.receive()
      })
      yield* schedule()
      rose.send({ hello: "rose" } as never)
      rose.cast.sip(0)
      yield* rose.call.sip(1)
      try {
        yield* rose.call.sip(7)
      } catch {
        yield* schedule()
      }
      rose.send("too late" as never)
      yield* watcher.join()
    })
    expect(steps).toEqual([
      '0 scenario: spawns Flower "rose" (#1); spawns watcher #2; gives way',
      '0 Flower "rose" (#1): waits for the next message',
      "0 watcher #2: waits for a message",
      `0 scenario: sends { hello: 'rose' } to Flower "rose" (#1); sends sip(0) to Flower "rose" (#1); calls sip(1) of Flower "rose" (#1); waits for the answer of Flower "rose" (#1) to sip()`,
      `0 Flower "rose" (#1): handles { hello: 'rose' }; gives way`,
      '0 Flower "rose" (#1): handles sip(0); gives way',
      '0 Flower "rose" (#1): handles sip(1); answers sip(1) of scenario with 0; gives way',
      '0 scenario: calls sip(7) of Flower "rose" (#1); waits for the answer of Flower "rose" (#1) to sip()',
      '0 Flower "rose" (#1): handles sip(7); the name "rose" is free; fails sip(7) of scenario with CallError: Flower "rose" (#1) ended during sip(): Error: empty.; exit signal Error: empty to watcher #2; tells watcher #2: Flower "rose" (#1) is down: Error: empty; crashes with Error: empty',
      "0 scenario: gives way",
      '0 watcher #2: handles exit signal Error: empty of Flower "rose" (#1); gives way',
      `0 scenario: sends 'too late' to Flower "rose" (#1); 'too late' to Flower "rose" (#1) is lost: it has ended; waits for the end of watcher #2`,
      '0 watcher #2: handles Flower "rose" (#1) is down: Error: empty; ends: normal',
      "0 scenario: fails",
    ])
  })
})

describe("a choice that matters", () => {
  it("of a tasklet says who ran instead of whom, and what that cost", async () => {
    const { choices, message } = await failureOf(function* ({ check }) {
      const order: string[] = []
      const bees = ["ant", "bee", "cat"].map((name) => tasklet({ name }, () => void order.push(name)))
      for (const bee of bees) yield* bee
      check("the cat is not first", order[0] !== "cat")
    })
    expect(choices).toEqual([{ kind: "tasklet", step: 2, text: "cat #4 ran instead of ant #2 and bee #3 (2 delays)" }])
    expect(message).toContain("The one choice that matters:\n  at step 2: cat #4 ran instead of ant #2 and bee #3 (2 delays)\n")
    expect(message).toMatch(/^ +\* 2 +0 +cat #4 /m)
  })

  it("of a fault names it, and the step tells of it", async () => {
    const { choices, steps } = await failureOf(function* ({ check, fault }) {
      check("it is written", !fault("disk full"))
    })
    expect(choices).toEqual([{ kind: "fault", step: 1, text: 'fault: disk full happened' }])
    expect(steps[0]?.did).toEqual(['fault "disk full" happens'])
  })

  it("of a select says which case it took", async () => {
    const { choices } = await failureOf(function* ({ check }) {
      const [first, second] = [channel<number>({ capacity: 1 }), channel<number>({ capacity: 1 })]
      yield* first.send(1)
      yield* second.send(2)
      const { key } = yield* select({ first: first.receive(), second: second.receive() })
      check("the first", key === "first")
    })
    expect(choices).toEqual([{ kind: "case", step: 1, text: "a select of scenario took ready case 2 of 2 instead of the first" }])
  })

  it.each([
    [[0, 1], "the timer of bee #3 (sleep(10)), due at the same time, fired only after ant #2 could run"],
    [[0, 1, 1], "the timer of bee #3 (sleep(10)) fired before ant #2 could run"],
  ])("of a timer says whether it fired late or early: %j", async (schedule, text) => {
    const error = await replay(function* ({ check }) {
      const bees = ["ant", "bee"].map((name) => tasklet({ name }, () => sleep(10)))
      for (const bee of bees) yield* bee
      check("never", false)
    }, schedule, { diagramDirectory: false }).then(undefined, (reason: unknown) => reason)
    expect((error as ExplorationError).choices.at(-1)?.text).toBe(text)
  })

  it("is not there where the shipped order fails", async () => {
    const { choices, found, message } = await failureOf(({ check }) => check("never", false))
    expect(choices).toEqual([])
    expect(message).toContain("\n\nNo choice matters: it fails in the shipped order.\n\n")
    expect(found).toEqual({ strategy: "delay-bounded, bound 2", schedule: 1, deviationsBefore: 0, deviations: 0, attempts: 0, shrunk: true })
  })

  it("is one of the first twenty that are printed", async () => {
    const { choices, message } = await failureOf(function* ({ check }) {
      let before = ""
      let repeats = 0
      const bees = ["ant", "bee"].map((name) =>
        tasklet(function* () {
          for (let turn = 0; turn < 60; turn++) {
            if (name === before) repeats++
            before = name
            yield* schedule()
          }
        }),
      )
      for (const bee of bees) yield* bee
      check("they take turns", repeats < 50)
    }, { strategy: "random", lastSteps: 0 })
    expect(choices.length).toBeGreaterThan(20)
    expect(message).toContain(`The ${choices.length} choices that matter:\n`)
    expect(message.match(/^ {2}at step \d+:/gm)).toHaveLength(20)
    expect(message.endsWith(`\n  … and ${choices.length - 20} more`)).toBe(true)
  })
})

it("says so when a value changes what happens by being looked at", async () => {
  let looked = 0
  const spy = { [Symbol.for("nodejs.util.inspect.custom")]: () => String(looked++) }
  const scenario: Scenario = function* ({ check }) {
    const before = looked
    const box = channel<unknown>({ capacity: 1 })
    yield* box.send(spy)
    if (looked > before) yield* schedule()
    check("never", false)
  }
  await expect(failureOf(scenario)).resolves.toMatchObject({ message: expect.stringMatching(/^a run that fails \(check failed: never\) went another way when it was traced\. Unless a value of yours changes/) })
})

it("an exit reason may be anything", async () => {
  const error = await failureOf(function* ({ check, system }) {
    const rose = system.spawn(Flower)
    yield* schedule()
    rose.exit(ExitReason.custom({ deep: { deeper: {} } }))
    yield* rose.join()
    check("never", false)
  })
  expect(error.steps.at(-2)?.then).toMatch(/^crashes|^ends: custom/)
})
