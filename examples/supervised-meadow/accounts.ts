/** The accounts of the hive: what its supervisors report of crashes, and what became of each. */
import { isOrderly, type Ref, type System } from "@vivarium/actors"
import type { Offender, SupervisorReport } from "@vivarium/supervision"

export class Accounts {
  /** Children that ended by themselves: who was hurt, and supervisors that gave up. */
  crashes = 0
  /** Those that were started again, each by its supervisor. */
  restarts = 0
  /** Those that were not, since their supervisor gave up, or went down while they waited. */
  gaveUp = 0
  /** Supervisors that gave up: the supervisor above restarts them. */
  escalations = 0
  /** Starts that failed, and were tried again. */
  failedStarts = 0
  /** Restarts of those who were well, but had to go down with another. */
  shared = 0
  /** Whose restart is awaited: by supervisor, and id. */
  readonly #open = new Map<number, Set<Offender["id"]>>()

  constructor(system: System) {
    system.events.on("supervisor", (report) => this.#enter(report))
  }

  /** Whether it is known of all crashes what became of them. */
  get settled(): boolean {
    return this.crashes === this.restarts + this.gaveUp
  }

  /** The hive itself has ended, which nobody above it reports. */
  close(hive: Ref<unknown>, gaveUp: boolean): void {
    if (gaveUp) {
      this.crashes++
      this.gaveUp++
    }
    this.#giveUpBelow(hive)
  }

  #enter({ context, offender, reason, supervisor }: SupervisorReport): void {
    if (context === "shutdown") this.escalations++
    if (offender === undefined) return
    const open = this.#openOf(supervisor.id)
    if (context === "child_terminated") {
      this.crashes++
      open.add(offender.id)
    } else if (context === "child_restarted") {
      if (open.delete(offender.id)) this.restarts++
      else this.shared++
    } else if (context === "start_error") this.failedStarts++
    else if (context === "shutdown_error" && !isOrderly(reason)) {
      // It crashed just when it was to be stopped.
      this.crashes++
      this.gaveUp++
    }
    if (hasEnded(context) && offender.kind === "supervisor" && offender.ref !== undefined) this.#giveUpBelow(offender.ref)
  }

  #openOf(supervisor: number): Set<Offender["id"]> {
    let open = this.#open.get(supervisor)
    if (open === undefined) this.#open.set(supervisor, (open = new Set()))
    return open
  }

  /** A supervisor has ended: those of its children that waited for a restart are given up. */
  #giveUpBelow(supervisor: Ref<unknown>): void {
    this.gaveUp += this.#openOf(supervisor.id).size
    this.#open.delete(supervisor.id)
  }
}

/** Whether a report tells that a child has ended. */
export function hasEnded(context: SupervisorReport["context"]): boolean {
  return context === "child_terminated" || context === "child_stopped" || context === "shutdown_error"
}
