/**
 * What happens on the channels of a run. The hook tells of an exchange before it happens, and not of the partner; that is looked up among those who wait.
 *
 * Invariants:
 * 1. `buffered` stands for the values in a channel's buffer, in their order: all exchanges pass through the hook while it is attached.
 */
import type { Tasklet } from "@vivarium/core"
import type { ChannelEvent } from "@vivarium/core/lowlevel"
import { describeTasklet, describeValue } from "./describe.ts"
import { partyOf } from "./diagram-scene.ts"
import type { Notebook } from "./report-notebook.ts"

type AnyChannel = ChannelEvent["channel"]

/** A value that was sent, in words. */
interface Sent {
  readonly by: Tasklet | null
  readonly text: string
}

/** What is known of one channel. */
interface Known {
  readonly label: string
  readonly offers: Map<Tasklet, Sent>
  readonly buffered: Sent[]
  /** Who has acted last on each side, and in which slice. */
  readonly last: { send?: string; receive?: string }
}

export class ChannelNotes {
  private readonly notebook: Notebook
  private readonly known = new Map<AnyChannel, Known>()
  private unnamed = 0
  private partner: Tasklet | null = null

  constructor(notebook: Notebook) {
    this.notebook = notebook
  }

  /** A tasklet acts. */
  acted({ action, channel, tasklet, value, willBlock }: ChannelEvent): void {
    const known = this.knownOf(channel)
    this.partner = null
    if (!willBlock) known.last[action] = `${tasklet === null ? "somebody outside" : describeTasklet(tasklet)} in step ${this.notebook.step}`
    if (action === "send") this.sends(channel, known, { by: tasklet, text: describeValue(value) }, willBlock)
    else if (!willBlock) this.receives(channel, known, tasklet)
  }

  /** Whether somebody is woken by the exchange that has just been told. */
  isPartner(tasklet: Tasklet): boolean {
    return this.partner === tasklet
  }

  /** How reports call a channel: by its name, or by a number in the order of first use. */
  label(channel: AnyChannel): string {
    return this.knownOf(channel).label
  }

  /** What is known of those on the other side of a channel for whom somebody waits. */
  hint(channel: AnyChannel, waitsTo: "send" | "receive"): string {
    const other = waitsTo === "send" ? "receive" : "send"
    const last = this.knownOf(channel).last[other]
    const did = other === "send" ? "sent" : "received"
    return last === undefined ? `nobody has ${did} on it` : `last ${did} on by ${last}`
  }

  private sends(channel: AnyChannel, known: Known, sent: Sent, willBlock: boolean): void {
    const { notebook } = this
    const [receiver] = channel.balance < 0 ? channel.waiters : []
    if (willBlock) {
      if (sent.by !== null) known.offers.set(sent.by, sent)
      notebook.note(`offers ${sent.text} on ${known.label}`)
    } else if (channel.closing) notebook.note(`cannot send on ${known.label}, which is closed`)
    else if (receiver === undefined) {
      known.buffered.push(sent)
      notebook.note(`sends ${sent.text} on ${known.label} (${channel.length + 1} of ${channel.capacity})`)
    } else {
      this.partner = receiver
      notebook.note(`sends ${sent.text} on ${known.label} to ${describeTasklet(receiver)}`)
      this.arrow(sent, receiver, known)
    }
  }

  private receives(channel: AnyChannel, known: Known, receiver: Tasklet | null): void {
    const { notebook } = this
    const [sender] = channel.balance > 0 ? channel.waiters : []
    const offer = sender === undefined ? undefined : (known.offers.get(sender) ?? { by: sender, text: "a value" })
    this.partner = sender ?? null
    const received = channel.length === 0 ? offer : known.buffered.shift()
    if (channel.length > 0 && offer !== undefined) known.buffered.push(offer)
    if (received === undefined) return notebook.note(`finds ${known.label} closed`)
    const from = received.by === null ? "" : ` from ${describeTasklet(received.by)}`
    notebook.note(`receives ${received.text} on ${known.label}${from}`)
    this.arrow(received, receiver, known)
  }

  private arrow({ by, text }: Sent, receiver: Tasklet | null, { label }: Known): void {
    if (receiver !== null) this.notebook.arrow(by === null ? null : partyOf(by), partyOf(receiver), `${text} on ${label}`, "send")
  }

  private knownOf(channel: AnyChannel): Known {
    let known = this.known.get(channel)
    if (known === undefined) {
      const label = channel.name === undefined ? `channel #${++this.unnamed}` : `channel ${JSON.stringify(channel.name)}`
      known = { label, offers: new Map(), buffered: [], last: {} }
      this.known.set(channel, known)
    }
    return known
  }
}
