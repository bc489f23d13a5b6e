/** Signals at every moment in the life of an application: at each switch of its start, and a second one at each switch of its shutdown. */
import { channel, type Routine, sleep } from "@vivarium/core"
import { Actor } from "@vivarium/actors"
import { child, supervisor } from "@vivarium/supervision"
import { expect, it } from "vitest"
import { ApplicationStage } from "./fixtures/application-stage.ts"

/** An application in which each step takes time, and notes what it opens and closes. */
function slowApplication(stage: ApplicationStage) {
  const { log } = stage
  const slow = (name: string, trapExit = false) => {
    class Slow extends Actor {
      *init(): Routine {
        yield* sleep(2)
        log.push(`+${name}`)
      }
      *terminate(): Routine {
        yield* sleep(1)
        log.push(`-${name}`)
      }
    }
    return child(Slow, { id: name, trapExit })
  }
  function* raw(): Routine {
    log.push("+raw")
    try {
      yield* channel<void>().receive()
    } finally {
      log.push("-raw")
    }
  }
  return stage.application({
    *start(): Routine {
      yield* sleep(1)
      log.push("+start")
    },
    *top() {
      yield* sleep(1)
      return supervisor({ children: [slow("a"), raw, supervisor({ id: "inner", strategy: "one_for_all", children: [slow("b"), slow("c", true)] }), slow("d")] })
    },
    phases: { warm: () => sleep(1), ready: async () => {} },
    *stop(): Routine {
      yield* sleep(1)
      log.push("-start")
    },
  })
}

/** Runs it, sends a signal at one switch and maybe another one so many later; gives how it ends, and whether it ran already at the first one. */
async function signalled(first: number, later: number) {
  await using stage = new ApplicationStage()
  const { clock, log, program, scheduler } = stage
  const app = slowApplication(stage)
  const run = scheduler.tasklet(() => app.run())
  let ran = false
  for (let step = 0; run.alive; step++) {
    if (step === first) {
      ran = app.state === "running"
      program.send("SIGTERM")
    } else if (step === first + later) program.send("SIGINT")
    scheduler.run({ switches: 1 })
    if (scheduler.statistics().runnable > 0) continue
    await new Promise((resolve) => void setImmediate(resolve))
    if (scheduler.statistics().runnable === 0) clock.advance(1)
  }
  const opened = log.filter((what) => what.startsWith("+")).map((what) => what.slice(1))
  const closed = log.filter((what) => what.startsWith("-")).map((what) => what.slice(1))
  return { code: app.outcome?.code, opened, closed, ran }
}

// Each moment is an application of its own: there are some hundred of them.
it("what was opened is closed in reverse order, and the code is 0", { timeout: 20_000 }, async () => {
  let moments = 0
  // At the first switch the listeners are not there yet.
  for (let ran = false; !ran; moments++) {
    const life = await signalled(1 + moments, Infinity)
    expect([moments, life.code, life.closed]).toEqual([moments, 0, life.opened.toReversed()])
    ran = life.ran
  }
  expect(moments).toBeGreaterThan(25)
})

it("a second one ends it wherever it is, and nothing is left", { timeout: 20_000 }, async () => {
  for (let first = 1; first <= 31; first += 3) {
    let code: number | undefined
    for (let later = 1; code !== 0; later++) {
      code = (await signalled(first, later)).code
      expect([first, later, code === 0 || code === 4]).toEqual([first, later, true])
    }
  }
})
