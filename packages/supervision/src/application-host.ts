/** What an application needs of the program around it: its signals, its exit code, its environment. Reached through globals, where there are any. */
import { LAST_RESORT_MS } from "./limits.ts"

/** The program, as an application sees it. */
export interface ApplicationHost {
  /** Where the configuration comes from, unless it is given. */
  readonly env: unknown
  /** The names of all signals that there are; undefined where nobody knows. */
  readonly signals?: readonly string[] | undefined
  /** Has a listener called at a signal. */
  on(signal: string, listener: () => void): void
  /** Takes that listener away again, and no other. */
  off(signal: string, listener: () => void): void
  /** Prints a line for people. */
  print(text: string): void
  /** Keeps the program from ending for want of something to do, until the result is called. */
  hold(): () => void
  /** Says with which code the program will end. */
  setExitCode(code: number): void
  /** Ends the program if it has not ended by itself soon, and no other application holds it: something does that cannot be ended otherwise. */
  exitSoon(code: number): void
}

/** What is used of Node's `process`, and of its kin. */
interface ProcessLike {
  readonly env?: unknown
  exitCode?: number | string | null | undefined
  on?(event: string, listener: () => void): unknown
  off?(event: string, listener: () => void): unknown
  exit?(code: number): void
  getBuiltinModule?(name: string): { readonly constants?: { readonly signals?: object } } | undefined
}

const globals = globalThis as unknown as { readonly process?: ProcessLike }

/** A timer that keeps nothing alive, where the host knows such; elsewhere there is nothing to end. */
interface Handle {
  unref?(): unknown
}

/** Longer than any program runs, and as long as host timers can be. */
const FOREVER_MS = 2_147_483_647

/** How many applications there are in the program that have not ended. */
let holders = 0

/** The program in which this code runs: Node, Bun, Deno, or a browser, which has neither signals nor exit codes. */
export const theHost: ApplicationHost = {
  get env() {
    return globals.process?.env ?? {}
  },
  get signals() {
    const signals = globals.process?.getBuiltinModule?.("node:os")?.constants?.signals
    return signals && Object.keys(signals)
  },
  on(signal, listener) {
    globals.process?.on?.(signal, listener)
  },
  off(signal, listener) {
    globals.process?.off?.(signal, listener)
  },
  print(text) {
    console.error(text)
  },
  hold() {
    const handle = setInterval(() => {}, FOREVER_MS)
    holders++
    return () => {
      clearInterval(handle)
      holders--
    }
  },
  setExitCode(code) {
    const { process } = globals
    // Zero says nothing against what somebody else has to complain of.
    if (process !== undefined && (code !== 0 || process.exitCode === undefined)) process.exitCode = code
  },
  exitSoon(code) {
    const end = (): void => {
      // Another application of the same program may serve still, or shut down in its own time.
      if (holders === 0) globals.process?.exit?.(code)
      else theHost.exitSoon(code)
    }
    const handle = setTimeout(end, LAST_RESORT_MS) as Handle | number
    if (typeof handle === "object") handle.unref?.()
  },
}
