/** One error class per reason, each with a stable `code`; see `VivariumError` of the core for how they are recognised. */
import { VivariumError, type VivariumErrorOptions } from "@vivarium/core"
import type { ExitReason } from "./exit-reason.ts"

/**
 * A call has no result. Codes: `exit` (the callee ended, with `reason`), `noproc` (there was none), `timeout`, `refused` (its method threw
 * `refuse(error)`: the callee lives), `calling_self`, `call_cycle`, `dropped` (by a mailbox that drops), `mailbox_full`, `schema`. The
 * original error is in `cause`, and in `reason` if it has the kind `error`. Erlang: the exits of `gen_server:call`.
 */
export class CallError extends VivariumError {
  /** Why, as an exit reason: the callee's own, if it has ended. */
  readonly reason: ExitReason
  /** Who was called, as reports show it. */
  readonly callee: string
  /** The method. */
  readonly method: string

  constructor(code: string, callee: string, method: string, reason: ExitReason, message: string, options: VivariumErrorOptions = {}) {
    super(code, message, options)
    this.reason = reason
    this.callee = callee
    this.method = method
  }

  /** @internal */
  override get "~kind"(): string {
    return "CallError"
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    if (this === CallError && typeof value === "object" && value !== null && "callee" in value && value instanceof VivariumError) return true
    return super[Symbol.hasInstance](value)
  }
}

/** A call met a full mailbox whose policy is `fail`, or somebody waited for room in its own mailbox. Code `mailbox_full`. */
export class MailboxFullError extends CallError {
  /** How many messages the mailbox takes. */
  readonly capacity: number

  constructor(callee: string, method: string, capacity: number, why = "") {
    super(
      "mailbox_full",
      callee,
      method,
      { kind: "custom", value: "mailbox_full" },
      `${callee} has ${capacity} unread messages, which is all its mailbox takes, so ${method === "" ? "the message" : `${method}()`} was not sent${why}. Call more slowly, or spawn it with a larger mailbox: { mailbox: { capacity } }.`,
    )
    this.capacity = capacity
  }

  /** @internal */
  override get "~kind"(): string {
    return "MailboxFullError"
  }
}

/** One thing that a schema found wrong, as Standard Schema tells it. */
export interface SchemaIssue {
  /** What is wrong. */
  readonly message: string
  /** Where, from the outside in. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** The arguments of a call do not fit the `protocol` of the actor's class: the method was not reached. Code `schema`. */
export class MessageSchemaError extends CallError {
  /** What the schema found. */
  readonly issues: readonly SchemaIssue[]

  constructor(callee: string, method: string, issues: readonly SchemaIssue[]) {
    const found = issues.map(({ message, path }) => (path === undefined || path.length === 0 ? message : `at ${path.map(keyOf).join(".")}: ${message}`))
    super(
      "schema",
      callee,
      method,
      { kind: "custom", value: "schema" },
      `the arguments of ${method}() of ${callee} do not fit its protocol: ${found.join("; ")}. Send what the schema of "${method}" allows.`,
    )
    this.issues = issues
  }

  /** @internal */
  override get "~kind"(): string {
    return "MessageSchemaError"
  }
}

function keyOf(part: PropertyKey | { readonly key: PropertyKey }): string {
  return String(typeof part === "object" ? part.key : part)
}

/**
 * An actor could not be started. Codes: `already_started` (the name is taken; see `ref`), `ignore` (its `init` returned `ignore`),
 * `timeout` (its `init` took too long), `init_failed` (it threw, or returned `stop(reason)`), `exit` (it was ended meanwhile).
 */
export class StartError extends VivariumError {
  /** Why, as an exit reason: what `init` gave or threw. */
  readonly reason: ExitReason
  /** Who holds the name, with the code `already_started`. */
  readonly ref: unknown

  constructor(code: string, message: string, reason: ExitReason, options: VivariumErrorOptions & { readonly ref?: unknown } = {}) {
    super(code, message, options)
    this.reason = reason
    this.ref = options.ref
  }

  /** @internal */
  override get "~kind"(): string {
    return "StartError"
  }
}

/** A name is held by another process. Code `name_taken`. */
export class NameTakenError extends VivariumError {
  /** The name. */
  readonly taken: string
  /** Who holds it. */
  readonly ref: unknown

  constructor(taken: string, ref: unknown) {
    super("name_taken", `the name "${taken}" is taken by ${String(ref)}. Choose another one, or stop that process first.`)
    this.taken = taken
    this.ref = ref
  }

  /** @internal */
  override get "~kind"(): string {
    return "NameTakenError"
  }
}

/** A process was needed that does not exist or has ended. Code `noproc`. */
export class NoProcessError extends VivariumError {
  constructor(who: string, what: string, cure = "") {
    super("noproc", `${what} needs ${who}, which does not run.${cure === "" ? "" : ` ${cure}`}`)
  }

  /** @internal */
  override get "~kind"(): string {
    return "NoProcessError"
  }
}

/** A process that was stopped has ended for another reason than asked, or not in time. Codes `exit`, `timeout`, `noproc`. */
export class StopError extends VivariumError {
  /** The reason with which it has ended; `timeout` if it has not. */
  readonly reason: ExitReason

  constructor(code: string, message: string, reason: ExitReason, options: VivariumErrorOptions = {}) {
    super(code, message, options)
    this.reason = reason
  }

  /** @internal */
  override get "~kind"(): string {
    return "StopError"
  }
}

/**
 * A registry was used in a way that cannot work. Codes: `duplicate_keys` (`via` or `updateValue` where a key may have several entries),
 * `not_registered` (`updateValue` by a process that does not hold the key), `lock_held` (a lock is taken twice), `lock_cycle` (whoever holds it waits for
 * who wants it).
 */
export class RegistryError extends VivariumError {
  /** @internal */
  override get "~kind"(): string {
    return "RegistryError"
  }
}

/**
 * An event manager cannot do what was asked with a handler; it is the `cause` of the CallError. Codes: `no_handler` (OTP: `bad_module`,
 * `module_not_found`), `already_added`, `handler_crashed` (it was taken off; see `cause`), `no_owner` (`addSupervised` by no process).
 */
export class EventHandlerError extends VivariumError {
  /** @internal */
  override get "~kind"(): string {
    return "EventHandlerError"
  }
}

/**
 * A task has no result. Codes: `exit` (it ended without one, with `reason`), `timeout` (it has not ended in time; it goes on), `call_cycle`
 * (it waits itself for who waits for it). The original error is in `cause`, and in `reason` if that has the kind `error`. Elixir: the exits of
 * `Task.await`.
 */
export class TaskError extends VivariumError {
  /** Why, as an exit reason: the task's own, if it has ended. */
  readonly reason: ExitReason
  /** Which task, as reports show it. */
  readonly task: string

  constructor(code: string, task: string, reason: ExitReason, message: string, options: VivariumErrorOptions = {}) {
    super(code, message, options)
    this.reason = reason
    this.task = task
  }

  /** @internal */
  override get "~kind"(): string {
    return "TaskError"
  }
}

/**
 * Actors were used in a way that cannot work. Codes: `not_spawned` (an actor made with `new`), `dead_actor` (a verb on an actor that has ended),
 * `no_protocol` (an edge to one without schemas), `no_process` (what needs a current process, outside of one), `reserved_name` (a method that hides a verb), `unknown_method`,
 * `bad_return_value`, `bad_action` and `no_handler` (of a state machine), `no_system`, `no_state`, `not_owner`, `not_async`.
 */
export class ActorError extends VivariumError {
  /** @internal */
  override get "~kind"(): string {
    return "ActorError"
  }
}

/** What `refuse()` makes. */
export class Refusal extends VivariumError {
  readonly error: unknown

  constructor(error: unknown) {
    super("refused", `${error instanceof Error ? error.message : String(error)} (thrown by refuse(): it fails the call alone)`, { cause: error })
    this.error = error
  }

  /** @internal */
  override get "~kind"(): string {
    return "Refusal"
  }
}

/**
 * Makes what a method throws to fail this one call and live on: the caller gets a CallError with the code `refused` and the error as its
 * cause. Any other throw ends the actor. Of a cast it is a counted event. Erlang: replying `{error, Reason}`.
 *
 * @example
 * ```ts
 * import { Actor, CallError, refuse, System } from "@vivarium/actors"
 *
 * class Account extends Actor {
 *   withdraw(amount: number): number {
 *     throw refuse(new RangeError(`no ${amount} here`))
 *   }
 * }
 * await using system = new System()
 * const account = system.spawn(Account)
 * try {
 *   await account.call.withdraw(5)
 * } catch (error) {
 *   if (error instanceof CallError) console.log(error.code, (error.cause as Error).message, account.alive)
 * }
 * // prints: refused no 5 here true
 * ```
 */
export function refuse(error: unknown): Error {
  return new Refusal(error)
}
