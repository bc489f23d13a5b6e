/** The check of names: what leads to a process leads to one that has not ended. */
import { type Cell, DEAD, type Keeper, type World } from "@vivarium/actors/lowlevel"

export class NameCheck {
  /** Registries and groups. */
  readonly keepers: Keeper[] = []
  private readonly names: World["names"]

  constructor({ names }: World) {
    this.names = names
  }

  broken(): string | null {
    const { keepers, names } = this
    if (names.size > 0) {
      for (const name of names.list()) {
        const { ref, state } = names.find(name) as Cell
        if (state === DEAD) return `names: ${JSON.stringify(name)} is still held by ${ref.toString()}, which has ended`
      }
    }
    for (const keeper of keepers) {
      for (const { ref, state } of keeper.holders()) if (state === DEAD) return `names: ${keeper.name} still has ${ref.toString()}, which has ended`
    }
    return null
  }
}
