/** Significant children: those whose end can stop their supervisor. */
import { type Place, wrong } from "./check.ts"
import type { AutoShutdown } from "./settings.ts"

/** A significant child needs a supervisor that heeds it. */
export function checkSignificance(significant: boolean, autoShutdown: AutoShutdown, child: Place): void {
  if (significant && autoShutdown === "never") throw wrong(child, "significant", true, 'left out where autoShutdown is "never": nobody would heed it')
}
