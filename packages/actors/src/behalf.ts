/** On whose behalf something is done: the current process, unless another one is named. */
import { InvalidArgumentError } from "@vivarium/core"
import { type Cell, DEAD } from "./cell.ts"
import { needCell } from "./current.ts"
import { NoProcessError } from "./errors.ts"
import { live } from "./living.ts"
import { Ref } from "./ref.ts"
import { cellOf, type Self } from "./self.ts"
import type { World } from "./world.ts"

/** A process, told by its reference, or by itself: an actor (`this`) or a raw process (`self`). */
export type Subject = Self | Ref<never> | Ref<unknown>

/** For whom something is done. */
export interface OnBehalf {
  /** Which process, instead of the current one. In an async method only `this` knows. */
  readonly for?: Subject | undefined
}

/** The cell of a process of this system. Raises NoProcessError if it has ended. */
export function subjectOf(what: string, argument: string, subject: Subject | undefined, world: World): Cell {
  const cell = findSubject(what, argument, subject, world)
  if (cell !== null && cell.state !== DEAD) return cell
  throw new NoProcessError((cell?.ref ?? (subject as Ref<unknown>)).toString(), what)
}

/** The same, also of one that has ended; null of a name that nobody holds. */
export function findSubject(what: string, argument: string, subject: Subject | undefined, world: World): Cell | null {
  const cell = subject === undefined ? needCell(what) : subject instanceof Ref ? subject["~resolve"]() : living(argument, subject)
  if (cell === null || cell.world === world) return cell
  throw new InvalidArgumentError(argument, cell.ref, `a process of the system "${world.name}"`, `${cell.ref.toString()} lives in another one, "${cell.world.name}".`)
}

function living(argument: string, subject: unknown): Cell {
  if (cellOf(subject) !== undefined) return live(subject as Self)
  throw new InvalidArgumentError(argument, subject, "a reference, an actor (this) or a raw process (self)")
}
