/** Scenarios of state machines, timers and registries: what is over does not come, and what was put off does. */
import { Actor, CallError, keep, type MachineEvent, next, postpone, type Process, Registry, reply, StateMachine, stateTimeout } from "@vivarium/actors"
import { type Routine, schedule, select, sleep, tasklet } from "@vivarium/core"
import type { Scenario, World } from "../src/scenario.ts"
import { ended } from "./killer.ts"

/** A lamp goes out by itself after 5 ms; somebody switches it off and on again just then. */
function* lamp({ check, clock, system }: World): Routine {
  class Lamp extends StateMachine<"on" | "off", number, { press(): void }> {
    init() {
      return next("off", 0)
    }
    handle(event: MachineEvent<"on" | "off", { press(): void }>, state: "on" | "off", since: number) {
      if (event.type === "stateTimeout") {
        check("it has been on for as long as it should", state === "on" && clock.now() - since >= 5)
        return next("off", clock.now())
      }
      return state === "off" ? next("on", clock.now(), stateTimeout(5)) : next("off", clock.now())
    }
  }
  const light = system.spawn(Lamp)
  light.cast.press()
  yield* sleep(5)
  light.cast.press()
  light.cast.press()
  yield* sleep(20)
}

/** Guests come to a door that is closed at first: all get in. */
function* door({ check, system }: World): Routine {
  interface Calls {
    open(): void
    enter(): string
  }
  class Door extends StateMachine<"open" | "closed", undefined, Calls> {
    init() {
      return next("closed")
    }
    handle(event: MachineEvent<"open" | "closed", Calls>, state: "open" | "closed") {
      if (event.type !== "call") return event.type === "cast" ? next("open") : keep()
      return state === "closed" ? keep(undefined, postpone()) : keep(undefined, reply(event.from as never, "welcome" as never))
    }
  }
  const entrance = system.spawn(Door)
  const keeper = tasklet(function* () {
    entrance.cast.open()
  })
  let inside = 0
  const guests = ["Maya", "Willy", "Flip"].map((name) =>
    tasklet({ name }, function* () {
      try {
        if ((yield* entrance.with({ timeoutMs: 10 }).call.enter()) === "welcome") inside++
      } catch (error) {
        if (!(error instanceof CallError)) throw error
      }
    }),
  )
  yield* ended([keeper, ...guests])
  check("all are inside", inside === 3)
}

/** A timer is set anew just when it is due: only the new one counts. */
function* alarm({ check, system }: World): Routine {
  class Alarm extends Actor {
    round = 0
    set(): void {
      this.round++
      this.sendAfter(5, this.round, { key: "alarm" })
    }
    info(round: number): void {
      check("it is the alarm that was set last", round === this.round)
    }
  }
  const bell = system.spawn(Alarm)
  bell.cast.set()
  yield* sleep(5)
  bell.cast.set()
  yield* sleep(20)
}

/** A lock is wanted with a limit that is up just when it becomes free; then the next one has it. */
function* toolShed({ check, system }: World): Routine {
  const shed = new Registry<string>({ keys: "unique", system })
  let used = 0
  const holder = system.spawn(function* (_self: Process) {
    yield* shed.lock("saw", () => sleep(5))
  })
  yield* schedule()
  const impatient = system.spawn(function* (self: Process) {
    yield* select({ used: shed.lock("saw", () => used++), late: sleep(5) })
    yield* self.receive()
  })
  const patient = system.spawn(function* (_self: Process) {
    yield* sleep(1)
    yield* shed.lock("saw", () => used++)
  })
  yield* holder.join()
  yield* patient.join()
  impatient.exit({ kind: "shutdown" })
  yield* impatient.join()
  check("who was patient has used it", used >= 1)
}

export const machineScenarios: Readonly<Record<string, Scenario>> = { lamp, door, alarm, toolShed }
