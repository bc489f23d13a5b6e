/**
 * Progress: what a long exploration tells while it runs, on a terminal, and how Ctrl-C ends it.
 *
 * Invariants:
 * 1. Nothing is printed and nobody listens for signals before an exploration has taken a second, or once it has ended.
 */
import { host } from "./globals.ts"
import { PROGRESS_AFTER_MS, PROGRESS_EVERY_MS, PROGRESS_LINES_EVERY_MS } from "./limits.ts"

/** Where progress is shown: `process.stderr`, or what stands in for it. */
export interface Terminal {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  write(text: string, written?: () => void): unknown
}

/** What a program sees of its process. */
export interface Signals {
  on(signal: "SIGINT", listener: () => void): unknown
  off(signal: "SIGINT", listener: () => void): unknown
  exit(code: number): unknown
}

/** How a process ends that was interrupted. */
const INTERRUPTED = 130
const CLEAR_LINE = "\r\u001b[2K"

/** Raised to end an exploration that was interrupted; the message is what has been found until then. */
export class Interrupted extends Error {}

export class Progress {
  private readonly wanted: boolean
  private readonly terminal: Terminal
  private readonly signals: Signals
  private readonly now: () => number
  private readonly began: number
  private shown = -Infinity
  private listens = false
  private asked = false

  /** `wanted` undefined: if there is a terminal. */
  constructor(wanted: boolean | undefined, terminal: Terminal = process.stderr, signals: Signals = process, now: () => number = host.now) {
    this.wanted = wanted ?? terminal.isTTY === true
    this.terminal = terminal
    this.signals = signals
    this.now = now
    this.began = now()
  }

  /** Milliseconds since the exploration began. */
  get elapsed(): number {
    return this.now() - this.began
  }

  /** Whether Ctrl-C was pressed: the exploration is to say what it has, and end. */
  get interrupted(): boolean {
    return this.asked
  }

  /** To be called now and then, between runs. */
  tick(line: () => string): void {
    if (!this.wanted || this.elapsed < PROGRESS_AFTER_MS) return
    if (!this.listens) this.signals.on("SIGINT", this.interrupt)
    this.listens = true
    const { isTTY } = this.terminal
    const now = this.now()
    if (now - this.shown < (isTTY === true ? PROGRESS_EVERY_MS : PROGRESS_LINES_EVERY_MS)) return
    this.shown = now
    this.terminal.write(isTTY === true ? CLEAR_LINE + line().slice(0, (this.terminal.columns ?? 80) - 1) : `${line()}\n`)
  }

  /** The exploration has ended: nothing of all this is left. */
  end(): void {
    if (this.listens) this.signals.off("SIGINT", this.interrupt)
    this.listens = false
    if (this.shown !== -Infinity && this.terminal.isTTY === true) this.terminal.write(CLEAR_LINE)
    this.shown = -Infinity
  }

  /** Ends the process when a last text has been written; never resolves. */
  leave(text: string): Promise<never> {
    this.end()
    return new Promise(() => {
      this.terminal.write(`${text}\n`, () => this.signals.exit(INTERRUPTED))
    })
  }

  /** Whoever does not want to wait for the end of the current run presses it twice. */
  private readonly interrupt = (): void => {
    if (this.asked) this.signals.exit(INTERRUPTED)
    this.asked = true
  }
}
