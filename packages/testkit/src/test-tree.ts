/** The supervisor of one test in one system. */
import { type CrashReport, describeReason, ExitReason, type Ref, type System } from "@vivarium/actors"
import type { Cell } from "@vivarium/actors/lowlevel"
import { InvalidArgumentError, type Operation, type Routine } from "@vivarium/core"
import { OwnedCall } from "@vivarium/core/lowlevel"
import { type ChildId, type ChildSpec, formatReport, supervisor, type SupervisorRef, type SupervisorReport } from "@vivarium/supervision"
import { MOST_RESTARTS, RESTARTS_WITHIN_MS } from "./limits.ts"

export class TestTree {
  private readonly system: System
  private readonly top: SupervisorRef

  constructor(system: System) {
    this.system = system
    this.top = system.spawn(supervisor({ maxRestarts: MOST_RESTARTS, withinMs: RESTARTS_WITHIN_MS, children: [] }), { label: "of the test" })
  }

  start<R>(spec: ChildSpec<R>): Operation<R> {
    return this.top.startChild(spec)
  }

  /** Whether it has a child with an id, or that runs as a process. */
  has(idOrRef: ChildId | Ref<unknown>): boolean {
    return this.top.alive && this.idOf(idOrRef) !== undefined
  }

  /** Stops a child, and forgets it. */
  stop(idOrRef: ChildId | Ref<unknown>): Operation<void> {
    return this.perform(() => this.stopChild(idOrRef))
  }

  /** Stops all children, the youngest first; gives what was wrong, in words. */
  finish(): Operation<string[]> {
    return this.perform(() => this.stopAll())
  }

  private idOf(idOrRef: ChildId | Ref<unknown>): ChildId | undefined {
    return this.top.whichChildren().find(({ id, ref }) => id === idOrRef || ref === idOrRef)?.id
  }

  private *stopChild(idOrRef: ChildId | Ref<unknown>): Routine {
    const id = this.idOf(idOrRef)
    if (id === undefined) throw new InvalidArgumentError("idOrRef", idOrRef, "the id or the reference of a child that startSupervised() has started")
    yield* this.top.terminateChild(id)
    // A temporary one is forgotten already.
    if (this.top.childSpec(id) !== undefined) yield* this.top.deleteChild(id)
  }

  private *stopAll(): Routine<string[]> {
    const { system, top } = this
    if (!top.alive) return [`the supervisor of the test has given up before the end: ${describeReason(yield* top.join())}`]
    const wrong: string[] = []
    const crashed = ({ ref, reason }: CrashReport): void => void wrong.push(`${String(ref)} crashed while it was stopped: ${describeReason(reason)}`)
    const reported = (report: SupervisorReport): void => {
      if (report.context === "shutdown_error" && report.reason.kind === "killed") wrong.push(formatReport(report, { oneLine: true }))
    }
    system.events.on("crash", crashed)
    system.events.on("supervisor", reported)
    try {
      yield* top.stop(ExitReason.shutdown)
    } finally {
      system.events.off("crash", crashed)
      system.events.off("supervisor", reported)
    }
    const left = system.processes.filter((ref) => this.comesFrom(ref))
    return left.length === 0 ? wrong : [...wrong, `still alive: ${left.map(String).join(", ")}`]
  }

  /** Whether a process was started below the supervisor, by whomever. */
  private comesFrom(ref: Ref<unknown>): boolean {
    const top = this.top["~resolve"]()
    let cell: Cell | null = ref["~resolve"]()
    while (cell !== null && cell !== top) cell = cell.parent
    return cell === top
  }

  private perform<T>(body: () => Routine<T>): Operation<T> {
    return new OwnedCall<T>(this.system.scheduler, body as never, [])
  }
}
