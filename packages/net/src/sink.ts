/** What `pipe` writes to: one face for connections, bodies and streams. */
import type { Operation } from "@vivarium/core"

export interface Sink {
  /** Happens when nothing can be written any more; null where somebody else takes care of that. */
  readonly gone: Operation<unknown> | null
  /** Raises if nothing can be written any more, and says why. */
  checkWritable(): void
  write(chunk: Buffer): Operation<void>
  /** Ends it in order; null where somebody else does. */
  end(): Operation<void> | null
  /** It is left as it is, or destroyed if it is broken and nobody else will do that. */
  letGo(destroy: boolean): void
}
