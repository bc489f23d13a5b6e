/** Hooks for tools that watch: one null check on the hot path while nobody does. */
import { inGuard } from "./callback.ts"
import type { Channel } from "./channel.ts"
import type { Tasklet } from "./tasklet.ts"

/** What the channel hook is told, before anything happens. */
export interface ChannelEvent {
  readonly channel: Channel<never>
  /** The tasklet that acts. */
  readonly tasklet: Tasklet | null
  readonly action: "send" | "receive"
  /** Whether it is about to block. */
  readonly willBlock: boolean
  /** The value, or the error, that is being sent; undefined for a receive. */
  readonly value: unknown
}

/** A slice, or one of several, that took too long. */
export interface SlowSlice {
  /** The tasklet whose slice it was; with `slices` > 1, the last of those that may have been it. */
  readonly tasklet: Tasklet
  /** The time of all these slices together. */
  readonly ms: number
  /** Among how many slices it was: 1 if the tasklet is known exactly. */
  readonly slices: number
}

/** The hooks of a tool; each is optional. Nobody can wait inside one; an error in one goes to `onUncaught`. */
export interface Hooks {
  /** A tasklet has been created. */
  readonly created?: (tasklet: Tasklet) => void
  /** A tasklet is about to be resumed; `from` is the one that ran before it in the same run, if any. */
  readonly switched?: (tasklet: Tasklet, from: Tasklet | null) => void
  /** A tasklet waits. */
  readonly blocked?: (tasklet: Tasklet) => void
  /** A tasklet has been appended or handed over to. */
  readonly woken?: (tasklet: Tasklet) => void
  /** A tasklet has ended. */
  readonly ended?: (tasklet: Tasklet) => void
  /** A tasklet acts on a channel. */
  readonly channel?: (event: ChannelEvent) => void
  /** A slice took longer than `limits.slowSliceMs`. */
  readonly slow?: (slice: SlowSlice) => void
}

const KINDS = ["created", "switched", "blocked", "woken", "ended", "channel", "slow"] as const

/** @internal All hooks of several tools as one, each guarded: an error is reported and scheduling goes on. Null if there is none. */
export function combineHooks(tools: readonly Hooks[], report: (error: unknown) => void): Hooks | null {
  if (tools.length === 0) return null
  const combined: Partial<Record<keyof Hooks, (...args: readonly unknown[]) => void>> = {}
  for (const kind of KINDS) {
    const hooks = tools.flatMap((tool) => tool[kind] ?? []) as ((...args: readonly unknown[]) => void)[]
    if (hooks.length === 0) continue
    combined[kind] = (...args) =>
      inGuard(() => {
        for (const hook of hooks) {
          try {
            hook(...args)
          } catch (error) {
            report(error)
          }
        }
      })
  }
  return Object.keys(combined).length === 0 ? null : (combined as Hooks)
}
