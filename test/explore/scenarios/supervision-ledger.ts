/**
 * Workers below the supervisors of a scenario, and the ledger in which they enter themselves. It knows who lives, and refuses what no supervisor may do:
 *
 * 1. There are never two of one worker: the last one has ended, names and all, before the `init` of the next one begins.
 * 2. None is started before those in front of it, or, where they share their fate, beside those behind it, unless by hand.
 * 3. None is told to shut down before those behind it have ended, unless by hand.
 */
import { Actor, ActorError, CallError, type ExitReason, type Ref, selfOf, StartError, StopError } from "@vivarium/actors"
import { type Operation, type Routine, schedule } from "@vivarium/core"
import { child, type ChildOptions, type ChildSpec, type Strategy, SupervisorError } from "@vivarium/supervision"
import type { World } from "@vivarium/testkit"
import { chronicle, type Observed } from "./supervision-chronicle.ts"

/** What a worker does in its `init` and in `terminate`, beside entering itself. */
export interface Plot {
  readonly init?: (attempt: number, self: Ref<Worker>) => unknown
  readonly terminate?: (reason: ExitReason) => unknown
}

/** In which order workers stand below a supervisor. */
interface Line {
  readonly ids: readonly string[]
  readonly strategy: Strategy
}

/** What a worker fails with. */
export class Stung extends Error {
  override readonly name: string = "Stung"
}

export class Ledger {
  /** What has happened, in order: `start a`, `end a`. */
  readonly lines: string[] = []
  private readonly world: Observed
  private readonly living = new Map<string, Ref<unknown>>()
  private readonly attempts = new Map<string, number>()
  private readonly reasons = new Map<string, ExitReason["kind"][]>()
  private readonly idOf = new Map<Ref<unknown>, string>()
  private readonly line: Line | null
  /** Who may be started and terminated by hand, alone. */
  private readonly byHand: string

  /** Of workers in a line, their order is checked. */
  constructor(world: Observed, line: Line | null = null, byHand = "") {
    this.world = world
    this.line = line
    this.byHand = byHand
    chronicle(world)
    world.system.events.on("ended", ({ reason, ref }) => this.buried(ref, reason))
  }

  /** The `init` of a worker has begun; gives how many there were of it. */
  enter(id: string, ref: Ref<unknown>): number {
    const { check, system } = this.world
    check(`never two of ${id}`, !this.living.has(id))
    if (ref.name !== undefined) check(`${id} has its name`, system.whereis(ref.name) === ref)
    const attempt = (this.attempts.get(id) ?? 0) + 1
    if (this.line !== null) this.checkStart(this.line, id)
    this.living.set(id, ref)
    this.idOf.set(ref, id)
    this.attempts.set(id, attempt)
    this.lines.push(`start ${id}`)
    return attempt
  }

  /** A worker is told to end, or has come to its end. */
  leave(id: string, reason: ExitReason): void {
    if (this.line === null || reason.kind !== "shutdown" || this.byHand.includes(id)) return
    const { ids } = this.line
    const behind = ids.slice(ids.indexOf(id) + 1)
    this.world.check(`those behind ${id} are stopped before it`, !behind.some((one) => this.living.has(one)))
  }

  /** Whether its process has not ended. */
  lives(id: string): boolean {
    return this.living.has(id)
  }

  /** Which worker a process is. */
  of(ref: Ref<unknown>): string | undefined {
    return this.idOf.get(ref)
  }

  /** Who lives, in alphabetical order. */
  get alive(): string {
    return [...this.living.keys()].toSorted().join("")
  }

  /** How often a worker was started. */
  starts(id: string): number {
    return this.attempts.get(id) ?? 0
  }

  /** With which reasons it has ended, in order. */
  ends(id: string): readonly ExitReason["kind"][] {
    return this.reasons.get(id) ?? []
  }

  private checkStart({ ids, strategy }: Line, id: string): void {
    const { check } = this.world
    const place = ids.indexOf(id)
    check(`those in front of ${id} are started before it`, ids.slice(0, place).every((one) => this.attempts.has(one)))
    if (strategy === "one_for_one" || this.byHand.includes(id)) return
    check(`${id} is not started beside those behind it`, !ids.slice(place + 1).some((one) => this.living.has(one) && !this.byHand.includes(one)))
  }

  private buried(ref: Ref<unknown>, reason: ExitReason): void {
    const id = this.idOf.get(ref)
    if (id === undefined) return
    this.living.delete(id)
    this.reasons.set(id, [...this.ends(id), reason.kind])
    this.lines.push(`end ${id}`)
  }
}

export class Worker extends Actor {
  #ledger: Ledger | null = null
  #id = ""
  #plot: Plot = {}

  init(ledger: Ledger, id: string, plot: Plot = {}): unknown {
    this.#ledger = ledger
    this.#id = id
    this.#plot = plot
    const attempt = ledger.enter(id, this.self)
    return plot.init?.(attempt, selfOf<Worker>(this))
  }

  ping(): string {
    return this.#id
  }

  crash(): void {
    throw new Stung(this.#id)
  }

  finish(): void {
    this.stop()
  }

  /** Does something within a message. */
  perform(deed: () => unknown): unknown {
    return deed()
  }

  terminate(reason: ExitReason): unknown {
    this.#ledger?.leave(this.#id, reason)
    return this.#plot.terminate?.(reason)
  }
}

/** The spec of a worker. */
export function worker(ledger: Ledger, id: string, options: Omit<ChildOptions<typeof Worker>, "args" | "id"> & { readonly plot?: Plot } = {}): ChildSpec<Ref<Worker> | undefined> {
  const { plot = {}, ...rest } = options
  return child(Worker, { ...rest, id, args: [ledger, id, plot] }) as ChildSpec<Ref<Worker> | undefined>
}

/** Waits for a moment within so many turns that the schedule chooses, at last for the last one. */
export function* moment({ fault }: World, turns: number): Routine {
  for (let left = turns; left > 0; left--) {
    if (fault("now")) return
    yield* schedule()
  }
}

/**
 * Asks a supervisor for something. Gives the code of the error if it could not do that, `ended` if it has ended before it has answered; any other error is a finding.
 */
export function* asked(ask: () => Operation<unknown>): Routine<string> {
  try {
    yield* ask()
    return "done"
  } catch (error) {
    if (error instanceof SupervisorError || error instanceof StartError || (error instanceof ActorError && error.code === "no_system")) return error.code
    if (error instanceof CallError && error.code !== "timeout") return error.code === "call_cycle" ? error.code : "ended"
    if (error instanceof StopError) return "ended"
    throw error
  }
}

/** A plot whose `init` gives way once, so that others can come in between. */
export const slowly: Plot = {
  *init(): Routine {
    yield* schedule()
  },
}
