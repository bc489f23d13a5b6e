/**
 * Making a connection for a pool, in a tasklet of its own: whatever becomes of who asked for it, none is lost.
 *
 * Invariants:
 * 1. A connection that comes is told once: to `came` while it is wanted, else to `late`.
 * 2. Once `abandon` has returned, the maker has ended or is ending, but for a promise, which nobody can stop.
 */
import type { Body, Routine, RunLoop, Tasklet } from "@vivarium/core"
import { isOperation, isThenable, READY } from "@vivarium/core/lowlevel"
import { outcomeOf } from "./handle.ts"

/** Who is told of connections. */
export interface MakingOwner<C> {
  readonly loop: RunLoop
  /** It has come, and somebody waits for it. May raise, to refuse it. */
  came(connection: C): void
  /** It has come when nobody waited for it any more. */
  late(connection: C): void
}

type Outcome<C> = { readonly connection: C } | { readonly error: unknown }

/** One connection that is being made. */
export class Making<C> {
  readonly owner: MakingOwner<C>
  readonly controller: AbortController = new AbortController()
  /** Whether somebody waits for it. */
  wanted = true
  /** What has come of it, once the maker has ended while it was wanted. */
  outcome: Outcome<C> | null = null
  private readonly maker: Tasklet

  /** Begins at once: `create` is called before this returns. */
  constructor(owner: MakingOwner<C>, create: (signal: AbortSignal) => unknown) {
    this.owner = owner
    this.maker = owner.loop.create(making as Body<never> as Body, this, create)
    owner.loop.begun(this.maker)
    this.maker.run()
  }

  /** Waits for the connection. */
  *connection(): Routine<C> {
    yield* this.maker.join()
    const outcome = this.outcome as Outcome<C>
    if ("error" in outcome) throw outcome.error
    return outcome.connection
  }

  /** Nobody waits for it any more. Gives a connection that has come all the same. */
  abandon(): C | undefined {
    const { maker } = this
    // It may have been handed something, and would lose that by a kill.
    if (maker.state === READY) maker.run()
    if (this.outcome !== null) return "connection" in this.outcome ? this.outcome.connection : undefined
    this.wanted = false
    this.controller.abort()
    maker.kill()
    return undefined
  }
}

function* making<C>(one: Making<C>, create: (signal: AbortSignal) => unknown): Routine {
  const { controller, owner } = one
  let promised: PromiseLike<C> | null = null
  try {
    const given = create(controller.signal)
    if (isThenable(given) && !isOperation(given)) promised = given as PromiseLike<C>
    const connection = (yield* outcomeOf(given)) as C
    promised = null
    if (!one.wanted) owner.late(connection)
    else {
      owner.came(connection)
      one.outcome = { connection }
    }
  } catch (error) {
    promised = null
    one.outcome = { error }
  } finally {
    promised?.then((connection) => owner.loop.ingress.accept({ enter: () => owner.late(connection) }), ignore)
  }
}

/** Nobody waits for it: that it could not be made is no news. */
function ignore(): void {}
