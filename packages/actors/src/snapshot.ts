/** What tools and reports see of an actor's state. */

/** What its `snapshot()` gives, else a copy of its public own fields. */
export function snapshotOf(actor: object): unknown {
  const { snapshot } = actor as { readonly snapshot?: () => unknown }
  if (typeof snapshot !== "function") return { ...actor }
  return snapshot.call(actor)
}

/** Gives a state to `restore()`, else assigns it to the public own fields. */
export function restoreTo(actor: object, state: unknown): unknown {
  const { restore } = actor as { readonly restore?: (state: unknown) => unknown }
  if (typeof restore === "function") return restore.call(actor, state)
  return Object.assign(actor, state)
}
