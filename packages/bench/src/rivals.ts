import { csp, effect, effection, generators, nact, promises, xstate } from "./systems/javascript.ts"
import { beam, go } from "./systems/native.ts"
import { gevent, stackless } from "./systems/python.ts"
import type { System } from "./systems/system.ts"

/** All rivals in the order of the table's columns: other runtimes first, then the bound, then JavaScript libraries. */
export const rivals: readonly System[] = [
  go,
  beam,
  stackless,
  gevent,
  generators,
  promises,
  effect,
  effection,
  xstate,
  nact,
  csp,
]

/** The runtimes whose best figure is the bar on every row. */
export const contenders: readonly string[] = ["go", "beam", "stackless"]
