/** A deed at any moment: at most once in a run, between two slices, wherever the schedule has it. It costs one delay. */
import type { World } from "@vivarium/testkit"

export function onceAnywhere({ check, fault }: World, name: string, deed: () => void): void {
  let done = false
  check(name, () => {
    if (done || !fault(name)) return
    done = true
    deed()
  })
}
