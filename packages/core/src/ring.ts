/** A growing ring buffer: the values that a buffered channel holds. */

/** An emptied ring with more slots than this gives them back. */
const LARGE = 1024

function emptySlots(): unknown[] {
  return [undefined, undefined, undefined, undefined]
}

/** @internal */
export class Ring {
  private slots: unknown[] = emptySlots()
  private head = 0
  length = 0

  push(value: unknown): void {
    let { slots } = this
    if (this.length === slots.length) slots = this.grow()
    slots[(this.head + this.length) & (slots.length - 1)] = value
    this.length++
  }

  /** Takes the oldest value; there must be one. */
  shift(): unknown {
    const { head, slots } = this
    const value = slots[head]
    slots[head] = undefined
    this.head = (head + 1) & (slots.length - 1)
    this.length--
    if (this.length === 0 && slots.length > LARGE) this.clear()
    return value
  }

  private clear(): void {
    this.slots = emptySlots()
    this.head = 0
  }

  private grow(): unknown[] {
    const { head, slots } = this
    const size = slots.length
    const next = slots.slice(head).concat(slots.slice(0, head))
    for (let index = 0; index < size; index++) next.push(undefined)
    this.slots = next
    this.head = 0
    return next
  }
}
