/** What runs as a child, in a word, before its process is there to say so. */

/** The name of a class, a function or a tree; `process` of a function without one. */
export function whatRuns(what: unknown): string {
  const inside = typeof what === "object" && what !== null && "~recipe" in what ? (what["~recipe"] as { readonly what: unknown }).what : what
  const name = typeof inside === "function" ? inside.name : ""
  return name === "" ? "process" : name
}
