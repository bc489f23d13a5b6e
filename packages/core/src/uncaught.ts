/**
 * Uncaught errors: errors of tasklets that nobody has joined.
 *
 * Each is reported once: raised by the run that drove the tasklet, or handed to `onUncaught` after a drain of the event loop.
 * Somebody who joins in between has caught it.
 */
import { show, TaskletError } from "./errors.ts"
import { host } from "./host.ts"
import { realm } from "./realm.ts"
import { REPORTED } from "./state.ts"
import type { Tasklet } from "./tasklet.ts"

/** Told about an uncaught error under the event loop, and whose it is if known. The default raises it as an unhandled rejection. */
export type OnUncaught = (error: unknown, tasklet: Tasklet | null) => void

/** @internal */
export interface UncaughtError {
  readonly error: unknown
  readonly tasklet: Tasklet | null
  /** Whether it is the tasklet's own end, which somebody may yet join. */
  readonly ended: boolean
}

/** @internal */
export class UncaughtErrors {
  private waiting: UncaughtError[] = []
  private readonly onUncaught: OnUncaught

  constructor(onUncaught: OnUncaught | undefined) {
    this.onUncaught = onUncaught ?? ((error) => host.unhandled(error))
  }

  get length(): number {
    return this.waiting.length
  }

  /** One of a tasklet that works for somebody is theirs. */
  add(error: unknown, tasklet: Tasklet | null, ended: boolean): void {
    if (tasklet !== null && tasklet.owner !== null) tasklet.owner.uncaught(error, tasklet)
    else this.waiting.push({ error, tasklet, ended })
  }

  /** Takes the first that nobody has joined meanwhile, of those behind the first `known`. */
  takeFirst(known: number): UncaughtError | undefined {
    for (let at = known; at < this.waiting.length; at++) {
      const one = this.waiting[at] as UncaughtError
      if (!report(one)) continue
      this.waiting.splice(known, at + 1 - known)
      return one
    }
    this.waiting.length = Math.min(this.waiting.length, known)
    return undefined
  }

  /** Takes all behind the first `known`, undecided. */
  takeSince(known: number): readonly UncaughtError[] {
    return this.waiting.splice(known)
  }

  /** Takes all of them, undecided. */
  takeAll(): readonly UncaughtError[] {
    const { waiting } = this
    if (waiting.length > 0) this.waiting = []
    return waiting
  }

  /** Puts errors before those that have come meanwhile. */
  putBack(errors: readonly UncaughtError[]): void {
    this.waiting = [...errors, ...this.waiting]
  }

  /** Hands those that nobody has joined to `onUncaught`. */
  decide(errors: readonly UncaughtError[]): void {
    for (const one of errors) if (report(one)) this.tell(one.error, one.tasklet)
  }

  /** Hands an error to `onUncaught` now. */
  tell(error: unknown, tasklet: Tasklet | null): void {
    try {
      this.onUncaught(error, tasklet)
    } catch (second) {
      host.unhandled(second)
    }
  }
}

function report({ tasklet, ended }: UncaughtError): boolean {
  if (!ended || tasklet === null) return true
  const joiners = tasklet.details?.joiners
  if (joiners != null && joiners.answered > 0) return false
  if ((tasklet.flags & REPORTED) !== 0) return false
  tasklet.flags |= REPORTED
  return true
}

/** @internal What a tasklet's end by a throw is reported as: the original object, if it is an error. */
export function toError(error: unknown, tasklet: Tasklet): object {
  const isError = error instanceof Error || Object.prototype.toString.call(error) === "[object Error]"
  const raised: object = isError
    ? (error as Error)
    : new TaskletError("not_an_error", `${tasklet.name} (#${tasklet.id}) threw ${show(error)}, which is no Error; it is in \`value\`. Throw Error objects.`, { value: error })
  if (!realm.owners.has(raised)) realm.owners.set(raised, tasklet)
  return raised
}
