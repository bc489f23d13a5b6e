/**
 * All schedules of a scenario, depth first: for small ones.
 *
 * Fair: a tasklet that gives way again and again without waiting is not chosen while one that does so less can run; else a loop that polls would never end.
 *
 * With sleep sets (Godefroid, Partial-Order Methods, 1996), where the scenario has said that its slices share nothing that is not named: once all that
 * begins with a slice has been run, that slice sleeps in the schedules that begin with another one, until something has happened that it depends on.
 * A schedule in which nobody but sleepers can run is cut off: it would be equal to one that has been run.
 *
 * Invariants:
 * 1. What can be chosen at a node is a function of the choices before it; so is every footprint.
 * 2. A slice's footprint is the union over the branches that it can take by choices of its own, and over those of its hand-overs.
 * 3. Whatever happens between slices by a choice (a timer that fires among runnable tasklets, a fault) belongs to the slice before it and touches everything; so does
 *    a slice that is chosen among tired ones only, for whether it could be depends on all others.
 */
import type { ChoiceKind } from "./choice.ts"
import { uncontrolledOrder } from "./errors.ts"
import { Footprint, Footprints, type Known } from "./footprint.ts"
import type { Run } from "./run.ts"
import { CUT_OFF, type Sleepers, stillAsleep } from "./sleep-sets.ts"
import type { Strategy } from "./strategy.ts"
import { Streaks } from "./streaks.ts"
import { hearTouches, isHeard, listen, type TouchListener } from "./touches.ts"

/** A choice on the way to the current schedule. */
interface Node {
  /** What is tried, one after another: not what sleeps, nor what is tired. */
  readonly options: readonly number[]
  at: number
  /** Of a choice of the next tasklet, while somebody listens to what slices touch. */
  slices: Slices | null
}

interface Slices {
  /** Whom the options stand for. */
  readonly ids: readonly number[]
  readonly known: Known
  /** Those who sleep here; each that has been tried is added. */
  readonly sleepers: Sleepers
  /** What the one that is being tried has touched, in whatever way it went on. */
  footprint: Footprint
}

/** What all faults count as, and the numbers of tasklets and timers. */
const FAULTS = Symbol.for("vivarium.testkit.faults")
const TASKLETS = Symbol.for("vivarium.testkit.tasklets")
const TIMERS = Symbol.for("vivarium.testkit.timers")

const NOBODY: Sleepers = new Map()

export class Exhaustive implements Strategy {
  readonly name = "exhaustive"
  private readonly path: Node[] = []
  private readonly streaks = new Streaks()
  private position = 0
  private runs = 0
  private cutOff = 0
  private heldBack = false
  /** Whether the scenario has said what its slices share. */
  private declared: boolean
  private unhear: (() => void) | null = null
  private footprints: Footprints | null = null
  /** Of a run in whose slice this one was begun. */
  private outer: TouchListener | null = null
  /** The node at which the running slice was chosen, if there was a choice. */
  private chosen: Slices | null = null
  /** The same of the slice that has ended. */
  private last: Slices | null = null
  private sleepers: Sleepers = NOBODY
  private tasklets = 0
  private timers = 0
  private entangled = false

  /** `shared` is false if the scenario has declared that its slices share no variables. */
  constructor(shared: boolean) {
    this.declared = !shared
  }

  begin(): boolean {
    if (this.runs++ === 0) return true
    for (let node = this.path.at(-1); node !== undefined; node = this.path.at(-1)) {
      if (next(node)) return true
      this.path.pop()
    }
    return false
  }

  started(run: Run): void {
    this.position = 0
    this.streaks.clear()
    this.chosen = null
    this.last = null
    this.sleepers = NOBODY
    this.entangled = false
    // The first run shows whether the scenario names what it shares.
    if (run.settings.promises || !(this.declared || this.runs === 1)) return
    this.unhear ??= hearTouches()
    this.footprints = new Footprints()
    this.tasklets = run.scheduler.lastId
    this.timers = 0
    run.scheduler.made = (object) => {
      this.footprints?.name(object)
      if (!isHeard(object)) this.entangled = true
    }
    this.outer = listen(this.footprints)
  }

  touched(key: unknown): void {
    this.declared = true
    this.footprints?.touchedKey(key)
  }

  choose(kind: ChoiceKind, count: number, run: Run): number {
    const known = this.path[this.position++]
    if (kind === "tasklet") return this.chooseTasklet(known, count, run)
    if (kind === "fault") this.noteFault(run.scheduler.current !== undefined)
    if (known !== undefined) return Math.min(known.options[known.at] as number, count - 1)
    this.heldBack ||= run.isLong
    this.path.push({ options: Array.from({ length: run.isLong ? 1 : count }, (_, index) => index), at: 0, slices: null })
    return 0
  }

  sliced(run: Run): void {
    void this.streaks.note(run)
    if (run.ran !== null) this.footprints?.ran(run.ran)
    const { queue } = run.scheduler
    if (queue.handed !== null) return
    this.fallAsleep(run)
    if (this.sleepers.size > 0 && this.optionsOf(run).length === 0) {
      run.pruned = true
      throw CUT_OFF
    }
  }

  ended(run: Run): void {
    this.footprints = null
    listen(this.outer)
    if (this.position < this.path.length && run.failure === null) throw uncontrolledOrder("it ended before it came to a choice that was there the first time")
    if (run.pruned) this.cutOff++
    if (this.declared) return
    // From now on nobody listens: what was heard until now is not all that these slices touch.
    for (const node of this.path) node.slices = null
    this.close()
  }

  close(): void {
    listen(null)
    this.unhear?.()
    this.unhear = null
  }

  /** Whether no schedule was left out but those that are equal to others. */
  get complete(): boolean {
    return !this.heldBack
  }

  get coverage(): string | undefined {
    const said: string[] = []
    if (this.cutOff > 0) said.push(`${this.cutOff} runs were cut off, each equal to one that was run`)
    if (!this.complete) said.push("not all: tasklets that gave way again and again were held back while others could run, and runs that were long went on in the shipped order")
    return said.length === 0 ? undefined : said.join("; ")
  }

  private chooseTasklet(known: Node | undefined, count: number, run: Run): number {
    const node = known ?? this.branch(run)
    this.chosen = node.slices
    this.sleepers = node.slices?.sleepers ?? NOBODY
    // Only a program that is not deterministic comes here with fewer; the run is compared with a second one, and tells.
    const index = Math.min(node.options[node.at] as number, count - 1)
    if (this.streaks.tirednessOf(run.runnable(index)) > 0) this.footprints?.touchedAll()
    return index
  }

  private branch(run: Run): Node {
    const { footprints, sleepers } = this
    const options = run.isLong ? [0] : this.optionsOf(run)
    this.heldBack ||= run.isLong
    const slices = footprints === null ? null : { ids: options.map((index) => run.runnable(index).id), known: footprints.known, sleepers: new Map(sleepers), footprint: new Footprint() }
    const node: Node = { options, at: 0, slices }
    this.path.push(node)
    return node
  }

  private noteFault(inSlice: boolean): void {
    if (inSlice) {
      this.footprints?.touchedKey(FAULTS)
      return
    }
    this.footprints?.touchedAll()
    if (this.last !== null) this.last.footprint.all = true
    this.sleepers = NOBODY
  }

  /** Which of those that can run are tried: the least tired that do not sleep, by their places in the queue. */
  private optionsOf(run: Run): number[] {
    let least = Infinity
    let options: number[] = []
    let index = 0
    for (const tasklet of run.eachRunnable()) {
      const tiredness = this.streaks.tirednessOf(tasklet)
      if (index > 0 && tiredness !== least && tiredness < Infinity && least < Infinity) this.heldBack = true
      if (tiredness < least) {
        least = tiredness
        options = []
      }
      if (tiredness === least && !this.sleepers.has(tasklet.id)) options.push(index)
      index++
    }
    return options
  }

  /** Says who sleeps after the slice that has ended. */
  private fallAsleep(run: Run): void {
    const { chosen, footprints } = this
    this.last = chosen
    this.chosen = null
    if (footprints === null) return
    const footprint = this.takeFootprint(run, footprints)
    chosen?.footprint.add(footprint)
    this.sleepers = !this.declared || this.sleepers.size === 0 ? NOBODY : stillAsleep(this.sleepers, footprint)
  }

  private takeFootprint(run: Run, footprints: Footprints): Footprint {
    const { clock, scheduler, world } = run
    const footprint = footprints.take()
    const timers = scheduler.timers?.made ?? 0
    if (scheduler.lastId !== this.tasklets) footprint.keys.add(TASKLETS)
    if (timers !== this.timers) footprint.keys.add(TIMERS)
    this.tasklets = scheduler.lastId
    this.timers = timers
    this.entangled ||= world.entangled
    const due = scheduler.timers?.first
    if (this.entangled || (due !== undefined && due.at <= clock.now())) footprint.all = true
    return footprint
  }
}

/** Goes on to the next option of a node, if there is one. */
function next(node: Node): boolean {
  const { options, slices } = node
  if (slices !== null) {
    slices.sleepers.set(slices.ids[node.at] as number, { footprint: slices.footprint, known: slices.known })
    slices.footprint = new Footprint()
  }
  return ++node.at < options.length
}
