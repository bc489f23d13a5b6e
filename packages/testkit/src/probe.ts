/** Probes: processes that a test holds in its hand. They write down what comes, wait for it, and answer. */
import { type Actor, describeReason, type ExitReason, type Monitor, Process, type Ref, type RefTo, type Self, type StandardSchema, type System } from "@vivarium/actors"
import { type Cell, isSystem, waitFor } from "@vivarium/actors/lowlevel"
import { InvalidArgumentError, MisuseError, type Operation, type Routine } from "@vivarium/core"
import { checkCount, checkDuration, checkOptions, OwnedCall } from "@vivarium/core/lowlevel"
import { failed } from "./assertion-error.ts"
import { type Autopilot, fly, handlerOf, type Pilot, type PilotFunction, type PilotMethods, readAutopilot } from "./autopilot.ts"
import { readExpected, type Wanted } from "./expected.ts"
import { endWithin, type ExpectedReason, judgeEnd, readReason, type WantedReason } from "./expected-reason.ts"
import { Inbox } from "./inbox.ts"
import { SILENCE_MS } from "./limits.ts"
import { answer, type MessagesOf, type MethodCall, type Note, refuse } from "./probe-note.ts"
import { inShort } from "./show.ts"
import { standInFor } from "./stand-in.ts"
import { demand } from "./verdict.ts"
import { readWithin, within, type WithinOptions } from "./within.ts"

/** Options of `createProbe()`. */
export interface ProbeOptions {
  /** Registers it. */
  readonly name?: string
  /** A text for reports. */
  readonly label?: string
}

/** Options of `expectDown()`. */
export interface DownOptions extends WithinOptions {
  /** With which reason it must have ended. Default: any. */
  readonly reason?: ExpectedReason
}

/**
 * A process that a test holds in its hand. Others send to `ref`; each message is taken by one expectation, the oldest first. A probe traps exits, so an exit signal is a message (`Exit`), and so
 * is the `Down` of a process that it watches. Of a call or a cast it sees `{ method, args }`. All waiting is done by operations, for `yield*` and `await` alike, and by the
 * clock of the system's scheduler. Made by `createProbe()`. Akka: the TestProbe.
 */
export class Probe<M = unknown, R extends Ref<never> | Ref<unknown> = Ref<Process<M>>> implements Self {
  /** What to hand out: a reference like any other. */
  readonly ref: R
  private readonly self: Process
  private readonly inbox: Inbox
  private readonly monitors = new Map<unknown, Monitor>()
  private autopiloted: Autopilot | null = null
  private last: Note | null = null

  /** @internal */
  constructor(system: System, Class: (new () => Actor) | undefined, options: ProbeOptions) {
    this.ref = system.spawn(standInFor(Class) as unknown as new () => Actor, { ...options, args: [this], trapExit: true } as object) as unknown as R
    const cell = this.ref["~resolve"]() as Cell
    this.self = new Process(cell)
    this.inbox = new Inbox(cell)
  }

  /** @internal */
  get "~cell"(): Cell {
    return this.inbox.cell
  }

  /** All messages that have been sent to it so far, the oldest first, whether an expectation has taken them or not. */
  get received(): readonly M[] {
    return this.inbox.received as M[]
  }

  /** Those that no expectation has taken. */
  get unread(): readonly M[] {
    return this.inbox.open as M[]
  }

  /** Who sent the message that was taken last; undefined if that was no process. */
  get sender(): Ref<unknown> | undefined {
    return this.last?.sender
  }

  /** Sends a message that comes from the probe. For calls and casts of its own there is `ref.with({ from: probe })`. */
  send<A>(ref: Ref<A>, message: Parameters<Ref<A>["send"]>[0]): boolean {
    return ref.with({ from: this }).send(message)
  }

  /** Answers the message that was taken last: a call gets its answer, and whoever sent anything else gets a message from the probe. */
  reply(value: unknown): void {
    answer(this, this.taken("reply()"), value)
  }

  /** Fails the call that was taken last, as `refuse()` would. */
  refuse(error: unknown): void {
    refuse(this.taken("refuse()"), error)
  }

  /** Monitors a process: its end is a message, a `Down`. */
  watch(ref: Ref<never> | Ref<unknown>): Monitor {
    const known = this.monitors.get(ref)
    if (known !== undefined) return known
    const monitor = this.self.monitor(ref)
    this.monitors.set(ref, monitor)
    return monitor
  }

  /**
   * Takes the next message, and gives it. Raises AssertionError if it is not what was expected (a value, a predicate, a class or a Standard Schema; by default anything), or if none comes in
   * time.
   */
  expectMessage<T extends M>(expected: (message: M) => message is T, options?: WithinOptions): Operation<T>
  expectMessage(expected: (message: M) => boolean, options?: WithinOptions): Operation<M>
  expectMessage<T>(expected: StandardSchema<T> | (abstract new (...args: never) => T), options?: WithinOptions): Operation<T>
  expectMessage(expected?: M, options?: WithinOptions): Operation<M>
  expectMessage(expected?: unknown, options: WithinOptions = {}): Operation<unknown> {
    const wanted = readExpected(expected)
    const ms = readWithin(options, "probe.expectMessage(order, { withinMs: 1000 })")
    return this.perform(() => this.awaitMessage(wanted, ms))
  }

  /** Raises AssertionError if a message is there or comes within so many milliseconds. Default 100. */
  expectNoMessage(forMs: number = SILENCE_MS): Operation<void> {
    checkDuration("forMs", forMs, "probe.expectNoMessage(1000)")
    return this.perform(() => this.awaitSilence(forMs))
  }

  /**
   * Waits for the end of a process, and gives its exit reason. Raises AssertionError if it lives on, or ended with another reason. Messages that have come before stay unread. If the probe
   * watches it, the Down is taken; else the process need not have lived when this is performed: its reason is known all the same.
   */
  expectDown(ref: Ref<never> | Ref<unknown>, options: DownOptions = {}): Operation<ExitReason> {
    const ms = readWithin(options, 'probe.expectDown(ref, { reason: "normal", withinMs: 1000 })', ["reason", "withinMs"])
    const wanted = readReason(options.reason)
    return this.perform(() => this.awaitDown(ref, wanted, ms))
  }

  /** Takes messages until one is what was expected, and gives that; the others are skipped. Raises AssertionError if none is. */
  fishForMessage<T extends M>(expected: (message: M) => message is T, options?: WithinOptions): Operation<T>
  fishForMessage(expected: (message: M) => boolean, options?: WithinOptions): Operation<M>
  fishForMessage<T>(expected: StandardSchema<T> | (abstract new (...args: never) => T), options?: WithinOptions): Operation<T>
  fishForMessage(expected: M, options?: WithinOptions): Operation<M>
  fishForMessage(expected: unknown, options: WithinOptions = {}): Operation<unknown> {
    const wanted = readExpected(expected)
    const ms = readWithin(options, "probe.fishForMessage(isOrder, { withinMs: 1000 })")
    return this.perform(() => this.fish(wanted, ms))
  }

  /** Takes so many messages, whatever they are, and gives them. Raises AssertionError if not all come in time. */
  receiveMany(count: number, options: WithinOptions = {}): Operation<M[]> {
    checkCount("count", count, 1)
    const ms = readWithin(options, "probe.receiveMany(3, { withinMs: 1000 })")
    return this.perform(() => this.takeMany(count, ms) as Routine<M[]>)
  }

  /**
   * Answers by itself from now on. An object has a function for each method, which returns the answer as it would in an actor; a function is told of every message, replies as it likes, and goes on unless
   * it returns `"stop"`. Expectations see the messages all the same. Null switches it off.
   */
  autopilot(handler: PilotFunction<M> | PilotMethods | null): void {
    this.autopiloted = readAutopilot(handler)
  }

  /** In words. */
  toString(): string {
    return this.ref.toString()
  }

  /** @internal Something has come. */
  heard(note: Note): unknown {
    this.inbox.note(note)
    return typeof this.autopiloted === "function" ? this.fly(this.autopiloted, note) : undefined
  }

  /** @internal A method of the actor that it stands in for was called or cast. */
  called(note: Note & { readonly message: MethodCall }): unknown {
    this.inbox.note(note)
    if (typeof this.autopiloted === "function") return this.fly(this.autopiloted, note)
    const handler = handlerOf(this.autopiloted, note.message)
    return handler === undefined ? note.later : this.handle(handler, note)
  }

  private *handle(handler: (...args: readonly unknown[]) => unknown, { later, message }: Note & { readonly message: MethodCall }): Routine<unknown> {
    const value = yield* waitFor(handler(...message.args))
    later?.reply(value)
    return later
  }

  private *fly(pilot: PilotFunction<unknown>, note: Note): Routine<unknown> {
    const controls: Pilot = {
      sender: note.sender,
      reply: (value) => answer(this, note, value),
      refuse: (error) => refuse(note, error),
    }
    if (!(yield* fly(pilot, note, controls))) this.autopiloted = null
    return note.later
  }

  private *awaitMessage(wanted: Wanted, ms: number): Routine<unknown> {
    const { message } = yield* this.take(ms, `expected ${wanted.text}`)
    if (wanted.fits(message)) return message
    throw failed(`${this.toString()} expected ${wanted.text}, but got ${inShort(message)}${this.from()}.${this.before(1)}`, { actual: message, expected: wanted.value })
  }

  private *awaitSilence(ms: number): Routine<void> {
    const { inbox } = this
    if (inbox.open.length === 0) yield* inbox.until(() => inbox.open.length > 0, inbox.now + ms)
    const [message] = inbox.open
    if (inbox.open.length > 0) throw failed(`${this.toString()} expected no message${within(ms)}, but got ${inShort(message)}.${this.before(0)}`)
  }

  private *awaitDown(ref: Ref<never> | Ref<unknown>, wanted: WantedReason, ms: number): Routine<ExitReason> {
    const monitor = this.monitors.get(ref)
    const down = monitor === undefined ? undefined : yield* this.inbox.down(monitor, this.inbox.now + ms)
    const reason = down === undefined ? yield* endWithin(ref, ms) : (down?.reason ?? null)
    demand(judgeEnd(ref, reason, wanted, ms))
    return reason as ExitReason
  }

  private *fish(wanted: Wanted, ms: number): Routine<unknown> {
    const end = this.inbox.now + ms
    for (let skipped = 0; ; skipped++) {
      const { message } = yield* this.take(ms, `fished for ${wanted.text}`, end, skipped === 0 ? "" : `; skipped: ${skipped}`)
      if (wanted.fits(message)) return message
    }
  }

  private *takeMany(count: number, ms: number): Routine<unknown[]> {
    const end = this.inbox.now + ms
    const messages: unknown[] = []
    while (messages.length < count) messages.push((yield* this.take(ms, `expected ${count} messages`, end, `; came: ${messages.length}`)).message)
    return messages
  }

  /** Takes the next message; raises if there is none. */
  private *take(ms: number, what: string, end = this.inbox.now + ms, more = ""): Routine<Note> {
    const note = yield* this.inbox.next(end)
    if (note !== null) return (this.last = note)
    const why = this.inbox.closed ? `but the probe has ended: ${describeReason(this.inbox.cell.reason)}` : more === "" ? "but nothing came" : "but time was up"
    throw failed(`${this.toString()} ${what}${within(ms)}, ${why}${more}.${this.before(0)}`)
  }

  /** What had come before the last so many, which were not taken for that. */
  private before(own: number): string {
    const taken = this.inbox.taken.slice(0, -own || undefined)
    if (taken.length === 0) return ""
    return ` Before that came ${taken.length > 5 ? "…, " : ""}${taken.slice(-5).map(inShort).join(", ")}.`
  }

  private from(): string {
    return this.sender === undefined ? "" : ` from ${String(this.sender)}`
  }

  private taken(what: string): Note {
    if (this.last !== null) return this.last
    throw new MisuseError("no_message", `${this.toString()}: ${what} is about the message that an expectation has taken last, and none has taken any yet.`)
  }

  private perform<T>(body: () => Routine<T>): Operation<T> {
    return new OwnedCall<T>(this.inbox.cell.loop, body as never, [])
  }
}

/**
 * Makes a probe: a process that others send to, and whose messages the test expects. It ends with its system. With `as` it stands in for an actor of that class: it has its methods,
 * takes their calls and casts as `{ method, args }`, and answers by `reply()` or an `autopilot()`.
 *
 * @example
 * ```ts
 * import { Actor, type Ref } from "@vivarium/actors"
 * import { createProbe, simulate } from "@vivarium/testkit"
 *
 * class Hive extends Actor {
 *   store(drops: number) {
 *     return drops
 *   }
 * }
 * class Bee extends Actor {
 *   *fly(hive: Ref<Hive>) {
 *     return `the hive has ${yield* hive.call.store(2)} drops`
 *   }
 * }
 *
 * await simulate(function* ({ system }) {
 *   const hive = createProbe(system, { as: Hive })
 *   const answer = system.spawn(Bee).request.fly(hive.ref)
 *   console.log(yield* hive.expectMessage({ method: "store", args: [2] }))
 *   hive.reply(12)
 *   console.log(yield* answer)
 *   yield* hive.expectNoMessage()
 * })
 * // prints: { method: 'store', args: [ 2 ] }
 * // prints: the hive has 12 drops
 * ```
 */
export function createProbe<A extends Actor>(system: System, options: ProbeOptions & { readonly as: new () => A }): Probe<MessagesOf<A>, RefTo<A> & Ref<A>>
export function createProbe<M = unknown>(system: System, options?: ProbeOptions): Probe<M>
export function createProbe(system: System, options: ProbeOptions & { readonly as?: new () => Actor } = {}): Probe<never, Ref<never>> {
  const example = 'createProbe(system, { as: Hive, name: "hive" })'
  if (!isSystem(system)) throw new InvalidArgumentError("system", system, "a System", `right: ${example}`)
  checkOptions("options", options, ["as", "name", "label"], example)
  const { as: Class, ...rest } = options
  return new Probe<never, Ref<never>>(system, Class, rest)
}
