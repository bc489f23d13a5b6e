/** What can go wrong between a supervisor and those who use it. */
import { InvalidArgumentError, VivariumError, type VivariumErrorOptions } from "@vivarium/core"
import type { Ref } from "@vivarium/actors"

/**
 * A supervisor cannot do what it was asked to; nothing has changed. Codes: `not_found`, `running`, `restarting`, `already_started` (with
 * `ref`), `already_present`, `max_children`, `dynamic_supervisor` (it knows its children by reference, not by id), `no_partitions`,
 * `partition_supervisor` (its children are copies of one, so none is added or deleted alone).
 * Erlang: the error terms of `supervisor`.
 */
export class SupervisorError extends VivariumError {
  /** Of which child, if of one. */
  readonly child: unknown
  /** Who runs already. */
  readonly ref: Ref<unknown> | undefined

  constructor(code: string, message: string, options: VivariumErrorOptions & { readonly child?: unknown; readonly ref?: Ref<unknown> | undefined } = {}) {
    super(code, message, options)
    this.child = options.child
    this.ref = options.ref
  }

  /** @internal */
  override get "~kind"(): string {
    return "SupervisorError"
  }
}

/**
 * A child spec or the flags of a supervisor are wrong: nothing has been started. Code `invalid_argument`; the message says what is allowed, and what is right. Erlang: `missing_id`, `missing_start`,
 * `invalid_restart_type`, `invalid_shutdown`, `bad_combination` and their like of a spec, `supervisor_data` of flags, `duplicate_child_name` of a list of children, `bad_return` of
 * what `init` gives.
 */
export class SpecError extends InvalidArgumentError {
  /** Which child, as far as it has an id. */
  readonly child: string | undefined
  /** Which field, with the fields around it: `backoff.minMs`. */
  readonly field: string

  constructor(where: string, field: string, value: unknown, allowed: string, cure: string, child?: string) {
    super(`${where}: ${field}`, value, allowed, cure)
    this.child = child
    this.field = field
  }

  /** @internal */
  override get "~kind"(): string {
    return "SpecError"
  }
}
