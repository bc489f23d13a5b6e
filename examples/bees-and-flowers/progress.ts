/** How far the meadow has come, on standard error: one line that is redrawn on a terminal, a plain line a second elsewhere. */
import { count } from "./figures.ts"

export interface Progress {
  /** Tells how many visits are done, and how long that took. */
  show(visits: number, seconds: number): void
  /** Leaves the stream ready for other text. */
  end(): void
}

/** What progress needs of a stream. */
export interface ProgressStream {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

const EVERY_SECONDS = 1
const LONGEST_BAR = 40

/** The progress that suits a stream, towards a known number of visits. A dumb terminal cannot redraw a line. */
export function progressOn(stream: ProgressStream, total: number, terminal = process.env["TERM"]): Progress {
  return stream.isTTY === true && terminal !== "dumb" ? bar(stream, total) : lines(stream, total)
}

function bar(stream: ProgressStream, total: number): Progress {
  let drawn = false
  return {
    show(visits, seconds) {
      drawn = true
      const percent = `${Math.floor((100 * visits) / total)} %`.padStart(5)
      const text = `${percent}  ${describe(visits, total, seconds)}`
      // A line that fills the terminal would wrap, and a wrapped line cannot be redrawn.
      const room = (stream.columns || 80) - 1
      const width = Math.min(LONGEST_BAR, room - text.length - 2)
      const filled = Math.floor((width * visits) / total)
      const line = width < 5 ? text.slice(0, room) : `[${"#".repeat(filled)}${".".repeat(width - filled)}]${text}`
      stream.write(`\r${line}\u001B[K`)
    },
    end() {
      if (drawn) stream.write("\r\u001B[K")
    },
  }
}

function lines(stream: ProgressStream, total: number): Progress {
  let next = 0
  return {
    show(visits, seconds) {
      if (seconds < next) return
      next = seconds + EVERY_SECONDS
      stream.write(`${describe(visits, total, seconds)}\n`)
    },
    end() {},
  }
}

function describe(visits: number, total: number, seconds: number): string {
  return `${count(visits)} of ${count(total)} visits, ${seconds.toFixed(1)} s`
}
