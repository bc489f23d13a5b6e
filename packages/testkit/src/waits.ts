/** Who waits for what, and for whom: what a run had come to when it ended. */
import { RAW, type Cell } from "@vivarium/actors/lowlevel"
import type { Operation, Scheduler, Tasklet } from "@vivarium/core"
import { describeOperation, describeTasklet, describeWaitingFor } from "./describe.ts"
import type { ChannelNotes } from "./report-channels.ts"
import { circlesOf } from "./waits-circles.ts"

/** One tasklet or process that has not ended. */
export interface Wait {
  readonly who: string
  /** What it waits for, in words; undefined if it could run. */
  readonly waitsFor: string | undefined
  /** Who must act before it goes on, each of them, as far as that is known. */
  readonly whom: readonly string[]
  /** What else is known: who was on the other side of a channel, and who made it. */
  readonly hint: string | undefined
  /** Whether it is a process that waits for its next message, as most do most of the time. */
  readonly idle: boolean
}

/** What a run has come to. */
export interface Waits {
  readonly waits: readonly Wait[]
  /** Those who wait for each other in a circle: each for the next, and the last for the first. */
  readonly circles: readonly (readonly string[])[]
}

/** What the trace of a run knows beside. */
export interface Known {
  readonly channels: ChannelNotes
  /** Who made a tasklet, and in which step. */
  originOf(tasklet: Tasklet): string | undefined
}

/** What most processes wait for most of the time. */
export const NEXT_MESSAGE = "the next message"

export const NO_WAITS: Waits = { waits: [], circles: [] }

/** All tasklets that have not ended: they are listed while a tool watches. */
export function waitsOf(scheduler: Scheduler, known: Known): Waits {
  const tasklets = scheduler.tasklets().filter(({ alive }) => alive)
  const edges = new Map(tasklets.map((one) => [one, awaitedBy(one)]))
  const waits = tasklets.map((one) => waitOf(one, edges.get(one) ?? [], known))
  return { waits, circles: circlesOf(edges).map((circle) => circle.map(describeTasklet)) }
}

function waitOf(tasklet: Tasklet, awaited: readonly Tasklet[], known: Known): Wait {
  const op = waitingOperation(tasklet)
  const who = describeTasklet(tasklet)
  const origin = known.originOf(tasklet)
  if (op === null) return { who, waitsFor: tasklet.paused ? describeWaitingFor(tasklet) : undefined, whom: [], hint: origin, idle: false }
  const channel = channelOf(op)
  const direction = "value" in op ? "send" : "receive"
  const hints = [channel === undefined ? undefined : known.channels.hint(channel, direction), origin].filter((hint) => hint !== undefined)
  return {
    who,
    waitsFor: describeWaiting(tasklet, known.channels),
    whom: awaited.map(describeTasklet),
    hint: hints.length === 0 ? undefined : hints.join("; "),
    idle: isIdle(tasklet),
  }
}

export function describeWaiting(tasklet: Tasklet, channels: ChannelNotes): string {
  const op = waitingOperation(tasklet)
  return op === null ? describeWaitingFor(tasklet) : inWords(op, channels)
}

/** What is waited for, channels without a name told apart by numbers. */
export function inWords(op: Operation<unknown>, channels: ChannelNotes): string {
  const unnamed = [...channelsIn(op)].filter(({ name }) => name === undefined).map((one) => channels.label(one))
  return describeOperation(op).replaceAll(/\bon a channel\b/g, (words) => `on ${unnamed.shift() ?? words.slice(3)}`)
}

function isIdle(tasklet: Tasklet): boolean {
  const cell = tasklet.owner as Cell | null
  return cell !== null && cell.tasklet === tasklet && (cell.flags & RAW) === 0 && describeWaitingFor(tasklet) === NEXT_MESSAGE
}

/** Of a process, also those for whom others of its tasklets wait. */
function awaitedBy(tasklet: Tasklet): readonly Tasklet[] {
  const op = waitingOperation(tasklet)
  if (op === null) return []
  const awaited = new Set(op.awaited)
  const cell = tasklet.owner as Cell | null
  if (cell !== null && cell.tasklet === tasklet) for (let edge = cell.outgoing; edge !== null; edge = edge.nextEdge) awaited.add(edge.target.tasklet)
  return [...awaited].filter(({ alive }) => alive)
}

function waitingOperation({ blocked, op }: Tasklet): Operation<unknown> | null {
  return blocked ? op : null
}

type AnyChannel = Parameters<ChannelNotes["label"]>[0]

function channelOf(op: object): AnyChannel | undefined {
  return "channel" in op ? (op.channel as AnyChannel) : undefined
}

/** The channels of an operation and of its cases, in the order in which they are described. */
function* channelsIn(op: object | null): Generator<AnyChannel, void, undefined> {
  if (op === null) return
  const channel = channelOf(op)
  if (channel !== undefined) yield channel
  if (!("cases" in op)) return
  for (const one of Object.values(op.cases as Readonly<Record<string, object | null | undefined>>)) yield* channelsIn(one ?? null)
}
