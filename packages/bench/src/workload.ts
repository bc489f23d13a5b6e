// What a workload is, to the rest of the bench: a name, a default size, and a body that is loaded only when it runs.
//
// Loading late keeps each process free of the code that it does not measure (packages that register hooks or grow the
// heap would disturb `idle`), and lets the table, the help and the rivals work without the library.

/** Work whose time is taken. It returns a number by which its result can be checked after the clock has stopped. */
export interface TimedBody {
  readonly measures: "time"
  run(size: number): number | Promise<number>
  expected(size: number): number
}

/** Work whose memory is taken: what `hold` returns is kept alive until the memory has been read. */
export interface MemoryBody {
  readonly measures: "memory"
  hold(size: number): object
  /** How many of the things held are in the state that the workload is about. */
  count(held: object): number
}

/** Work with a part before it that is not timed. */
export interface StagedBody {
  readonly measures: "stage"
  /** Does that part, anew for each round, and returns the work whose time is taken. */
  prepare(size: number): TimedWork | Promise<TimedWork>
  /** How many operations the work is. */
  operations(size: number): number
  /** What the work returns, to check it after the clock has stopped. */
  expected(size: number): number
}

export type TimedWork = () => number | Promise<number>

export type Body = TimedBody | StagedBody | MemoryBody

/** Which sizes make sense; `text` ends the sentence "the size must be …". */
export interface SizeRule {
  readonly text: string
  allows(size: number): boolean
}

/** What the tables need to know of a row. */
export interface Row {
  readonly name: string
  /** The unit in which the table shows a row; the printed line always holds ns (bytes for memory). */
  readonly unit: "ns" | "µs" | "s" | "bytes"
  /** The row with the same work for the rivals, where ours differs by an option that only we have. */
  readonly variantOf?: string
}

export interface Workload extends Row {
  /** What one operation is, for the help text. */
  readonly operation: string
  readonly defaultSize: number
  readonly sizes: SizeRule
  /** Whether the first round counts, for that is the one that a user waits for. */
  readonly cold?: boolean
  load(): Promise<Body>
}

export const anyCount: SizeRule = {
  text: "a whole number from 1 to 1,000,000,000",
  allows: (size) => size <= 1_000_000_000,
}

export const multipleOfTen: SizeRule = {
  text: "a multiple of 10 from 10 to 1,000,000,000",
  allows: (size) => size % 10 === 0 && size <= 1_000_000_000,
}

/** For `big` with its 200 actors. */
export const multipleOfTwoHundred: SizeRule = {
  text: "a multiple of 200 from 200 to 1,000,000,000",
  allows: (size) => size % 200 === 0 && size <= 1_000_000_000,
}

export const powerOfTen: SizeRule = {
  text: "a power of 10 from 10 to 10,000,000",
  allows: (size) => size >= 10 && size <= 10_000_000 && Number.isInteger(Math.log10(size)),
}
