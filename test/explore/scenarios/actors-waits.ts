/** Rings of waits of all kinds: whoever closes one is told, so nobody waits for ever. */
import { Actor, CallError, MailboxFullError, type Ref, Registry, RegistryError, StartError, StopError, Task, TaskError } from "@vivarium/actors"
import { type Routine, schedule, sleep, tasklet } from "@vivarium/core"
import type { Scenario, World } from "@vivarium/testkit"
import type { NamedScenario } from "../named-scenario.ts"
import { outcomeOf } from "./outcome-of-call.ts"

/** Asks the next in the ring, once it is told to, or is asked itself. */
class Asker extends Actor {
  #next!: () => Ref<Asker>

  init(next: () => Ref<Asker>): void {
    this.#next = next
  }

  *begin(outcomes: string[], hops: number): Routine {
    outcomes.push(yield* outcomeOf(this.#next().with({ timeoutMs: Infinity }).call.ask(hops)))
  }

  *ask(hops: number): Routine<number> {
    if (hops === 0) return 0
    const pending = this.#next().with({ timeoutMs: Infinity }).request.ask(hops - 1)
    yield* schedule()
    try {
      return yield* pending
    } catch (error) {
      if (error instanceof CallError && error.code === "call_cycle") return -1
      throw error
    }
  }
}

/** Three in a ring who ask each other without limits: circles are found, whoever closes them. */
function* ringOfCalls({ check, system }: World): Routine {
  const ring: Ref<Asker>[] = []
  for (let number = 0; number < 3; number++) ring.push(system.spawn(Asker, { args: [() => ring[(number + 1) % 3] as Ref<Asker>] }))
  const outcomes: string[] = []
  for (const one of ring) one.cast.begin(outcomes, 2)
  while (outcomes.length < 3) yield* sleep(1)
  for (const one of ring) check("what is over is no part of a ring", (yield* outcomeOf(one.call.ask(1))) === "ok 0")
  check("all live", ring.every(({ alive }) => alive))
  check("each has an outcome", outcomes.every((one) => /^(ok (0|-1)|call_cycle)$/.test(one)))
}

/** How one waits for the next one. */
const WAYS = ["call", "request", "room", "task", "start", "stop", "lock"] as const
type Way = (typeof WAYS)[number]

interface Ring {
  readonly registry: Registry<string>
  readonly members: readonly Ref<Member>[]
  readonly outcomes: string[]
}

/** Asks another one as it is born. */
class Child extends Actor {
  *init(other: Ref<Member>): Routine {
    yield* other.with({ timeoutMs: Infinity }).call.answer()
  }
}

/** Waits for the next one in the ring, and holds a lock meanwhile. */
class Member extends Actor {
  answer(): string {
    return "answer"
  }

  *begin(ring: Ring, place: number, way: Way): Routine {
    const next = (place + 1) % ring.members.length
    yield* ring.registry.lock(`of ${place}`, () => this.#outcome(ring, next, way))
  }

  *#outcome(ring: Ring, next: number, way: Way): Routine {
    yield* schedule()
    try {
      yield* this.#wait(ring, next, way)
      ring.outcomes.push("passed")
    } catch (error) {
      if (!isOfARing(error)) throw error
      ring.outcomes.push("told")
    }
  }

  *#wait({ members, registry }: Ring, next: number, way: Way): Routine {
    const other = members[next] as Ref<Member>
    const patient = other.with({ timeoutMs: Infinity })
    switch (way) {
      case "call":
        return void (yield* patient.call.answer())
      case "request": {
        const pending = patient.request.answer()
        yield* schedule()
        return void (yield* pending)
      }
      case "room":
        return void (yield* other.with({ wait: true }).cast.answer())
      case "task":
        return void (yield* Task.await(
          Task.async(() => patient.call.answer(), { link: false }),
          { timeoutMs: Infinity },
        ))
      case "start":
        return yield* (yield* this.start(Child, { args: [other] })).stop()
      case "stop":
        return yield* other.stop()
      case "lock":
        return yield* registry.lock(`of ${next}`, () => schedule())
    }
  }
}

/** Whether it tells of a ring, or of one who has ended by it. */
function isOfARing(error: unknown): boolean {
  if (error instanceof MailboxFullError) return false
  return [CallError, StopError, RegistryError, TaskError, StartError].some((Class) => error instanceof Class)
}

function ringOf(ways: readonly Way[]): Scenario {
  return function* ({ check, system }: World): Routine {
    const members: Ref<Member>[] = []
    const outcomes: string[] = []
    const ring: Ring = { registry: new Registry<string>({ keys: "unique", system }), members, outcomes }
    for (const way of ways) members.push(system.spawn(Member, { label: way, mailbox: { capacity: 1 } }))
    // With something more to read, so that there is no room while they wait.
    const fillers = members.map((member, place) =>
      tasklet(function* (): Routine {
        const patient = member.with({ wait: true })
        yield* patient.cast.begin(ring, place, ways[place] as Way)
        yield* schedule()
        yield* patient.cast.answer()
      }),
    )
    for (const filler of fillers) yield* filler
    yield* sleep(1)
    check("each has an outcome, unless it was stopped before it could begin", outcomes.length === ways.length || ways.includes("stop"))
    check("somebody has passed, or all were told", outcomes.includes("passed") || outcomes.length > 0)
  }
}

const RINGS: readonly (readonly Way[])[] = [
  ["call", "request", "room"],
  ["call", "task", "start"],
  ["lock", "call", "lock"],
  ["room", "stop", "call"],
  ["task", "lock", "room"],
  ["start", "stop", "request"],
  ["stop", "lock", "task"],
]

export const waitScenarios: readonly NamedScenario[] = [
  { name: "three in a ring who call each other find the circle, and nobody hangs", scenario: ringOfCalls },
  ...WAYS.map((way): NamedScenario => ({ name: `a ring of two, who wait by ${way} and by call`, scenario: ringOf([way, "call"]) })),
  ...RINGS.map((ways): NamedScenario => ({ name: `a ring of three, who wait by ${ways.join(", ")}`, scenario: ringOf(ways) })),
]
