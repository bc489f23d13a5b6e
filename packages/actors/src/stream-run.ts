/**
 * The work of one stream: its tasks, and the results that have not been given yet.
 *
 * Invariants:
 * 1. Tasks are started while somebody asks for a result, and only as many as there is room for: those that run, and results that could be given,
 *    are never more than the limit. Results that wait for an earlier one have a limit of their own.
 * 2. No task is linked: the stream is told of its end, and passes on to the owner what a link would, unless that one traps exits.
 * 3. Once it is closed, by whatever, no task is started, and those that ran have been killed.
 */
import { type Received, type Routine, select, until } from "@vivarium/core"
import { cancelTimer, type Entry, startTimer, type Timer } from "@vivarium/core/lowlevel"
import { Answer, type AnswerListener } from "./answer.ts"
import { type Cell, EXITING, TRAPS_EXIT } from "./cell.ts"
import { TaskError } from "./errors.ts"
import { ExitReason } from "./exit-reason.ts"
import { die, sendExit } from "./exits.ts"
import { type Belonging, disown, own } from "./extras.ts"
import { Gather } from "./gather.ts"
import { STREAM_EARLY_RESULTS } from "./limits.ts"
import { live } from "./living.ts"
import type { Process } from "./process.ts"
import type { StreamSettings } from "./stream-settings.ts"
import type { StreamSource } from "./stream-source.ts"
import type { Home } from "./task-home.ts"
import { TaskProcess, type TaskResult } from "./task-process.ts"

/** One element of a stream: a result, or why there is none, and for which item. */
export type StreamResult<T, I> = { readonly kind: "ok"; readonly value: T } | { readonly kind: "exit"; readonly reason: ExitReason; readonly item: I }

const GIVEN_UP = ExitReason.shutdownWith("a stream of tasks has no more use for it")

type StreamBody = (item: never, self: Process<never>) => unknown

/** One item that is being worked on. */
class Element<T, I> implements AnswerListener, Entry {
  readonly position: number
  readonly item: I
  readonly task: TaskProcess<T>
  /** Whether its time was up. */
  late = false
  private readonly run: StreamRun<T, I>
  private timer: Timer | null = null

  constructor(run: StreamRun<T, I>, position: number, item: I) {
    const { body, home, settings } = run
    const start = (self: Process<never>): unknown => body(item as never, self)
    this.run = run
    this.position = position
    this.item = item
    this.task = new TaskProcess<T>({ ...home, linked: false }, { name: body.name, label: undefined, start }, false)
    this.task.answer.listen(this)
    const { loop, world } = this.task.cell
    if (settings.timeoutMs !== Infinity) this.timer = startTimer(loop, world.now + settings.timeoutMs, this)
  }

  /** Its time is up. */
  enter(): void {
    this.timer = null
    this.late = true
    this.run.overdue(this)
  }

  /** It has ended. */
  arrived(): void {
    if (this.timer !== null) cancelTimer(this.task.cell.loop, this.timer)
    this.run.ended(this)
  }

  /** Ends it brutally, yet with an orderly reason: that is no crash, for the stream tells of it or was left. */
  kill(): void {
    die(this.task.cell, GIVEN_UP, true)
  }
}

/** The inside of a stream. */
export class StreamRun<T, I> implements Belonging {
  readonly home: Home
  readonly body: StreamBody
  readonly settings: StreamSettings
  private readonly source: StreamSource<I>
  private readonly running = new Set<Element<T, I>>()
  /** By position if they keep their order, else by when they came. */
  private readonly results = new Map<number, StreamResult<T, I>>()
  private started = 0
  private arrived = 0
  private given = 0
  private owned = false
  private failure: { readonly error: unknown } | null = null
  private readonly closing: Answer<void>

  constructor(home: Home, source: StreamSource<I>, body: StreamBody, settings: StreamSettings) {
    this.home = home
    this.body = body
    this.settings = settings
    this.source = source
    this.closing = new Answer(home.world.loop, "the end of a stream")
  }

  /** The next element. */
  *advance(): Routine<Received<StreamResult<T, I>>> {
    try {
      this.begin()
      for (;;) {
        this.raiseFailure()
        this.fill()
        const result = this.take()
        if (result !== undefined) return { done: false, value: result }
        if (this.source.exhausted && this.running.size === 0) {
          this.close()
          return { done: true }
        }
        yield* this.change()
      }
    } catch (error) {
      this.close()
      yield* this.rest()
      throw error
    }
  }

  /** No more elements are wanted: what runs is killed. */
  close(): void {
    if (this.closing.settled) return
    this.closing.settle(undefined, false)
    const { owner } = this.home
    if (owner !== null) disown(owner, this)
    this.source.close()
    this.results.clear()
    for (const element of this.running) element.kill()
  }

  /** Its owner has ended. */
  release(): void {
    this.close()
  }

  /** Waits until no task of a closed stream is left. */
  rest(): Gather<void> {
    return new Gather([...this.running].map(({ task }) => task), { timeoutMs: Infinity }, () => {})
  }

  overdue(element: Element<T, I>): void {
    const { onTimeout, timeoutMs } = this.settings
    if (this.closing.settled) return
    if (onTimeout === "kill") {
      element.kill()
      return
    }
    const task = element.task.toString()
    const text = `${task} of a stream did not end within ${timeoutMs} ms, so the stream is over and its tasks are killed. Allow more with { timeoutMs }, or let only this one end with { onTimeout: "kill" }.`
    this.failure = { error: new TaskError("timeout", task, ExitReason.timeout, text) }
    this.close()
  }

  ended(element: Element<T, I>): void {
    this.running.delete(element)
    if (this.closing.settled) return
    const { item, late, position, task } = element
    const result = task.result as TaskResult<T>
    if (result.kind === "exit" && !late) this.passOn(task.cell, result.reason)
    const key = this.settings.ordered ? position : this.arrived++
    if (result.kind === "ok") this.results.set(key, result)
    else this.results.set(key, { kind: "exit", reason: late ? ExitReason.timeout : result.reason, item })
  }

  /** What a link would do; one that traps exits is told by the element alone. */
  private passOn(from: Cell, reason: ExitReason): void {
    const { linked, owner } = this.home
    if (linked && owner !== null && owner.state < EXITING && (owner.flags & TRAPS_EXIT) === 0) sendExit(owner, from, reason, true)
  }

  private begin(): void {
    const { owner } = this.home
    if (this.owned || owner === null || this.closing.settled) return
    own(live({ "~cell": owner }), this)
    this.owned = true
  }

  private raiseFailure(): void {
    const { failure } = this
    this.failure = null
    if (failure !== null) throw failure.error
  }

  private fill(): void {
    while (this.hasRoom()) {
      const next = this.source.next()
      if (next === null) return
      this.start(next.item)
    }
  }

  private hasRoom(): boolean {
    const { maxConcurrency } = this.settings
    const { results, running } = this
    if (running.size >= maxConcurrency) return false
    return results.has(this.given) ? running.size + results.size < maxConcurrency : results.size < STREAM_EARLY_RESULTS
  }

  private start(item: I): void {
    this.running.add(new Element(this, this.started++, item))
  }

  private take(): StreamResult<T, I> | undefined {
    const result = this.results.get(this.given)
    if (result !== undefined) this.results.delete(this.given++)
    return result
  }

  /** Waits until there is something to look at: a task has ended, or an item has come. */
  private *change(): Routine {
    const { pulled } = this.source
    const one = new Gather([...this.running].map(({ task }) => task), { enough: 1, timeoutMs: Infinity }, () => {})
    if (pulled === null || this.closing.settled) {
      yield* one
      return
    }
    const outcome = yield* select({ ended: this.running.size === 0 ? null : one, closed: this.closing, item: until(pulled) })
    if (outcome.key !== "item") return
    const next = this.source.arrive(pulled, outcome.value)
    if (next !== null) this.start(next.item)
  }
}
