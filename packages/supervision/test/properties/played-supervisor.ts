/** The real supervisor, on virtual time, with all that can be seen of it in the words of the model. */
import assert from "node:assert/strict"
import { Actor, ExitReason, ignore, type Ref, System } from "@vivarium/actors"
import { type Operation, Scheduler, sleep } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { child, type ChildSpec, FailedToStart, supervisor, type SupervisorRef} from "../../src/index.ts"
import type { Command, Orderly } from "./supervisor-commands.ts"
import type { ModelFlags, ModelSpec } from "./supervisor-model.ts"
import type { Start } from "./model-world.ts"

const ORDERLY: Readonly<Record<Orderly, ExitReason>> = { normal: ExitReason.normal, shutdown: ExitReason.shutdown, "shutdown done": ExitReason.shutdownWith("done") }
const BOOM = ExitReason.custom("boom")

/** For ever, as far as these tests go. */
const NEVER_MS = 2 ** 40

class Worker extends Actor {
  #takesMs = 0
  #byItself = false

  init(play: PlayedSupervisor, supervisor: string, id: string, takesMs: number) {
    const start = play.nextStart(id)
    if (start === "throw") throw new Error("no start")
    if (start === "ignore") return ignore
    this.#takesMs = Math.min(takesMs, NEVER_MS)
    play.born(supervisor, id, this.self as Ref<Worker>)
    return undefined
  }

  crash(how: "boom" | "error sting") {
    this.#byItself = true
    if (how !== "boom") throw new Error("sting")
    this.stop(BOOM)
  }

  leave(reason: Orderly) {
    this.#byItself = true
    this.stop(ORDERLY[reason])
  }

  terminate() {
    return this.#byItself || this.#takesMs === 0 ? undefined : sleep(this.#takesMs)
  }
}

export class PlayedSupervisor {
  readonly clock = new VirtualClock()
  readonly scheduler = new Scheduler({ clock: this.clock, limits: { slowSliceMs: Infinity } })
  readonly system: System
  /** What happens below each supervisor, in order, as in the model. */
  readonly told = new Map<string, string[]>()
  readonly answers: (string | undefined)[] = []
  readonly uncaught: unknown[] = []
  readonly planned = new Map<string, Start[]>()
  readonly top: SupervisorRef
  private readonly births = new Map<Ref<unknown>, { readonly supervisor: string; readonly id: string }>()
  private readonly workers = new Map<string, Ref<Worker>>()

  constructor(flags: ModelFlags) {
    this.system = new System({ scheduler: this.scheduler, log: false, onUncaught: (error) => void this.uncaught.push(error) })
    const { events } = this.system
    events.on("ended", ({ reason, ref }) => {
      const birth = this.births.get(ref)
      if (birth !== undefined) this.tell(birth.supervisor, `${birth.id} ends ${wordOf(reason)}`)
    })
    events.on("supervisor", ({ attempt, context, delayMs, failure, offender, reason, restarts, supervisor: { label } }) => {
      if (context === "warning") return
      const more = failure === undefined ? (delayMs ?? "") : wordOf(failure)
      this.tell(String(label), `${context} ${String(offender?.id)} ${wordOf(reason)} ${restarts} ${attempt} ${more}`)
    })
    this.top = this.system.spawn(this.treeOf("top", flags))
    this.scheduler.run()
  }

  nextStart(id: string): Start {
    return this.planned.get(id)?.shift() ?? this.planned.get("*")?.shift() ?? "run"
  }

  private tell(supervisor: string, what: string): void {
    const lines = this.told.get(supervisor) ?? []
    this.told.set(supervisor, lines)
    lines.push(`${this.clock.now()}: ${what}`)
  }

  born(supervisor: string, id: string, ref: Ref<Worker>): void {
    const before = this.workers.get(id)
    // One that is being stopped has not ended.
    if (before !== undefined && this.system.processes.includes(before)) this.tell(supervisor, `two of ${id}`)
    this.tell(supervisor, `${id} starts`)
    this.workers.set(id, ref)
    this.births.set(ref, { supervisor, id })
  }

  private treeOf(id: string, flags: ModelFlags, life: object = {}) {
    const { children, ...rest } = flags
    return supervisor({ id, ...life, ...rest, children: children.map((one) => this.specOf(id, one)) })
  }

  private specOf(supervisor: string, { backoff, flags, id, restart, shutdownMs, significant, takesMs }: ModelSpec): ChildSpec<unknown> {
    const life = { id, restart, significant, ...(backoff !== undefined && { backoff: { ...backoff, jitter: 0 } }) }
    if (flags !== undefined) return child({ what: this.treeOf(id, flags, life) })
    return child(Worker, { ...life, shutdownMs, args: [this, supervisor, id, takesMs] })
  }

  /** Whether the top has not ended, be it on its way. */
  private get stands(): boolean {
    return this.system.processes.includes(this.top)
  }

  /** The inner supervisor, if there is one, and it runs. */
  private get inner(): SupervisorRef | undefined {
    return this.stands ? (this.top.child("sup") as SupervisorRef | undefined) : undefined
  }

  perform(command: Command, nested: boolean): void {
    const supervises = nested ? this.inner : this.top
    switch (command.do) {
      case "crash":
        return void this.workers.get(command.id)?.cast.crash(command.how)
      case "exit":
        return void this.workers.get(command.id)?.cast.leave(command.reason)
      case "kill":
        return (command.id === "top" ? this.top : command.id === "sup" ? supervises : this.workers.get(command.id))?.exit(ExitReason.kill)
      case "startChild":
        return this.ask(supervises && (() => supervises.startChild(this.specOf(nested ? "sup" : "top", command.spec))), "nothing")
      case "advance":
        return this.pass(command.ms)
      case "plan":
        return void this.planned.set(command.id, Array.from({ length: command.times }, () => command.start))
      case "stop":
        return this.leave()
      default: {
        const asked = command.id === "sup" ? this.top : supervises
        return this.ask(asked && (() => asked[command.do](command.id) as Operation<unknown>), command.do === "restartChild" ? "nothing" : "done")
      }
    }
  }

  /** What comes of it is seen of the top itself. */
  private leave(): void {
    const { scheduler, top } = this
    scheduler.tasklet(function* () {
      try {
        yield* top.stop()
      } catch {
        // It has ended otherwise meanwhile.
      }
    })
  }

  /** Time passes, from one timer to the next. */
  private pass(ms: number): void {
    const { clock, scheduler } = this
    const end = clock.now() + ms
    scheduler.run()
    for (let next = scheduler.timers?.first; next !== undefined && next.at <= end; next = scheduler.timers?.first) {
      clock.advance(next.at - clock.now())
      scheduler.run()
    }
    clock.advance(end - clock.now())
  }

  private ask(wish: (() => Operation<unknown>) | undefined, nothing: string): void {
    if (wish === undefined) return
    const { answers } = this
    const index = answers.push(undefined) - 1
    this.scheduler.tasklet(function* () {
      try {
        const value = yield* wish()
        answers[index] = value === undefined ? nothing : "started"
      } catch (error) {
        answers[index] = (error as { readonly code?: string }).code ?? String(error)
      }
    })
  }

  /** Nothing is left once the top has ended. */
  assertGone(): void {
    const { blocked, external, runnable, timers } = this.scheduler.statistics()
    assert.deepEqual([this.system.processes.map(String), this.system.names, blocked, external, runnable, timers], [[], [], 0, 0, 0, 0])
  }

  get seen(): string {
    return this.stands ? seenOf(this.top) : "gone"
  }
}

const PHASES: Readonly<Record<string, string>> = { starting: "starts", running: "runs", ending: "ends", restarting: "-", stopped: "-" }

/** All that a supervisor shows of itself and of those below. */
function seenOf(supervises: SupervisorRef): string {
  const tree = supervises.tree()
  const states = supervises.whichChildren().toReversed()
  const children = tree.children.map((node, index) => {
    const { attempts, id, ref, restartsInMs, state } = node
    const below = "children" in node ? `(${seenOf(ref as SupervisorRef)})` : ""
    return `${String(id)} ${states[index]?.state} ${PHASES[state]} ${attempts}${restartsInMs === undefined ? "" : ` in ${restartsInMs}`}${below}`
  })
  return [tree.restarts, ...children].join(", ")
}

function wordOf(reason: ExitReason): string {
  if (reason.kind === "custom") return String(reason.value)
  if (reason.kind === "error") return `error ${(reason.error as Error).message}`
  const detail: unknown = reason.kind === "shutdown" ? reason.detail : undefined
  if (detail instanceof FailedToStart) return `shutdown: ${String(detail.id)} not started`
  return typeof detail === "string" ? `shutdown ${detail}` : reason.kind
}
