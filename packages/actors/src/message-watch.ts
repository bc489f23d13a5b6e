/** What a tool of the testkit is told of all that comes to the processes of a world. */
import type { Cell } from "./cell.ts"
import type { Envelope, LostBecause } from "./envelope.ts"
import type { ExitReason } from "./exit-reason.ts"

/** What keeps processes by names of its own: a registry, groups. */
export interface Keeper {
  /** As reports call it. */
  readonly name: string
  /** Whom it keeps. None of them has ended. */
  holders(): Iterable<Cell>
}

/**
 * Told of every envelope, be it a message, a call or a signal, from when it is offered to a mailbox. Between `sent` and `taken` or `lost` it stands in one of the lists of
 * its receiver, or is in the hands of a receive. What a machine or an actor gives itself (EVENT, CONTINUATION) is told of where it passes a mailbox or a list, and not always sent before.
 */
export interface MessageWatch {
  /** It is offered, whatever comes of it. */
  sent(cell: Cell, envelope: Envelope): void
  /** A receive has it, and will take it, unless it is given back before. */
  handed(cell: Cell, envelope: Envelope): void
  /** That receive will not take it. */
  handedBack(cell: Cell, envelope: Envelope): void
  /** It has been taken, to be handled or as what a receive gives. */
  taken(cell: Cell, envelope: Envelope): void
  /** It stands in a list again: it was stashed or postponed. */
  returned(cell: Cell, envelope: Envelope): void
  /** Nobody will handle it; `withdrawn` if whoever sent it, or was to be told, does not want it any more. */
  lost(cell: Cell, envelope: Envelope, why: LostBecause | "withdrawn"): void
  /** Something has been made that keeps processes of the world. */
  keeps?(keeper: Keeper): void
  /** An exit signal reaches it, whatever comes of it; from nobody if it was sent outside of any process. */
  signalled?(cell: Cell, from: Cell | null, reason: ExitReason): void
}
