/** Deals: what one player gives and gets. */
export type Items = readonly string[]

export interface Deal {
  readonly give: Items
  readonly get: Items
}

/** Whether both sides see the same deal: what one gives, the other gets. */
export function mirrors(mine: Deal, theirs: Deal): boolean {
  return same(mine.give, theirs.get) && same(mine.get, theirs.give)
}

/** What somebody has after a deal. */
export function exchange(items: Items, { get, give }: Deal): Items {
  return [...without(items, give), ...get]
}

/** Items without others, each taken away once. */
export function without(items: Items, taken: Items): Items {
  const left = [...items]
  for (const item of taken) {
    const place = left.indexOf(item)
    if (place >= 0) left.splice(place, 1)
  }
  return left
}

function same(one: Items, other: Items): boolean {
  return one.length === other.length && one.every((item, place) => item === other[place])
}
