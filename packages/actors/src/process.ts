/** Raw processes: a body that takes its messages itself, Erlang style. */
import type { Cell } from "./cell.ts"
import { Living } from "./living.ts"
import type { Ref } from "./ref.ts"

/**
 * What the body of a raw process is given: itself. `M` is what it may be sent; Down, Exit and Timeout come besides.
 *
 * @example
 * ```ts
 * import { type Process, System } from "@vivarium/actors"
 *
 * await using system = new System()
 * const echo = system.spawn(function* (self: Process<string>) {
 *   for (;;) console.log(yield* self.receive())
 * })
 * echo.send("hello")
 * await echo.stop()
 * // prints: hello
 * ```
 */
export class Process<M = unknown> extends Living<M> {
  /** Only the compiler knows it. */
  declare readonly "~message"?: M
  readonly #cell: Cell

  /** @internal */
  constructor(cell: Cell) {
    super()
    this.#cell = cell
  }

  /** @internal */
  get "~cell"(): Cell {
    return this.#cell
  }

  /** Its own reference. */
  override get self(): Ref<Process<M>> {
    return this.#cell.ref as Ref<unknown> as Ref<Process<M>>
  }
}
