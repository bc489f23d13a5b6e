/**
 * Calls: a message, a one-shot slot for its answer, and the time that it may take.
 *
 * The slot is what makes late answers harmless: a call that has given up is closed, and its answer goes nowhere but into a count. Nothing is
 * scanned: the answer wakes the caller, however long either mailbox is.
 */
import { Operation, type RunLoop, type Tasklet } from "@vivarium/core"
import { BLOCKED, finished, misuse, type OperationKind, realm, RUNNING, STARTED, SUSPEND, trapped, TRAPS, wrongScheduler } from "@vivarium/core/lowlevel"
import type { Answer } from "./answer.ts"
import type { CallOptions } from "./call-options.ts"
import { ALIVE, type Cell, DEAD, EXITING } from "./cell.ts"
import { describeReason } from "./describe.ts"
import { CALL } from "./envelope.ts"
import { CallError } from "./errors.ts"
import { ExitReason } from "./exit-reason.ts"
import { acceptCall } from "./mailbox.ts"
import { refusedBySchema } from "./protocol.ts"
import type { Ref } from "./ref.ts"
import { callError, callFailed, Request } from "./request.ts"
import { addEdge, circleInWords, pathOfWaits } from "./waits-for.ts"

/** What `next()` of a suspended operation gives: its type belongs to the core. */
type Step<T> = IteratorResult<(typeof SUSPEND)["value"], T>

export class Call<T> extends Operation<T> {
  declare readonly ref: Ref<unknown>
  declare readonly options: CallOptions | null
  declare readonly method: string
  declare readonly args: readonly unknown[]

  constructor(ref: Ref<unknown>, options: CallOptions | null, method: string, args: readonly unknown[]) {
    super()
    this.ref = ref
    this.options = options
    this.method = method
    this.args = args
  }

  get kind(): OperationKind {
    return STARTED
  }

  override get owner(): RunLoop | null {
    return this.ref["~loop"]
  }

  next(value?: unknown): Step<T> {
    const tasklet = realm.current
    if (tasklet === null || tasklet.state !== RUNNING) return misuse(this)
    if (tasklet.op === this) {
      tasklet.op = null
      return finished(value as T)
    }
    if ((tasklet.flags & TRAPS) !== 0) throw trapped(tasklet, this)
    const sender = this.options?.from ?? (tasklet.owner as Cell | null)
    const request = beginRequest(this.ref, this.options, sender, this.method, this.args, tasklet)
    // Somebody who was told of it, a listener or a schema, has killed who calls.
    if ((tasklet.state as number) !== RUNNING) {
      request.withdraw()
      return SUSPEND
    }
    tasklet.op = this
    tasklet.state = BLOCKED
    tasklet.value = request
    return SUSPEND
  }

  unpark(tasklet: Tasklet): void {
    ;(tasklet.value as Request).withdraw()
  }

  override get awaited(): readonly Tasklet[] {
    const cell = this.ref["~resolve"]()
    return cell === null ? [] : [cell.tasklet]
  }

  describe(): string {
    return `the answer of ${this.ref.toString()} to ${this.method}()`
  }
}

/** Sends a request, or raises what keeps it from being sent. */
export function beginRequest(
  ref: Ref<unknown>,
  options: CallOptions | null,
  sender: Cell | null,
  method: string,
  args: readonly unknown[],
  waiter: Tasklet | Answer<unknown>,
): Request {
  const cell = ref["~resolve"]()
  if (cell === null || cell.state >= EXITING) throw callError("noproc", ref.toString(), method, ExitReason.noproc, 0, whyNobody(cell))
  if (realm.current !== null && realm.current.scheduler !== cell.loop && waiter === realm.current) throw wrongScheduler(`a call of ${ref.toString()}`)
  if (cell.settings.validate) {
    const refused = refusedBySchema(cell, method, args)
    if (refused !== null) throw refused
  }
  const request = new Request(CALL, sender, method, args, cell, waiter)
  if (sender !== null && waiter === realm.current) {
    if (cell.outgoing !== null || cell === sender) {
      const path = pathOfWaits(cell, sender)
      if (path !== null) {
        if (path.length === 1 || cell.state !== ALIVE || (!cell.settings.reentrant && !cell.type.reentrant)) throw cycle(request, path)
        addEdge(sender, request)
        return cell.world.handleBeside(cell, limited(request, options))
      }
    }
    addEdge(sender, request)
  }
  try {
    if (!acceptCall(cell, request)) throw callFailed("dropped", request, ExitReason.custom("dropped"))
  } catch (error) {
    request.withdraw()
    throw error
  }
  return limited(request, options)
}

function whyNobody(cell: Cell | null): string {
  if (cell === null) return "nobody holds the name"
  const hint = cell.parent?.type.afterTheEnd ?? ""
  return `${cell.state === DEAD ? "it has ended with" : "it is about to end with"} ${describeReason(cell.reason)}${hint === "" ? "" : `; ${hint}`}`
}

function limited(request: Request, options: CallOptions | null): Request {
  const { world } = request.target
  world.limit(request, options?.timeoutMs ?? world.callTimeoutMs)
  return request
}

/** The error of a call that would close a cycle: `path` leads from its callee to its caller. */
export function cycle(request: Request, path: readonly Cell[]): CallError {
  const { method, target } = request
  const callee = target.ref.toString()
  if (path.length === 1) return callFailed("calling_self", request, ExitReason.custom("calling_self"))
  return new CallError(
    "call_cycle",
    callee,
    method,
    ExitReason.custom("call_cycle"),
    `${method}() of ${callee} would never be answered, for ${circleInWords(path)}. ${target.type.againstCycles ?? `Cast one of them, answer with replyLater(), or make ${target.kind} reentrant.`}`,
  )
}
