/** What happens between the processes of a run: messages, calls and their answers, exit signals, ends and names. */
import { News } from "@vivarium/supervision/lowlevel"
import { describeReason, type ExitReason, type System } from "@vivarium/actors"
import { CALL, CAST, type Cell, CONTINUATION, DOWN, type Envelope, EVENT, EXIT, isCounted, MESSAGE, type MessageWatch, STOP, SYSTEM, TICK } from "@vivarium/actors/lowlevel"
import type { Tasklet } from "@vivarium/core"
import { describeCall, describeProcess, describeValue } from "./describe.ts"
import { partyOf } from "./diagram-scene.ts"
import type { Notebook } from "./report-notebook.ts"

type World = Cell["world"]
type Lost = Parameters<MessageWatch["lost"]>[2]

const WHY_LOST: Readonly<Record<Lost, string>> = {
  dead: "it has ended",
  full: "its mailbox is full",
  dropped: "its mailbox drops it",
  schema: "it does not fit the schema",
  unread: "it was unread at the end",
  withdrawn: "it was taken back",
}

export class MessageNotes {
  private readonly notebook: Notebook
  private readonly watched = new Map<World, MessageWatch>()
  private readonly ends = new Map<Tasklet, string>()

  constructor(notebook: Notebook) {
    this.notebook = notebook
  }

  /** Watches a world, if that has not been done; whoever watches it already is told as before. */
  watch(world: World): void {
    const { watch } = world
    if (watch !== null && watch === this.watched.get(world)) return
    if (!this.watched.has(world)) this.listen(world)
    const own = this.watchBeside(watch)
    this.watched.set(world, own)
    world.watch = own
  }

  /** How the process of a main tasklet has ended, if it has. */
  endOf(tasklet: Tasklet): string | undefined {
    return this.ends.get(tasklet)
  }

  private watchBeside(other: MessageWatch | null): MessageWatch {
    return {
      sent: (cell, envelope) => {
        this.sent(cell, envelope)
        other?.sent(cell, envelope)
      },
      taken: (cell, envelope) => {
        this.taken(cell, envelope)
        other?.taken(cell, envelope)
      },
      handed: (cell, envelope) => other?.handed(cell, envelope),
      handedBack: (cell, envelope) => {
        this.notebook.note(`puts ${inWords(envelope)} back`)
        other?.handedBack(cell, envelope)
      },
      returned: (cell, envelope) => {
        this.notebook.note(`puts ${inWords(envelope)} back`)
        other?.returned(cell, envelope)
      },
      lost: (cell, envelope, why) => {
        this.lost(cell, envelope, why)
        other?.lost(cell, envelope, why)
      },
      keeps: (keeper) => other?.keeps?.(keeper),
      signalled: (cell, from, reason) => {
        this.signalled(cell, from, reason)
        other?.signalled?.(cell, from, reason)
      },
    }
  }

  private listen(world: World): void {
    const { events } = world.system as System
    events.on("registered", ({ name, ref }) => this.notebook.note(`the name ${JSON.stringify(name)} is ${String(ref)}'s`))
    events.on("unregistered", ({ name }) => this.notebook.note(`the name ${JSON.stringify(name)} is free`))
    events.on("ended", ({ reason, ref }) => {
      const cell = ref["~resolve"]()
      if (cell !== null) this.ended(cell, reason)
    })
  }

  private sent(cell: Cell, envelope: Envelope): void {
    // Of an exit signal it has been told already.
    if (envelope.kind === EXIT || isOwn(envelope)) return
    const words = inWords(envelope)
    const to = describeProcess(cell)
    const { current } = this.notebook
    if (current === null) this.notebook.noteLater(cell.tasklet, `gets ${words}, by time or from outside`)
    else if (envelope.kind === CALL) this.notebook.note(`calls ${words} of ${to}`)
    else if (envelope.kind === DOWN) this.notebook.note(`tells ${to}: ${words}`)
    else this.notebook.note(`sends ${words} to ${to}`)
    const from = envelope.sender ?? (current === null ? null : partyOf(current))
    this.notebook.arrow(from, cell, words, envelope.kind === CALL ? "call" : "send")
  }

  private taken(cell: Cell, envelope: Envelope): void {
    if (isOwn(envelope)) return
    const { current } = this.notebook
    if (current?.owner === cell) this.notebook.note(`handles ${inWords(envelope)}`)
    else this.notebook.noteLater(cell.tasklet, `receives ${inWords(envelope)}`)
  }

  private lost(cell: Cell, envelope: Envelope, why: Lost): void {
    if (!isCounted(envelope)) return
    const words = inWords(envelope)
    this.notebook.note(`${words} to ${describeProcess(cell)} is lost: ${WHY_LOST[why]}`)
    this.notebook.arrow(envelope.sender, cell, `${words} is lost, for ${WHY_LOST[why]}`, "lost")
  }

  private signalled(cell: Cell, from: Cell | null, reason: ExitReason): void {
    const { current } = this.notebook
    const words = `exit signal ${describeReason(reason)}`
    this.notebook.note(`${words} to ${describeProcess(cell)}`)
    this.notebook.arrow(from ?? (current === null ? null : partyOf(current)), cell, words, "send")
  }

  private ended(cell: Cell, reason: ExitReason): void {
    const words = reason.kind === "error" ? `crashes with ${describeReason(reason)}` : `ends: ${describeReason(reason)}`
    this.ends.set(cell.tasklet, words)
    this.notebook.remark(cell, words)
    if (this.notebook.current !== cell.tasklet) this.notebook.note(`${describeProcess(cell)} ${words}`)
  }
}

/** What a process gives itself. */
function isOwn({ kind }: Envelope): boolean {
  return kind === EVENT || kind === CONTINUATION
}

function inWords({ kind, method, payload }: Envelope): string {
  switch (kind) {
    case CALL:
    case CAST:
      return describeCall(method, payload)
    case MESSAGE:
      return describeValue(payload)
    case DOWN: {
      const { from, reason } = payload as { readonly from: unknown; readonly reason: ExitReason }
      return `${String(from)} is down: ${describeReason(reason)}`
    }
    case EXIT: {
      const { from, reason } = payload as { readonly from: unknown; readonly reason: ExitReason }
      return `exit signal ${describeReason(reason)}${from === undefined ? "" : ` of ${describeValue(from)}`}`
    }
    case TICK:
      return payload instanceof News ? `news: ${asWords(payload.constructor.name)}` : describeValue((payload as { readonly content: unknown }).content)
    case STOP:
      return `a request to end: ${describeReason(payload as ExitReason)}`
    case SYSTEM:
      return "a request of a tool"
    default:
      return "an event of itself"
  }
}

/** `ChildEnd` as `child end`. */
function asWords(name: string): string {
  return name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase()
}
