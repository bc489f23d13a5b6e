/**
 * One error class per reason. Each has a stable `code`; each text says what happened, with which value, and what to do.
 * Errors are recognised by a brand, so that `instanceof` holds between the ESM and the CJS copy of this package.
 */

/** What the error classes accept beside their text. */
export interface VivariumErrorOptions {
  /** The error that led to this one. */
  readonly cause?: unknown
}

/**
 * The base of all errors that Vivarium itself raises.
 *
 * @example
 * ```ts
 * import { channel, run, tasklet, VivariumError } from "@vivarium/core"
 *
 * tasklet(function* () {
 *   const closed = channel<string>()
 *   closed.close()
 *   try {
 *     yield* closed.receive()
 *   } catch (error) {
 *     if (error instanceof VivariumError) console.log(error.code)
 *   }
 * })
 * run()
 * // prints: channel_closed
 * ```
 */
export class VivariumError extends Error {
  /** A stable word for the reason: texts may change, codes do not. */
  readonly code: string

  constructor(code: string, message: string, options: VivariumErrorOptions = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined)
    this.name = this["~kind"]
    this.code = code
  }

  /** @internal The brand: the class as another copy of this package knows it. */
  get "~kind"(): string {
    return "VivariumError"
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    if (Function.prototype[Symbol.hasInstance].call(this, value)) return true
    if (typeof value !== "object" || value === null || !("~kind" in value)) return false
    return this === VivariumError || (Object.hasOwn(this.prototype, "~kind") && value["~kind"] === this.prototype["~kind"])
  }
}

/** A wrong argument: the text names the argument, what was got, what is allowed and the cure. Code `invalid_argument`. */
export class InvalidArgumentError extends VivariumError {
  /** The name of the argument or option. */
  readonly argument: string
  /** What was passed. */
  readonly value: unknown

  constructor(argument: string, value: unknown, allowed: string, cure = "") {
    super("invalid_argument", `${argument} must be ${allowed}, got ${show(value)}.${cure === "" ? "" : ` ${cure}`}`)
    this.argument = argument
    this.value = value
  }

  override get "~kind"(): string {
    return "InvalidArgumentError"
  }
}

/**
 * A body or an operation was used in a way that cannot work. Codes: `missing_star` (a plain `yield`), `driven_by_hand`
 * (an operation or routine iterated by something else than `yield*`), `in_callback` (waiting inside a callback),
 * `wrong_scheduler` (performing inside a tasklet of another scheduler).
 */
export class MisuseError extends VivariumError {
  override get "~kind"(): string {
    return "MisuseError"
  }
}

/** An operation was performed, or a tasklet's own state asked for, outside of any tasklet. Code `not_in_tasklet`. */
export class NotInTaskletError extends VivariumError {
  constructor(what: string) {
    super(
      "not_in_tasklet",
      `${what} was performed outside of a tasklet.\n` +
        "  wrong: const value = [...operation][0], or yield* in a generator that no tasklet runs\n" +
        "  right: tasklet(function* () { const value = yield* operation })\n" +
        "  right: const value = await operation        // in ordinary async code",
    )
  }

  override get "~kind"(): string {
    return "NotInTaskletError"
  }
}

/** Sending on a closed channel, or receiving from one that is closed and drained. Code `channel_closed`. */
export class ChannelClosedError extends VivariumError {
  /** The channel's name, if it has one. */
  readonly channel: string | undefined
  /** The key of the case, when a `select` met the closed channel. */
  case: string | undefined

  constructor(action: "send" | "receive", channel: string | undefined) {
    const cure =
      action === "send" ? "Only close a channel when all senders are done, or open() it again" : "receiveOrDone() tells the end from a value"
    super("channel_closed", `cannot ${action} on ${channel === undefined ? "a channel" : `channel "${channel}"`} that is closed. ${cure}.`)
    this.channel = channel
    this.case = undefined
  }

  override get "~kind"(): string {
    return "ChannelClosedError"
  }
}

/** An operation took longer than `timeout()` allowed; it has been taken back. Code `timeout`. */
export class TimeoutError extends VivariumError {
  /** The limit, in milliseconds. */
  readonly timeoutMs: number

  constructor(timeoutMs: number, waitedFor: string) {
    super("timeout", `${waitedFor} did not finish within ${timeoutMs} ms; it has been taken back.`)
    this.timeoutMs = timeoutMs
  }

  override get "~kind"(): string {
    return "TimeoutError"
  }
}

/**
 * A tasklet cannot do what was asked. Codes: `killed` (joining a killed tasklet), `not_an_error` (its body threw `value`,
 * which is no Error), `dead`, `blocked`, `alive`, `unbound`, `executing` (its state forbids it), `held` and `not_held` (locks, permits and
 * resources), `nesting`.
 */
export class TaskletError extends VivariumError {
  /** What was thrown, when it was no Error. */
  readonly value: unknown

  constructor(code: string, message: string, options: VivariumErrorOptions & { readonly value?: unknown } = {}) {
    super(code, message, options)
    this.value = options.value
  }

  override get "~kind"(): string {
    return "TaskletError"
  }
}

/** A wait would have blocked a tasklet whose `blockTrap` is set; nothing has happened. Code `block_trap`. */
export class BlockTrapError extends VivariumError {
  constructor(tasklet: string, what: string) {
    super("block_trap", `${what} would block ${tasklet}, whose blockTrap is set. Use trySend, tryReceive or trySelect, or clear the trap.`)
  }

  override get "~kind"(): string {
    return "BlockTrapError"
  }
}

/** A switch was asked for while the scheduler's `switchTrap` is set; nothing has happened. Code `switch_trap`. */
export class SwitchTrapError extends VivariumError {
  constructor(what: string) {
    super("switch_trap", `${what} would switch tasklets while switchTrap is set. Move it behind the section that must not be interrupted.`)
  }

  override get "~kind"(): string {
    return "SwitchTrapError"
  }
}

/** One tasklet that waits for ever, as a DeadlockError lists it. */
export interface WaitingTasklet {
  /** The tasklet's number in its scheduler. */
  readonly id: number
  /** Its name. */
  readonly name: string
  /** What it waits for. */
  readonly waitingFor: string
  /** Where it was created, in debug mode. */
  readonly createdAt: string | undefined
}

/** Nothing can ever wake what `main()` waits for. Code `deadlock`. */
export class DeadlockError extends VivariumError {
  /** How many tasklets wait, the listed ones included. */
  readonly blocked: number
  /** The waiting tasklets that are known: all of them in debug mode or with a tool attached, else the one that `main()` runs. */
  readonly waiting: readonly WaitingTasklet[]

  constructor(subject: string, blocked: number, waiting: readonly WaitingTasklet[], hint: string) {
    const lines = waiting.map(
      (one) => `  ${one.name} (#${one.id}) waits for ${one.waitingFor}${one.createdAt === undefined ? "" : `, created ${one.createdAt}`}`,
    )
    super("deadlock", [`Deadlock: ${subject}; ${blocked} ${blocked === 1 ? "tasklet waits" : "tasklets wait"} in all.${hint}`, ...lines].join("\n"))
    this.blocked = blocked
    this.waiting = waiting
  }

  override get "~kind"(): string {
    return "DeadlockError"
  }
}

/** @internal Shows a value in an error text, short: payloads are never printed whole. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)
  if (typeof value === "function") return `${/^class\b/.test(Function.prototype.toString.call(value)) ? "class" : "function"} ${value.name === "" ? "(anonymous)" : value.name}`
  if (typeof value === "bigint") return `${value}n`
  if (typeof value !== "object" || value === null) return String(value)
  if (Array.isArray(value)) return `an array of ${value.length}`
  const tag = Object.prototype.toString.call(value).slice(8, -1)
  return `${/^[AEIOU]/.test(tag) ? "an" : "a"} ${tag}`
}
