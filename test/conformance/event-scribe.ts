import type { Operation, Routine } from "@vivarium/core"
import { CallError, type ExitReason, type HandlerExitReason, refuse, removeHandler, type Swapped, swapHandler } from "@vivarium/actors"
import { wordOf } from "./otp-world.ts"

/** What scribes have noted. */
export const notes: string[] = []

/** Notes all that happens to it, and does what an event or a request says. */
export class Scribe {
  name = "scribe"
  init(name?: string, swapped?: Swapped) {
    if (name === "bad init") throw new Error("bad init")
    this.name = name ?? this.name
    if (swapped !== undefined) notes.push(`${this.name} after ${JSON.stringify(swapped)}`)
  }
  handleEvent(event: string) {
    notes.push(`${this.name}: ${event}`)
    return this.act(event)
  }
  handleCall(request: string) {
    const result = this.act(request)
    return result ?? `${this.name} heard ${request}`
  }
  info(message: unknown) {
    notes.push(`${this.name} info: ${String(message)}`)
    return this.act(String(message))
  }
  terminate(why: unknown) {
    notes.push(`${this.name} ends: ${typeof why === "object" && why !== null ? String(wordOf(why as ExitReason)) : String(why)}`)
    if (why === "badly") throw new Error("bad end")
    return `the notes of ${this.name}`
  }
  private act(word: string) {
    if (word === `crash ${this.name}`) throw new Error("crash")
    if (word === `refuse ${this.name}`) throw refuse(new Error("no"))
    if (word === `remove ${this.name}`) return removeHandler("removed")
    if (word === `swap ${this.name}`) return swapHandler([Scribe, "new"], "new", "swapped")
    if (word === `swap badly ${this.name}`) return swapHandler([Scribe, "new"], "bad init", "swapped")
    return undefined
  }
}
export class Clerk extends Scribe {
  override name = "clerk"
}

/** The reason of a HandlerExit in one word. */
export const exitWord = (reason: HandlerExitReason): unknown => (reason.kind === "swapped" ? "swapped" : wordOf(reason))

/** The code of what a call has failed with, and that of its cause. */
export function* failure(call: Operation<unknown>): Routine<readonly [string, unknown]> {
  try {
    yield* call
  } catch (error) {
    if (!(error instanceof CallError)) throw error
    const cause = error.cause as Error & { readonly code?: string }
    return [error.code, cause.code ?? cause.message]
  }
  throw new Error("the call has not failed")
}
