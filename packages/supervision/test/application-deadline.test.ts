/** The deadline of an application's shutdown: whatever holds it, all is over then. */
import { channel, type Routine, sleep } from "@vivarium/core"
import { Actor, type Process } from "@vivarium/actors"
import { child, supervisor } from "@vivarium/supervision"
import { describe, expect, it } from "vitest"
import { ApplicationStage } from "./fixtures/application-stage.ts"

class Bee extends Actor {}

/** Does not end by itself once it is told to. */
class Stubborn extends Actor {
  *terminate(): Routine {
    yield* channel<void>().receive()
  }
}

const stubborn = (id: string) => child(Stubborn, { id, shutdownMs: "infinity" })
const never = new Promise<void>(() => {})

describe("the deadline of an application", () => {
  it.each([
    ["a child that never ends", () => ({ top: supervisor({ children: [stubborn("mule")] }) }), 'Stubborn "mule"'],
    [
      "one deep inside, with others that wait for their turn",
      () => ({ top: supervisor({ children: [child(Bee, { id: "patient" }), supervisor({ id: "inner", children: [stubborn("mule")] })] }) }),
      'Stubborn "mule" (#4), supervisor "inner" (#3), Bee "patient" (#2), supervisor #1',
    ],
    [
      "a raw process that traps exits and does not listen",
      () => ({
        top: supervisor({
          children: [
            child(
              function* deaf(self: Process) {
                for (;;) yield* self.receive()
              },
              { shutdownMs: "infinity", trapExit: true },
            ),
          ],
        }),
      }),
      "deaf",
    ],
    ["prepStop", () => ({ top: supervisor({ children: [child(Bee)] }), prepStop: () => never }), "Bee"],
    ["stop", () => ({ top: supervisor(), stop: () => channel<void>().receive() }), "no process"],
    ["a process beside the tree", () => ({ top: supervisor(), start: ({ system }: { readonly system: { spawn(what: typeof Stubborn, options: object): unknown } }) => void system.spawn(Stubborn, { shutdownMs: Infinity }) }), "Stubborn"],
  ])("ends what is held by %s: code 4, and the program is ended if something holds that", async (_what, options, killed) => {
    await using stage = new ApplicationStage()
    const app = stage.application({ ...options(), deadlineMs: 500 })
    const run = stage.begin(() => app.run())
    app.requestStop()
    stage.pass(499)
    expect([run.settled, app.state, stage.program.printed]).toEqual([false, "stopping", []])
    stage.pass(1)
    expect(run).toMatchObject({ value: 4, at: 500 })
    expect(stage.program).toMatchObject({ exitCodes: [4], exits: [4] })
    expect(stage.program.printed).toHaveLength(1)
    expect(stage.program.printed[0]).toContain('application "meadow": its deadline of 500 ms has passed, so what is left is killed: ')
    expect(stage.program.printed[0]).toContain(killed)
    expect(app.outcome).toMatchObject({ code: 4, why: 'application "meadow" was killed: its deadline of 500 ms has passed.' })
  })

  it("is one for all steps together, and the steps that are left are not taken", async () => {
    await using stage = new ApplicationStage()
    const { log } = stage
    const app = stage.application({
      deadlineMs: 100,
      top: supervisor({ children: [stubborn("mule")] }),
      *prepStop({ signal }): Routine {
        yield* sleep(60)
        log.push(`prepStop at ${stage.clock.now()}, ${String(signal.aborted)}`)
      },
      stop: () => void log.push("stop"),
    })
    stage.begin(() => app.start())
    const stopped = stage.begin(() => app.stop())
    stage.pass(60)
    stage.pass(39)
    expect(stopped.settled).toBe(false)
    stage.pass(1)
    expect(stopped).toMatchObject({ at: 100, value: { code: 4 } })
    expect(log).toEqual(["prepStop at 60, false"])
    // Nobody has left the program to it.
    expect(stage.program).toMatchObject({ exitCodes: [], exits: [] })
  })

  it("tells a function that it is over, and interrupts it", async () => {
    await using stage = new ApplicationStage()
    const told: unknown[] = []
    const app = stage.application({
      deadlineMs: 100,
      top: supervisor(),
      *stop({ signal }): Routine {
        try {
          yield* sleep(1000)
        } finally {
          told.push(signal.aborted)
        }
      },
    })
    stage.begin(() => app.start())
    stage.begin(() => app.stop())
    stage.pass(100)
    expect(told).toEqual([true])
  })

  it("is 30,000 ms by itself, and with Infinity there is none", async () => {
    await using stage = new ApplicationStage()
    const app = stage.application({ top: supervisor({ children: [stubborn("mule")] }) })
    stage.begin(() => app.start())
    const stopped = stage.begin(() => app.stop())
    stage.pass(29_999)
    expect(stopped.settled).toBe(false)
    stage.pass(1)
    expect(stopped.at).toBe(30_000)

    const other = stage.application({ top: supervisor({ children: [stubborn("mule")] }), deadlineMs: Infinity })
    stage.begin(() => other.start())
    const mule = other.top.child("mule")
    const endless = stage.begin(() => other.stop())
    stage.pass(10_000_000)
    expect(endless.settled).toBe(false)
    mule?.exit({ kind: "kill" })
    stage.pass()
    expect(endless.value?.code).toBe(0)
  })

  it("names the first five of those that are killed", async () => {
    await using stage = new ApplicationStage()
    const app = stage.application({ top: supervisor({ children: Array.from({ length: 9 }, (_, id) => stubborn(`mule ${id}`)) }), deadlineMs: 0 })
    stage.begin(() => app.start())
    stage.begin(() => app.stop())
    stage.pass()
    expect(stage.program.printed.join()).toMatch(/mule 8" \(#10\), .*mule 4" \(#6\), 5 more\.$/)
  })

  it("leaves no timer of it behind where all ends in order", async () => {
    await using stage = new ApplicationStage()
    const app = stage.application({ top: supervisor({ children: [child(Bee)] }) })
    stage.begin(() => app.start())
    stage.begin(() => app.stop())
    expect(stage.scheduler.statistics()).toMatchObject({ timers: 0, blocked: 0 })
  })
})
