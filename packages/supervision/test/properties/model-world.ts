/** The world of the model: virtual time, processes that are generators, and what is to come of the next starts. */

/** A process waits until what it has yielded holds. */
export type Life = Generator<() => boolean, void, undefined>

/** What comes of a start. */
export type Start = "run" | "throw" | "ignore"

export class ModelWorld {
  now = 0
  /** What happens below each supervisor, in order: starts and ends of workers, and reports. */
  readonly told = new Map<string, string[]>()
  /** Of a child, or of anybody ("*"): what is to come of the next starts. */
  readonly planned = new Map<string, Start[]>()
  /** The newest process of each worker. */
  readonly workers = new Map<string, ModelWorker>()
  private readonly finishing = new Map<ModelProcess, string>()
  private timers: { readonly at: number; readonly fire: () => void }[] = []
  private processes: { readonly who: ModelProcess; readonly life: Life; ready: () => boolean }[] = []

  nextStart(id: string): Start {
    return this.planned.get(id)?.shift() ?? this.planned.get("*")?.shift() ?? "run"
  }

  /** Notes what has happened below a supervisor. */
  tell(supervisor: string, what: string): void {
    const lines = this.told.get(supervisor) ?? []
    this.told.set(supervisor, lines)
    lines.push(`${this.now}: ${what}`)
  }

  after(ms: number, fire: () => void): void {
    if (ms !== Infinity) this.timers.push({ at: this.now + ms, fire })
  }

  /** The time has come for its end. Of one that is to be killed in the same moment that is the reason. */
  finish(process: ModelProcess, reason: string): void {
    if (this.finishing.get(process) === "killed") return
    this.finishing.delete(process)
    this.finishing.set(process, reason)
  }

  launch(who: ModelProcess, life: Life): void {
    this.processes.push({ who, life, ready: () => true })
  }

  /** Everybody runs who can. */
  run(): void {
    for (let moved = true; moved; ) {
      moved = false
      for (const process of this.processes) {
        if (!process.who.alive) this.processes = this.processes.filter((one) => one !== process)
        else if (process.ready()) {
          moved = true
          const step = process.life.next()
          if (step.done !== true) process.ready = step.value
        }
      }
    }
  }

  /** Time passes, from one timer to the next. */
  advance(ms: number): void {
    const end = this.now + ms
    this.run()
    for (;;) {
      this.now = Math.min(end, ...this.timers.map(({ at }) => at))
      const due = this.timers.filter(({ at }) => at <= this.now)
      if (due.length === 0) return
      this.timers = this.timers.filter(({ at }) => at > this.now)
      for (const { fire } of due) fire()
      for (const [process, reason] of this.finishing) process.end(reason)
      this.finishing.clear()
      this.run()
    }
  }
}

/** Whatever can be a child, or the top. */
export abstract class ModelProcess {
  readonly world: ModelWorld
  readonly id: string
  alive = true
  reason = ""
  /** Told of its end; undefined once nobody wants to know. */
  heard: ((reason: string) => void) | undefined
  private timesTold = 0

  constructor(world: ModelWorld, id: string) {
    this.world = world
    this.id = id
  }

  /** Whether it starts, runs or ends. */
  abstract get phase(): string

  /** It is asked to end, and does so in its own time. */
  abstract ask(reason: string): void

  /** Whether all that was below it has ended, too. */
  abstract get cleared(): boolean

  /** It is told to end, and killed when its time is up. What it was told last counts. */
  stop(shutdownMs: number | "brutal_kill", reason: string): void {
    if (!this.alive) return
    if (shutdownMs === "brutal_kill") return this.end("killed")
    const told = ++this.timesTold
    this.ask(reason)
    this.world.after(shutdownMs, () => {
      if (this.timesTold === told) this.world.finish(this, "killed")
    })
  }

  end(reason: string): void {
    if (!this.alive) return
    this.alive = false
    this.reason = reason
    this.heard?.(reason)
  }
}

/** A child that does not supervise. */
export class ModelWorker extends ModelProcess {
  private readonly takesMs: number
  private readonly supervisor: string
  private asked = false

  constructor(world: ModelWorld, supervisor: string, id: string, takesMs: number) {
    super(world, id)
    this.supervisor = supervisor
    this.takesMs = takesMs
    world.tell(supervisor, `${id} starts`)
    world.workers.set(id, this)
  }

  get phase(): string {
    return this.alive && !this.asked ? "runs" : "ends"
  }

  ask(reason: string): void {
    if (this.asked) return
    this.asked = true
    if (this.takesMs === 0) this.end(reason)
    else this.world.after(this.takesMs, () => this.world.finish(this, reason))
  }

  get cleared(): boolean {
    return !this.alive
  }

  /** It ends by itself, unless it is busy with being stopped. */
  endItself(reason: string): void {
    if (!this.asked) this.end(reason)
  }

  override end(reason: string): void {
    if (this.alive) this.world.tell(this.supervisor, `${this.id} ends ${reason}`)
    super.end(reason)
  }
}
