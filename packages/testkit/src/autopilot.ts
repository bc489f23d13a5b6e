/** Autopilots: what a probe answers by itself. */
import type { Ref } from "@vivarium/actors"
import { waitFor } from "@vivarium/actors/lowlevel"
import { InvalidArgumentError, type Routine } from "@vivarium/core"
import type { MethodCall, Note } from "./probe-note.ts"

/** What an autopilot is given beside the message. */
export interface Pilot {
  /** Who sent it; undefined if that was no process. */
  readonly sender: Ref<unknown> | undefined
  /** Answers a call; of anything else, sends to whoever sent it. */
  readonly reply: (value: unknown) => void
  /** Fails a call, as `refuse()` would. */
  readonly refuse: (error: unknown) => void
}

/** Told of every message. It goes on unless it returns "stop"; it may wait, and then the next message does. */
export type PilotFunction<M> = (message: M, pilot: Pilot) => unknown

/** One function for each method: what it returns is the answer, as it would be in an actor. Methods that are left out wait for `reply()`. */
export type PilotMethods = Readonly<Record<string, (...args: never[]) => unknown>>

/** An autopilot that is switched on. */
export type Autopilot = PilotFunction<unknown> | PilotMethods

export function readAutopilot(given: unknown): Autopilot | null {
  if (given === null || typeof given === "function") return given as Autopilot | null
  const cure = 'right: probe.autopilot({ honey: () => 12 }), probe.autopilot((message, { reply }) => reply("pong")), probe.autopilot(null)'
  if (typeof given !== "object") throw new InvalidArgumentError("handler", given, "a function of the message, an object of functions by method, or null", cure)
  for (const [method, handler] of Object.entries(given)) if (typeof handler !== "function") throw new InvalidArgumentError(`handler.${method}`, handler, "a function", cure)
  return given as PilotMethods
}

/** Has an autopilot function look at a message; says whether it goes on. */
export function* fly(pilot: PilotFunction<unknown>, note: Note, controls: Pilot): Routine<boolean> {
  return (yield* waitFor(pilot(note.message, controls))) !== "stop"
}

/** The function that answers a call, if there is one. */
export function handlerOf(autopilot: Autopilot | null, { method }: MethodCall): ((...args: readonly unknown[]) => unknown) | undefined {
  if (autopilot === null || typeof autopilot === "function" || !Object.hasOwn(autopilot, method)) return undefined
  return autopilot[method] as (...args: readonly unknown[]) => unknown
}
