/** Stopping one process, and waiting until it has ended. */
import { type Operation, select, sleep } from "@vivarium/core"
import { OwnedCall } from "@vivarium/core/lowlevel"
import { type Cell, DEAD, EXITING, RAW } from "./cell.ts"
import { currentCell } from "./current.ts"
import { describeReason } from "./describe.ts"
import { EndOf } from "./end-of.ts"
import { Envelope, STOP } from "./envelope.ts"
import { StopError } from "./errors.ts"
import { ExitReason, sameReason } from "./exit-reason.ts"
import { sendExit } from "./exits.ts"
import { signal } from "./mailbox.ts"
import type { Ref } from "./ref.ts"
import { addEdge, circleInWords, edgeTo, pathOfWaits, removeEdge } from "./waits-for.ts"

export function stopProcess(ref: Ref<unknown>, reason: ExitReason, timeoutMs: number): Operation<void> {
  return new OwnedCall<void>(ref["~loop"], function* () {
    const cell = ref["~resolve"]()
    if (cell === null || cell.state === DEAD) throw new StopError("noproc", `${ref.toString()} does not run, so it cannot be stopped.`, ExitReason.noproc)
    const caller = currentCell()
    if (cell === caller) throw new StopError("calling_self", `${ref.toString()} waits for its own end. Use this.stop(reason) in an actor.`, ExitReason.custom("calling_self"))
    const path = caller === null ? null : pathOfWaits(cell, caller)
    if (path !== null) {
      throw new StopError("call_cycle", `${ref.toString()} would never end, for ${circleInWords(path)}. Send it an exit signal, or cast what it should do.`, ExitReason.custom("call_cycle"))
    }
    const expected = askToStop(cell, caller, reason)
    const edge = edgeTo(cell)
    if (caller !== null) addEdge(caller, edge)
    try {
      const outcome = timeoutMs === Infinity ? { key: "ended" as const, value: yield* new EndOf(cell) } : yield* select({ ended: new EndOf(cell), late: sleep(timeoutMs) }, { priority: true })
      if (outcome.key === "late") {
        throw new StopError("timeout", `${ref.toString()} did not end within ${timeoutMs} ms; it has been asked to, and is left alone.`, ExitReason.timeout)
      }
      checkEnd(ref, expected, outcome.value)
    } finally {
      if (caller !== null) removeEdge(caller, edge)
    }
  } as never, [])
}

/** An actor reads the request in its turn; a raw process is sent the exit signal. Gives the reason with which it should end. */
export function askToStop(cell: Cell, from: Cell | null, reason: ExitReason): ExitReason {
  if (cell.state >= EXITING) return reason
  if ((cell.flags & RAW) === 0) {
    signal(cell, new Envelope(STOP, from, "stop", reason))
    return reason
  }
  // A normal exit signal ends nobody.
  const sent = reason.kind === "normal" ? ExitReason.shutdown : reason
  sendExit(cell, from, sent, false)
  return sent.kind === "kill" ? ExitReason.killed : sent
}

function checkEnd(ref: Ref<unknown>, asked: ExitReason, real: ExitReason): void {
  if (sameReason(asked, real)) return
  const cause = real.kind === "error" ? { cause: real.error } : {}
  throw new StopError("exit", `${ref.toString()} was asked to end with ${describeReason(asked)}, but ended with ${describeReason(real)}.`, real, cause)
}
