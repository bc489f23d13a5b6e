/** Results that may take their time. */
import type { Operation, Routine } from "@vivarium/core"

/** At once, or by a generator, an operation or a promise. */
export type Soon<T> = T | Routine<T> | Operation<T> | PromiseLike<T>
