/**
 * Traces: what happened in one run, slice by slice, in words. Only runs that are looked at are traced, and tracing changes nothing: the hooks look and write down.
 */
import { Call, type Cell, Envelope } from "@vivarium/actors/lowlevel"
import type { Tasklet } from "@vivarium/core"
import { FAILED, FAULT, KILLED } from "@vivarium/core/lowlevel"
import type { ChoiceKind } from "./choice.ts"
import { describeCall, describeError, describeTasklet, describeValue } from "./describe.ts"
import { type ArrowStyle, type Happening, type Party, partyOf, Scene } from "./diagram-scene.ts"
import { Found } from "./failure.ts"
import { ChannelNotes } from "./report-channels.ts"
import { describeChoice, type ReportedChoice } from "./report-choices.ts"
import { MessageNotes } from "./report-messages.ts"
import type { Notebook } from "./report-notebook.ts"
import type { Run, Watcher } from "./run.ts"
import { describeWaiting, inWords, NEXT_MESSAGE, NO_WAITS, type Waits, waitsOf } from "./waits.ts"

/** One slice. */
export interface Step {
  /** Counted from 1. */
  readonly number: number
  /** Milliseconds of the world's clock. */
  readonly at: number
  /** Who ran. */
  readonly tasklet: string
  /** What it has done, one by one. */
  readonly did: readonly string[]
  /** What it waits for since, or how it has ended. */
  readonly then: string
}

export class Trace implements Watcher, Notebook {
  readonly steps: Step[] = []
  /** The choices that are not the default. */
  readonly choices: ReportedChoice[] = []
  /** What it had come to in the end. */
  waits: Waits = NO_WAITS
  private readonly scene = new Scene()
  private readonly channels = new ChannelNotes(this)
  private readonly messages = new MessageNotes(this)
  private readonly origins = new WeakMap<Tasklet, string>()
  private readonly later = new Map<Tasklet, string[]>()
  private did: string[] = []
  private slice: Tasklet | null = null
  private now: () => number = () => 0
  private tool: Disposable | null = null

  begin({ clock, scheduler }: Run): void {
    this.now = () => clock.now()
    this.tool = scheduler.instrument({
      created: (tasklet) => this.created(tasklet),
      switched: (tasklet) => this.switched(tasklet),
      woken: (tasklet) => this.woken(tasklet),
      ended: (tasklet) => this.over(tasklet),
      channel: (event) => this.channels.acted(event),
    })
  }

  chosen(kind: ChoiceKind, among: number, index: number, run: Run, what: string): void {
    if (index === 0) return
    const text = describeChoice(kind, among, index, run, what)
    this.choices.push({ kind, step: this.step, text })
    if (kind === "fault") this.note(`fault ${JSON.stringify(what)} happens`)
    const who = kind === "tasklet" ? run.runnable(index) : this.slice
    if (who !== null) this.remark(partyOf(who), text)
  }

  sliced(): void {
    this.endSlice()
  }

  ended(run: Run): void {
    this.endSlice()
    this.waits = waitsOf(run.scheduler, { channels: this.channels, originOf: (tasklet) => this.origins.get(tasklet) })
    this.tool?.[Symbol.dispose]()
  }

  get current(): Tasklet | null {
    return this.slice
  }

  get step(): number {
    return this.steps.length + 1
  }

  /** What a diagram is drawn of. */
  get happenings(): readonly Happening[] {
    return this.scene.happenings
  }

  note(text: string): void {
    if (this.slice !== null) this.did.push(text)
  }

  noteLater(tasklet: Tasklet, text: string): void {
    const waiting = this.later.get(tasklet)
    if (waiting === undefined) this.later.set(tasklet, [text])
    else waiting.push(text)
  }

  arrow(from: Party | null, to: Party, text: string, style: ArrowStyle): void {
    if (from === null) this.remark(to, text)
    else this.scene.add({ from, to, style, text, step: this.step, at: this.now() })
  }

  remark(over: Party, text: string): void {
    this.scene.add({ from: over, to: null, style: "send", text, step: this.step, at: this.now() })
  }

  private created(tasklet: Tasklet): void {
    const { owner } = tasklet
    if (owner !== null) this.messages.watch((owner as Cell).world)
    this.origins.set(tasklet, `created ${this.slice === null ? "from outside" : `by ${describeTasklet(this.slice)} in step ${this.step}`}`)
    this.note(`${owner?.tasklet === tasklet ? "spawns" : "creates"} ${describeTasklet(tasklet)}`)
  }

  /** Also told of those that are resumed within the slice of another one, which kills them or runs them. */
  private switched(tasklet: Tasklet): void {
    this.slice ??= tasklet
    this.did.push(...(this.later.get(tasklet) ?? []))
    this.later.delete(tasklet)
  }

  private woken(tasklet: Tasklet): void {
    const { op, value } = tasklet
    if (op === null || tasklet === this.slice || value instanceof Envelope || this.channels.isPartner(tasklet)) return
    if (op instanceof Call) return this.answered(tasklet, op)
    const words = inWords(op, this.channels)
    if (words === NEXT_MESSAGE || words.startsWith("the end of ")) return
    if (this.slice === null) this.noteLater(tasklet, `${words} is over`)
    else this.note(`wakes ${describeTasklet(tasklet)}`)
  }

  private answered(tasklet: Tasklet, { args, method, ref }: Call<unknown>): void {
    const failed = (tasklet.flags & FAULT) !== 0
    const outcome = failed ? describeError(tasklet.value) : describeValue(tasklet.value)
    const call = describeCall(method, args)
    if (this.slice === null) this.noteLater(tasklet, `${call} fails with ${outcome}`)
    else this.note(failed ? `fails ${call} of ${describeTasklet(tasklet)} with ${outcome}` : `answers ${call} of ${describeTasklet(tasklet)} with ${outcome}`)
    this.arrow(ref["~resolve"](), partyOf(tasklet), failed ? `${method}() fails: ${outcome}` : outcome, "answer")
  }

  private over(tasklet: Tasklet): void {
    if (tasklet === this.slice || tasklet.owner?.tasklet === tasklet) return
    this.note((tasklet.flags & KILLED) === 0 ? `${describeTasklet(tasklet)} ${endOf(tasklet)}` : `kills ${describeTasklet(tasklet)}`)
  }

  private endSlice(): void {
    const { did, slice, step } = this
    this.did = []
    if (slice === null) return
    const then = this.conditionOf(slice)
    if (!this.scene.has(step)) this.remark(partyOf(slice), [...did, then].join(", "))
    this.slice = null
    this.steps.push({ number: step, at: this.now(), tasklet: describeTasklet(slice), did, then })
  }

  private conditionOf(tasklet: Tasklet): string {
    if (!tasklet.alive) return this.messages.endOf(tasklet) ?? endOf(tasklet)
    if (tasklet.blocked || tasklet.paused) return `waits for ${describeWaiting(tasklet, this.channels)}`
    return "gives way"
  }
}

function endOf({ flags, value }: Tasklet): string {
  if ((flags & FAILED) !== 0) return value instanceof Found ? "fails" : `crashes with ${describeError(value)}`
  if ((flags & KILLED) !== 0) return "is killed"
  return value === undefined ? "ends" : `ends with ${describeValue(value)}`
}

/** The first slice that is not the same, in words, or null. */
export function firstDifference(one: Trace, other: Trace): string | null {
  const length = Math.max(one.steps.length, other.steps.length)
  for (let at = 0; at < length; at++) {
    const [a, b] = [stepInWords(one.steps[at]), stepInWords(other.steps[at])]
    if (a !== b) return `slice ${at + 1} was "${a}" and then "${b}"`
  }
  return null
}

function stepInWords(step: Step | undefined): string {
  return step === undefined ? "the end" : [`${step.tasklet} at ${step.at} ms`, ...step.did, step.then].join(", ")
}
