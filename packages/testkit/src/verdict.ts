/** Verdicts: what assertions and matchers come to, and what they say. */
import { type Compared, failed } from "./assertion-error.ts"

export interface Verdict {
  readonly holds: boolean
  /** What is wrong if it does not hold. */
  readonly text: string
  /** What is wrong if it holds where it must not. */
  readonly negated: string
  readonly compared?: Compared
}

/** Raises unless it holds. */
export function demand({ compared, holds, text }: Verdict): void {
  if (!holds) throw failed(text, compared)
}
