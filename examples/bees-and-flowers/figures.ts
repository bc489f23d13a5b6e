/** Numbers for people: whole, with their thousands parted. */
export function count(value: number): string {
  return Math.round(value).toLocaleString("en-US")
}

/** A number of things: `1 bee`, `30,000 bees`. */
export function countOf(value: number, one: string): string {
  return `${count(value)} ${one}${value === 1 ? "" : "s"}`
}
