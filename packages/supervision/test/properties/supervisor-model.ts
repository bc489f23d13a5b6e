/**
 * A reference model of a supervisor: OTP's rules in their plainest form, with lists instead of links, and no care for speed; those of back-off as the
 * design has them. What it does is told to its world, line by line, to be compared with what the real one does.
 */
import { type Life, ModelProcess, type ModelWorld, ModelWorker } from "./model-world.ts"

export interface ModelBackoff { readonly minMs: number; readonly maxMs: number; readonly factor: number; readonly maxAttempts: number; readonly resetAfterMs: number }
export interface ModelSpec {
  readonly id: string
  readonly restart: "permanent" | "transient" | "temporary"
  readonly significant: boolean
  readonly shutdownMs: number | "brutal_kill"
  /** How long it takes to end when it is asked to; Infinity of one that does not heed it. */
  readonly takesMs: number
  readonly backoff: ModelBackoff | undefined
  /** Of a supervisor. */
  readonly flags?: ModelFlags
}
export interface ModelFlags {
  readonly strategy: "one_for_one" | "one_for_all" | "rest_for_one"
  readonly autoShutdown: "never" | "any_significant" | "all_significant"
  readonly maxRestarts: number
  readonly withinMs: number
  readonly children: readonly ModelSpec[]
}

/** A wait for the next start: until its turn comes, or for a delay. */
interface Wait { readonly delayed: boolean; readonly at: number }

export class ModelChild {
  readonly spec: ModelSpec
  process: ModelProcess | null = null
  last: ModelProcess | null = null
  wait: Wait | null = null
  /** It is being started again, or what shares its fate is being stopped before. */
  restarting = false
  attempts = 0
  failure = ""
  startedAt = 0

  constructor(spec: ModelSpec) {
    this.spec = spec
  }

  get state(): "running" | "restarting" | "stopped" {
    if (this.wait !== null || this.restarting) return "restarting"
    return this.process === null ? "stopped" : "running"
  }
}

/** What is in a mailbox: what is done in the turn of the supervisor, which may take time. */
type Message = () => Life | undefined

const isOrderly = (reason: string): boolean => reason === "normal" || reason.startsWith("shutdown")

export class ModelSupervisor extends ModelProcess {
  children: ModelChild[] = []
  started = false
  private readonly flags: ModelFlags
  private stamps: number[] = []
  private mailbox: Message[] = []
  private readonly unanswered = new Set<(word: string) => void>()
  private orphans: ModelProcess[] = []
  /** Why it ends. */
  private ending = ""
  /** It is stopping its children, and hears nothing else. */
  private closing = false

  constructor(world: ModelWorld, id: string, flags: ModelFlags) {
    super(world, id)
    this.flags = flags
    world.launch(this, this.life())
  }

  get cleared(): boolean {
    return !this.alive && this.orphans.every(({ cleared }) => cleared)
  }

  get phase(): string {
    if (!this.started && this.alive) return "starts"
    return this.ending === "" && this.alive ? "runs" : "ends"
  }

  ask(reason: string): void {
    this.mailbox.push(() => {
      this.ending ||= reason
      return undefined
    })
  }

  /** A wish of somebody; the answer is a word. */
  wish(answer: (word: string) => void, fulfil: () => Generator<() => boolean, string, undefined>): void {
    if (!this.alive || this.closing) return answer("noproc")
    const { unanswered } = this
    unanswered.add(answer)
    this.mailbox.push(function* () {
      const word = yield* fulfil()
      unanswered.delete(answer)
      answer(word)
    })
  }

  override end(reason: string): void {
    if (!this.alive) return
    for (const child of this.children) {
      child.wait = null
      if (child.process === null) continue
      child.process.heard = undefined
      this.orphans.push(child.process)
      child.process.stop(child.spec.shutdownMs, reason)
    }
    super.end(reason)
    for (const answer of this.unanswered) answer("exit")
  }

  private *life(): Life {
    for (const spec of this.flags.children) this.children.push(new ModelChild(spec))
    for (const child of this.children) {
      if ((yield* this.start(child, "child_started")) !== "failed") continue
      this.report("start_error", child.failure, child)
      this.ending = `shutdown: ${child.spec.id} not started`
      break
    }
    this.started = this.ending === ""
    while (this.ending === "") {
      yield () => this.mailbox.length > 0
      const doing = (this.mailbox.shift() as Message)()
      if (doing !== undefined) yield* doing
    }
    this.closing = this.started
    for (const child of this.children.toReversed()) yield* this.stopChild(child)
    this.end(this.ending)
  }

  /** What a tool sees: the restarts that count, then each child. */
  get seen(): string {
    const children = this.children.map(({ attempts, process, spec, state, wait }) => {
      const below = process instanceof ModelSupervisor && process.alive ? `(${process.seen})` : ""
      return `${spec.id} ${state} ${process?.phase ?? "-"} ${attempts}${wait?.delayed === true ? ` in ${Math.max(0, wait.at - this.world.now)}` : ""}${below}`
    })
    return [this.counted().length, ...children].join(", ")
  }

  private report(context: string, reason: string, child: ModelChild, more = ""): void {
    this.world.tell(this.id, `${context} ${child.spec.id} ${reason} ${this.counted().length} ${child.attempts} ${more}`)
  }

  /** The restarts that count now. */
  private counted(): number[] {
    return this.stamps.filter((stamp) => stamp >= this.world.now - this.flags.withinMs)
  }

  private forget(child: ModelChild): void {
    this.children = this.children.filter((one) => one !== child)
  }

  private *start(child: ModelChild, context: "child_started" | "child_restarted"): Generator<() => boolean, "started" | "nothing" | "failed", undefined> {
    const { id, flags, takesMs, restart } = child.spec
    const { last } = child
    child.restarting = context === "child_restarted"
    if (last !== null) yield () => last.cleared
    child.restarting = false
    const begun = flags === undefined ? this.world.nextStart(id) : "run"
    if (begun === "throw") {
      child.failure = "error no start"
      return "failed"
    }
    if (begun === "ignore") {
      this.report("child_ignored", "ignore", child)
      if (restart === "temporary") this.forget(child)
      return "nothing"
    }
    const process = flags === undefined ? new ModelWorker(this.world, this.id, id, takesMs) : new ModelSupervisor(this.world, id, flags)
    child.last = child.process = process
    if (process instanceof ModelSupervisor) {
      child.restarting = context === "child_restarted"
      yield () => process.started || !process.alive
      child.restarting = false
      if (!process.started) {
        child.process = null
        child.failure = process.reason
        return "failed"
      }
    }
    child.startedAt = this.world.now
    const tell = (reason: string): void => void this.mailbox.push(() => this.ended(child, process, reason))
    if (process.alive) process.heard = tell
    else tell(process.reason)
    this.report(context, "normal", child)
    return "started"
  }

  private *stopChild(child: ModelChild): Life {
    const { process, spec, wait } = child
    child.wait = null
    if (wait !== null) this.report("child_stopped", "shutdown", child)
    if (process === null) return
    if (spec.backoff !== undefined && this.world.now - child.startedAt >= spec.backoff.resetAfterMs) child.attempts = 0
    process.heard = undefined
    process.stop(spec.shutdownMs, "shutdown")
    yield () => process.cleared
    child.process = null
    const { reason } = process
    const told = spec.shutdownMs === "brutal_kill" ? "killed" : "shutdown"
    const expected = reason === told || (isOrderly(reason) && spec.restart !== "permanent")
    this.report(expected ? "child_stopped" : "shutdown_error", reason, child)
  }

  /** A child has ended by itself. */
  private *ended(child: ModelChild, process: ModelProcess, reason: string): Life {
    if (child.process !== process) return
    const { restart, significant } = child.spec
    if (!process.cleared) {
      child.restarting = restart !== "temporary"
      yield () => process.cleared
      child.restarting = false
    }
    child.process = null
    if (restart === "permanent" || (restart === "transient" && !isOrderly(reason))) return yield* this.restart(child, reason, "child_terminated")
    this.report("child_terminated", reason, child)
    if (restart === "temporary") this.forget(child)
    const { autoShutdown } = this.flags
    if (!significant || autoShutdown === "never") return
    if (autoShutdown === "all_significant" && this.children.some((one) => one.spec.significant && one.state !== "stopped")) return
    this.report("shutdown", "shutdown", child, isOrderly(reason) ? "" : reason)
    this.ending = "shutdown"
  }

  /** Those that share the fate of a child, itself among them. */
  private group(child: ModelChild): ModelChild[] {
    const { strategy } = this.flags
    if (strategy === "one_for_one") return [child]
    return strategy === "one_for_all" ? [...this.children] : this.children.slice(this.children.indexOf(child))
  }

  /** Those that must run before a child does, unless they are stopped. */
  private dependedOn(child: ModelChild): ModelChild[] {
    const { strategy } = this.flags
    if (strategy === "one_for_one") return []
    return strategy === "one_for_all" ? this.children : this.children.slice(0, this.children.indexOf(child))
  }

  private *restart(child: ModelChild, reason: string, news: "child_terminated" | "start_error" | null): Life {
    const { backoff } = child.spec
    if (news === "child_terminated" && backoff !== undefined && this.world.now - child.startedAt >= backoff.resetAfterMs) child.attempts = 0
    if (backoff !== undefined) child.attempts++
    const given = backoff !== undefined && child.attempts > backoff.maxAttempts
    const delayMs = backoff === undefined || given ? undefined : Math.min(backoff.maxMs, backoff.minMs * backoff.factor ** (child.attempts - 1))
    if (news !== null) this.report(news, reason, child, `${delayMs ?? ""}`)
    if (backoff === undefined && this.flags.maxRestarts !== Infinity) this.stamps.push(this.world.now)
    if (given || (backoff === undefined && this.counted().length > this.flags.maxRestarts)) {
      this.report("shutdown", "shutdown gave_up", child, reason)
      this.forget(child)
      this.ending = "shutdown gave_up"
      return
    }
    child.restarting = true
    for (const other of this.group(child).toReversed()) {
      if (other === child || other.wait?.delayed === true) continue
      yield* this.stopChild(other)
      if (other.spec.restart === "temporary") this.forget(other)
    }
    child.restarting = false
    if (delayMs === undefined) return yield* this.startGroup(child, null)
    const wait: Wait = (child.wait = { delayed: true, at: this.world.now + delayMs })
    this.world.after(delayMs, () => this.mailbox.push(() => this.retry(child, wait)))
  }

  private *retry(child: ModelChild, wait: Wait): Life {
    if (child.wait !== wait) return
    child.wait = null
    if (wait.delayed) yield* this.startGroup(child, null)
    else yield* this.restart(child, child.failure, null)
  }

  /** Starts all of a group that do not run, one after another, up to one that must wait. */
  private *startGroup(child: ModelChild, leftOut: ModelChild | null): Life {
    if (this.dependedOn(child).some(({ wait }) => wait?.delayed === true)) return
    for (const one of this.group(child)) {
      if (one.wait !== null) return
      if (one.process !== null || one === leftOut) continue
      if ((yield* this.start(one, "child_restarted")) !== "failed") continue
      if (one.spec.backoff !== undefined) return yield* this.restart(one, one.failure, "start_error")
      this.report("start_error", one.failure, one)
      const wait: Wait = (one.wait = { delayed: false, at: this.world.now })
      this.mailbox.push(() => this.retry(one, wait))
      return
    }
  }

  /** What can be asked of it: gives the answer, or the code of the error. */
  *startChild(spec: ModelSpec): Generator<() => boolean, string, undefined> {
    const present = this.children.find(({ spec: { id } }) => id === spec.id)
    if (present !== undefined) return present.state === "running" ? "already_started" : "already_present"
    const child = new ModelChild(spec)
    this.children.push(child)
    const outcome = yield* this.begin(child)
    if (outcome === "init_failed") this.forget(child)
    return outcome
  }

  *restartChild(id: string): Generator<() => boolean, string, undefined> {
    const child = this.children.find(({ spec }) => spec.id === id)
    if (child === undefined) return "not_found"
    if (child.state !== "stopped") return child.state
    child.attempts = 0
    return yield* this.begin(child)
  }

  *terminateChild(id: string): Generator<() => boolean, string, undefined> {
    const child = this.children.find(({ spec }) => spec.id === id)
    if (child === undefined) return "not_found"
    const waited = child.wait?.delayed === true
    yield* this.stopChild(child)
    if (waited) yield* this.startGroup(child, child)
    if (child.spec.restart === "temporary") this.forget(child)
    return "done"
  }

  *deleteChild(id: string): Generator<() => boolean, string, undefined> {
    const child = this.children.find(({ spec }) => spec.id === id)
    if (child === undefined) return "not_found"
    if (child.state !== "stopped") return child.state
    this.forget(child)
    return "done"
  }

  private *begin(child: ModelChild): Generator<() => boolean, string, undefined> {
    const outcome = yield* this.start(child, "child_started")
    if (outcome !== "failed") return outcome
    this.report("start_error", child.failure, child)
    return "init_failed"
  }
}
