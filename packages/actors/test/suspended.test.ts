import { type Routine, Scheduler, sleep } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { expect, it } from "vitest"
import { Actor, ExitReason, named, type Process, System } from "../src/index.ts"

class Hive extends Actor {
  static ends: string[] = []
  init(traps = false) {
    this.trapExit = traps
  }
  exit(_from: unknown, reason: ExitReason) {
    Hive.ends.push(`exit ${reason.kind}`)
  }
  forage() {
    Hive.ends.push("forage")
  }
  terminate(reason: ExitReason) {
    Hive.ends.push(reason.kind)
  }
}

function inVirtualTime(body: (system: System) => Routine): Promise<void> {
  Hive.ends = []
  const scheduler = new Scheduler({ clock: new VirtualClock() })
  return scheduler.main(function* () {
    const system = new System({ scheduler, log: false })
    yield* body(system)
    yield* system.stop()
  })
}

it("a suspended actor can be stopped, without handling what is unread", () =>
  inVirtualTime(function* (system) {
    const hive = yield* system.start(Hive)
    yield* hive.suspend()
    hive.cast.forage()
    yield* hive.stop(ExitReason.shutdown, { timeoutMs: 100 })
    expect(Hive.ends).toEqual(["shutdown"])
    expect(system.deadLetters.map(({ because, method }) => `${method} ${because}`)).toEqual(["forage unread"])
  }))

it("a suspended actor that traps exits ends with its parent, and keeps the exits of others for later", () =>
  inVirtualTime(function* (system) {
    const parent = system.spawn(function* (self: Process) {
      yield* self.startLink(Hive, { args: [true], name: "hive" })
      yield* self.receive()
    })
    yield* sleep(1)
    const hive = named(Hive, "hive", { system })
    yield* hive.suspend()
    hive.exit(ExitReason.custom("smoke"))
    yield* sleep(1)
    expect(Hive.ends).toEqual([])
    parent.exit(ExitReason.shutdown)
    yield* sleep(1)
    expect(Hive.ends).toEqual(["shutdown"])
  }))
