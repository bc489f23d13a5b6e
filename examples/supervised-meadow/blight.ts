/** The blight: bees that will not hatch the next few times. */
export class Blight {
  readonly #starts = new Map<string, number>()

  /** The next starts of a bee will fail. */
  strike(name: string, starts: number): void {
    this.#starts.set(name, starts)
  }

  heal(name: string): void {
    this.#starts.delete(name)
  }

  /** Raises if this start has to fail. */
  check(name: string): void {
    const left = this.#starts.get(name) ?? 0
    if (left === 0) return
    this.#starts.set(name, left - 1)
    throw new Error("did not hatch")
  }
}
