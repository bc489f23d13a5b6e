/** Watching a scheduler during a test, for the tasklets and timers that it leaves. */
import type { Scheduler, Tasklet } from "@vivarium/core"
import { count, describeTasklet, describeWait } from "./describe.ts"

const running = new Map<Scheduler, Set<LeakWatch>>()

export class LeakWatch {
  private readonly scheduler: Scheduler
  private readonly tool: Disposable
  private readonly known: ReadonlySet<Tasklet>
  private readonly timers: number
  /** Another test uses the scheduler at the same time, so nobody can tell whose a tasklet is. */
  private shared = false

  constructor(scheduler: Scheduler) {
    this.scheduler = scheduler
    this.tool = scheduler.instrument({})
    this.known = new Set(scheduler.tasklets())
    this.timers = scheduler.statistics().timers
    const others = running.get(scheduler) ?? new Set()
    for (const other of others) other.shared = true
    this.shared = others.size > 0
    running.set(scheduler, others.add(this))
  }

  /** What has come to be since, and is there still when all have run that can; in words. Ends the watch. */
  left(): string[] {
    const { scheduler } = this
    scheduler.run()
    const tasklets = scheduler.tasklets().filter((one) => one.alive && !this.known.has(one))
    const timers = scheduler.statistics().timers - this.timers
    this.tool[Symbol.dispose]()
    const others = running.get(scheduler)
    others?.delete(this)
    if (others?.size === 0) running.delete(scheduler)
    if (this.shared) return []
    const left = tasklets.map((one) => `${describeTasklet(one)} ${describeWait(one)}`)
    return timers > 0 ? [...left, count(timers, "timer")] : left
  }
}
