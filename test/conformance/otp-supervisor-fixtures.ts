import { type Routine, sleep } from "@vivarium/core"
import { Actor, type ExitReason, type Process, type Ref } from "@vivarium/actors"
import { type AnySupervisorRef, child, type ChildSpec, type LifeOptions, type SupervisorRef, type SupervisorReport } from "@vivarium/supervision"
import { OtpWorld, wordOf } from "./otp-world.ts"

/** What the children of a test have noted: each start that is tried, and each `terminate` that runs. */
export const trace: string[] = []

/** What the next starts of a child come to, by its id. Each entry is for one start, and a child without any starts at once. */
export const plans = new Map<string, Plan[]>()

/** How one start goes: after a time, with what `init` returns or throws then. */
export interface Plan {
  readonly afterMs?: number
  readonly outcome?: () => unknown
}

/** How long the children linger in `terminate`, by their ids. */
export const lingers = new Map<string, number>()

export const boom = new Error("boom")
export const failing: Plan = { outcome: () => fail() }

function fail(): never {
  throw boom
}

/** A child that starts as planned, ends in every way there is, and notes both. */
export class Member extends Actor {
  id = ""
  end(reason?: ExitReason) {
    this.stop(reason)
  }
  *init(id: string): Routine<undefined> {
    this.id = id
    trace.push(`${id} starts`)
    const plan = plans.get(id)?.shift()
    if (plan?.afterMs !== undefined) yield* sleep(plan.afterMs)
    return plan?.outcome?.() as undefined
  }
  crash() {
    throw boom
  }
  *work(ms: number) {
    yield* sleep(ms)
  }
  *terminate(reason: ExitReason) {
    trace.push(`${this.id} ends: ${inWords(reason)}`)
    const ms = lingers.get(this.id)
    if (ms === undefined) return
    yield* sleep(ms)
    trace.push(`${this.id} has lingered`)
  }
}

/** A member as a child. */
export function member(id: string, options: LifeOptions & { readonly name?: string; readonly trapExit?: boolean } = {}): ChildSpec<Ref<Member>> {
  return child(Member, { args: [id], ...options, id })
}

/** Who runs as that child, as a member. */
export function refOf(top: SupervisorRef, id: string): Ref<Member> {
  const ref = top.child(id)
  if (ref === undefined) throw new Error(`${id} does not run`)
  return ref as Ref<Member>
}

/** All children in words, the youngest first, as `whichChildren` lists them. */
export function states(top: AnySupervisorRef): string[] {
  return top.whichChildren().map(({ id, state }) => `${String(id)} ${state}`)
}

/** The counts, in Erlang's order: specs, active, supervisors, workers. */
export function counts(top: AnySupervisorRef): number[] {
  const { active, specs, supervisors, workers } = top.countChildren()
  return [specs, active, supervisors, workers]
}

/** A reason in words. */
export function inWords(reason: ExitReason): string {
  const word = wordOf(reason)
  return word instanceof Error ? word.message : Array.isArray(word) ? word.map(String).join(": ") : String(word)
}

/** Takes what was noted so far. */
export function noted(): string[] {
  return trace.splice(0)
}

/** The body of a raw process that traps exits, notes them, and goes on all the same. */
export function* stubborn(self: Process): Routine {
  self.trapExit = true
  for (;;) {
    const message = yield* self.receive()
    trace.push(`stubborn is sent ${inWords((message as { readonly reason: ExitReason }).reason)}`)
  }
}

/** A system on virtual time that keeps the reports of its supervisors. */
export class TreeWorld extends OtpWorld {
  readonly told: SupervisorReport[] = []

  constructor() {
    super()
    trace.length = 0
    plans.clear()
    lingers.clear()
    this.system.events.on("supervisor", (report) => this.told.push(report))
  }

  /** The reports of some kinds since the last look, in words. */
  reported(...contexts: readonly SupervisorReport["context"][]): string[] {
    return this.told
      .splice(0)
      .filter(({ context }) => contexts.includes(context))
      .map(({ context, offender, reason }) => `${context} ${String(offender?.id ?? "")}: ${inWords(reason)}`)
  }
}
