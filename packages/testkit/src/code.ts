/**
 * Schedule codes: a schedule as a short text, to be replayed on any machine.
 *
 * Only what is not the default is kept, with a few bits of what had happened until then, so that a code which does not fit is found out
 * where it stops fitting. In bytes, as numbers of variable length: maxSwitches (0 for none), how many choices there are, and for each that is not the default how many
 * lie before it, its index and 12 bits of the hash; then 32 bits of the last hash, and 16 bits of a sum over all bytes, by which a code that was damaged is told from one
 * that does not fit.
 */
import type { ChoiceKind } from "./choice.ts"
import { ReplayMismatchError } from "./errors.ts"
import { mix } from "./hash.ts"
import type { Run } from "./run.ts"
import type { Chooser } from "./strategy.ts"

const VERSION = "v1-"
const HASH_BITS = 0xfff

interface Deviation {
  readonly position: number
  readonly index: number
  /** Of what had happened before. */
  readonly hash: number
}

/** Makes the choices of another chooser, and writes them down as a code. */
export class Recorder implements Chooser {
  private readonly chooser: Chooser
  private readonly deviations: Deviation[] = []

  constructor(chooser: Chooser) {
    this.chooser = chooser
  }

  choose(kind: ChoiceKind, count: number, run: Run): number {
    const index = this.chooser.choose(kind, count, run)
    if (index !== 0) this.deviations.push({ position: run.choices.length, index, hash: run.hash & HASH_BITS })
    return index
  }

  sliced(run: Run): void {
    this.chooser.sliced?.(run)
  }

  /** The code of a run that has ended. */
  code(run: Run): string {
    const { maxSwitches } = run.settings
    const numbers = [maxSwitches === Infinity ? 0 : maxSwitches, run.choices.length]
    let last = 0
    for (const { hash, index, position } of this.deviations) {
      numbers.push(position - last, index, hash)
      last = position
    }
    const bytes = numbers.flatMap(toBytes)
    for (let shift = 0; shift < 32; shift += 8) bytes.push((run.hash >>> shift) & 0xff)
    const sum = sumOf(bytes)
    bytes.push(sum & 0xff, sum >>> 8)
    return VERSION + Buffer.from(bytes).toString("base64url")
  }
}

/** A code that has been read: makes its choices, and finds out when it does not fit. */
export class Coded implements Chooser {
  readonly maxSwitches: number
  private readonly length: number
  private readonly hash: number
  private readonly deviations: readonly Deviation[]
  private next = 0

  constructor(code: string) {
    if (typeof code !== "string" || !code.startsWith(VERSION)) throw unreadable(code)
    const all = Buffer.from(code.slice(VERSION.length), "base64url")
    const bytes = all.subarray(0, -2)
    if (bytes.length < 6 || all.toString("base64url") !== code.slice(VERSION.length) || sumOf(bytes) !== all.readUInt16LE(bytes.length)) throw unreadable(code)
    const numbers = fromBytes(bytes.subarray(0, -4), code)
    const [maxSwitches, length, ...rest] = numbers
    if (maxSwitches === undefined || length === undefined || rest.length % 3 !== 0) throw unreadable(code)
    this.maxSwitches = maxSwitches === 0 ? Infinity : maxSwitches
    this.length = length
    this.hash = bytes.readInt32LE(bytes.length - 4)
    const deviations: Deviation[] = []
    for (let at = 0, position = 0; at < rest.length; at += 3) {
      position += rest[at] as number
      deviations.push({ position, index: rest[at + 1] as number, hash: rest[at + 2] as number })
    }
    this.deviations = deviations
  }

  choose(kind: ChoiceKind, count: number, run: Run): number {
    const here = run.choices.length
    const due = this.deviations[this.next]
    if (due === undefined || due.position !== here) return 0
    this.next++
    if ((run.hash & HASH_BITS) === due.hash && due.index < count) return due.index
    const error = mismatch(`choice ${here + 1}, of a ${kind}, does not come where it did`, here + 1)
    run.refuse(error)
    throw error
  }

  /** Raises ReplayMismatchError unless a run that has ended is the one that the code was made of. */
  checkEnd(run: Run): void {
    const { length } = run.choices
    if (this.next < this.deviations.length) throw mismatch(`it ended after ${length} choices, and there were ${this.length}`, length)
    if (length !== this.length) throw mismatch(`there were ${length} choices, not ${this.length}`, Math.min(length, this.length) + 1)
    if (run.hash !== this.hash) throw mismatch("it came to another end, by slices that were not the same", length)
  }
}

function mismatch(what: string, choice: number): ReplayMismatchError {
  return new ReplayMismatchError(
    `the schedule code does not fit this scenario: ${what}. A code belongs to one scenario and one state of the program: if you have changed something since, be it the cure, that is to be expected: explore again. To see the old run, check out the commit it was made at.`,
    choice,
  )
}

function unreadable(code: unknown): ReplayMismatchError {
  return new ReplayMismatchError(`${JSON.stringify(code)} is no schedule code: one begins with "${VERSION}" and was printed by a failed exploration. Copy all of it, and nothing else.`)
}

function sumOf(bytes: Iterable<number>): number {
  let sum = 0
  for (const byte of bytes) sum = mix(sum, byte)
  return sum & 0xffff
}

function toBytes(number: number): number[] {
  const bytes: number[] = []
  let left = number
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) + 128)
  return [...bytes, left]
}

function fromBytes(bytes: Uint8Array, code: string): number[] {
  const numbers: number[] = []
  let number = 0
  let weight = 1
  for (const byte of bytes) {
    number += (byte & 127) * weight
    weight *= 128
    if (byte >= 128) continue
    numbers.push(number)
    number = 0
    weight = 1
  }
  if (weight !== 1) throw unreadable(code)
  return numbers
}
