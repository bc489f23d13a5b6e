/** Why a supervisor was not started: which child was not, and why. */
import { describeReason, ExitReason, StartError } from "@vivarium/actors"
import { brand } from "@vivarium/actors/lowlevel"
import type { ChildId } from "./child-spec.ts"

/** The detail of a `shutdown`: a child could not be started, so its supervisor was not. Erlang: `{failed_to_start_child, Id, Reason}`. */
export class FailedToStart {
  readonly kind = "failed_to_start_child"
  /** Which child. */
  readonly id: ChildId
  /** Why. */
  readonly reason: ExitReason
  /** The error of its start; that of the child of a supervisor is the cause of this one, down to the first. */
  readonly cause: unknown

  constructor(id: ChildId, cause: unknown) {
    this.id = id
    this.reason = reasonOf(cause)
    this.cause = cause
  }

  /** @internal Reports show it in words. */
  get "~words"(): true {
    return true
  }

  /** In words. */
  toString(): string {
    return `child "${String(this.id)}" was not started: ${describeReason(this.reason)}`
  }
}

brand(FailedToStart, "FailedToStart")

/** Of the end of a supervisor that was not started: which child of it was not. */
export function failedChild(reason: ExitReason): FailedToStart | undefined {
  return reason.kind === "shutdown" && reason.detail instanceof FailedToStart ? reason.detail : undefined
}

/** Why a start has failed, as an exit reason. */
export function reasonOf(error: unknown): ExitReason {
  return isStartError(error) ? error.reason : ExitReason.error(error)
}

/** A start function can throw anything, also what raises when it is looked at. */
export function isStartError(error: unknown): error is StartError {
  try {
    return error instanceof StartError
  } catch {
    return false
  }
}
