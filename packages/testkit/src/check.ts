/** Checks: what a scenario says must hold. */
import { InvalidArgumentError } from "@vivarium/core"
import { isGenerator, isOperation, isThenable } from "@vivarium/core/lowlevel"
import { inWords } from "./describe.ts"
import { Failure } from "./failure.ts"

/** Something that must hold: it does unless it gives false or raises. It is asked between slices, where nobody can wait, and must change nothing. */
export type Invariant = () => unknown

/**
 * Says what must hold. With a condition it is judged here and now; with a function, after every slice from now on. Either may come first; the text
 * is what the report says broke. A condition that does not hold raises, and ends the run also where that is caught.
 *
 * @example
 * ```ts
 * import { channel } from "@vivarium/core"
 * import { explore } from "@vivarium/testkit"
 *
 * const { schedules } = await explore(function* ({ check }) {
 *   const box = channel<string>({ capacity: 2 })
 *   check("never more than two in the box", () => box.length <= 2)
 *   yield* box.send("honey")
 *   check(box.length === 1, "one is in the box")
 * }, { schedules: 10 })
 * console.log(schedules)
 * // prints: 10
 * ```
 */
export interface Check {
  (holds: boolean, text?: string): void
  (text: string, holds: boolean): void
  (text: string, invariant: Invariant): void
  (invariant: Invariant, text?: string): void
  /** Judged at the end, when the system has been stopped. */
  atEnd(text: string, invariant: Invariant): void
}

interface Named {
  readonly text: string
  readonly invariant: Invariant
}

/** The checks of one run. */
export class Checks {
  private readonly always: Named[] = []
  private readonly last: Named[] = []
  /** The face that scenarios have of it. */
  readonly face: Check

  private readonly find: (failure: Failure) => never

  constructor(find: (failure: Failure) => never) {
    this.find = find
    const check = (first: unknown, second?: unknown): void => this.add(first, second)
    this.face = Object.assign(check, { atEnd: (text: string, invariant: Invariant): void => void this.last.push(readNamed(text, invariant)) })
  }

  /** Whether something must hold after every slice. */
  get judgesAlways(): boolean {
    return this.always.length > 0
  }

  /** Judges what must hold after every slice. */
  judge(): void {
    for (const one of this.always) this.judgeOne(one)
  }

  /** Judges what must hold at the end, too. */
  judgeLast(): void {
    this.judge()
    for (const one of this.last) this.judgeOne(one)
  }

  private judgeOne({ invariant, text }: Named): void {
    let held: unknown
    try {
      held = invariant()
    } catch (error) {
      this.find(new Failure("check", `check failed: ${text}: ${inWords(() => (error instanceof Error ? error.message : error))}`, text, error))
    }
    if (held === false) this.find(broken(text))
    if (isThenable(held) || isGenerator(held) || isOperation(held)) throw new InvalidArgumentError("check", invariant, "a plain function: between slices nobody can wait", `for ${JSON.stringify(text)} it gave something to be waited for`)
  }

  private add(first: unknown, second: unknown): void {
    const [held, text] = typeof first === "string" ? [second, first] : [first, second]
    if (typeof held === "boolean") {
      if (!held) this.find(broken(readText(text ?? "a check")))
    } else this.always.push(readNamed(text ?? "an invariant", held))
  }
}

function broken(text: string): Failure {
  return new Failure("check", `check failed: ${text}`, text)
}

function readNamed(text: unknown, invariant: unknown): Named {
  if (typeof invariant !== "function") {
    throw new InvalidArgumentError("check", invariant, "a condition (true or false) or a function", 'right: check("none is lost", () => sent === received)')
  }
  return { text: readText(text), invariant: invariant as Invariant }
}

function readText(text: unknown): string {
  if (typeof text !== "string" || text === "") throw new InvalidArgumentError("text", text, "a string that says what must hold")
  return text
}
