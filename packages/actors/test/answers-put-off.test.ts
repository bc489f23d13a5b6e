/** Calls that are answered later: each has one answer, or the end of its callee; and what nobody waits for any more is not kept. */
import { type Routine, sleep } from "@vivarium/core"
import { Actor, ExitReason, type Later, type Ref } from "@vivarium/actors"
import { describe, expect, it } from "vitest"
import { Stage } from "./fixtures/stage.ts"

class Desk extends Actor {
  static readonly reentrant = true
  private shared: Later<string> | undefined
  private kept: Later<string>[] = []

  /** Everybody gets the same promise, though it answers the first alone. */
  share() {
    return (this.shared ??= this.replyLater())
  }
  *shareThrough(friend: Ref<Friend>): Routine<unknown> {
    return yield* friend.call.share(this.self as Ref<unknown> as Ref<Desk>)
  }
  open() {
    this.shared?.reply("open")
  }
  *slowly(): Routine<unknown> {
    yield* sleep(10)
    const later = this.replyLater<string>()
    this.kept.push(later)
    return later
  }
  aside() {
    this.stash()
    return this.replyLater<string>()
  }
}

class Friend extends Actor {
  *share(desk: Ref<Desk>): Routine<unknown> {
    return yield* desk.with({ timeoutMs: Infinity }).call.share()
  }
}

/** How many calls an actor owes an answer: what stands there of calls that nobody waits for would stand there for its life. */
function owed(ref: Ref<never>): number {
  const { extras } = (ref as unknown as { "~resolve"(): { readonly extras: { readonly answers: ReadonlySet<unknown> | null } | null } })["~resolve"]()
  return extras?.answers?.size ?? 0
}

describe("a call whose method returns the Later of another one", () => {
  it("has no answer, and fails with the reason when the actor ends", async () => {
    await using stage = new Stage()
    const desk = stage.system.spawn(Desk)
    const [one, two] = [1, 2].map(() => stage.begin(() => desk.with({ timeoutMs: Infinity }).call.share()))
    stage.pass()
    desk.cast.open()
    stage.pass()
    expect([one?.value, two?.settled]).toEqual(["open", false])
    desk.exit(ExitReason.custom("rain"))
    stage.pass()
    expect(two?.error).toMatchObject({ code: "exit", reason: { kind: "custom", value: "rain" } })
  })

  it("fails so also where it came back along its own chain of calls", async () => {
    await using stage = new Stage()
    const desk = stage.system.spawn(Desk)
    const friend = stage.system.spawn(Friend)
    stage.begin(() => desk.call.share())
    const through = stage.begin(() => desk.with({ timeoutMs: Infinity }).call.shareThrough(friend))
    stage.pass()
    desk.exit(ExitReason.custom("rain"))
    stage.pass()
    expect([through.code, stage.ends[0]]).toEqual(["exit", "rain"])
  })
})

describe("a call that has timed out", () => {
  it("before it was put off, is not kept", async () => {
    await using stage = new Stage()
    const desk = stage.system.spawn(Desk)
    const late = stage.begin(() => desk.with({ timeoutMs: 5 }).call.slowly())
    stage.pass(5)
    stage.pass(5)
    expect([late.code, owed(desk)]).toEqual(["timeout", 0])
  })

  it("after it was put off and stashed, is not kept", async () => {
    await using stage = new Stage()
    const desk = stage.system.spawn(Desk)
    const late = stage.begin(() => desk.with({ timeoutMs: 5 }).call.aside())
    stage.pass()
    expect(owed(desk)).toBe(1)
    stage.pass(5)
    expect([late.code, owed(desk)]).toEqual(["timeout", 0])
  })
})
