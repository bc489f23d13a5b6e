/** Timers for the packages above: what enters when it is due, instead of a tasklet that is woken. */
import type { Entry } from "./ingress.ts"
import type { RunLoop } from "./run-loop.ts"
import { type Timer, Timers } from "./timers.ts"

/** @internal Lets something in at a time of the loop's clock or soon after; at equal times in the order in which they were made. */
export function startTimer(loop: RunLoop, at: number, entry: Entry): Timer {
  const timers = (loop.timers ??= new Timers())
  const timer = timers.add(at, entry)
  if (loop.depth === 0) loop.events.rest()
  return timer
}

/** @internal Takes a timer back; nothing happens if it has fired or was taken back before. Reads no clock: ask `timeLeft` first, if you must know. */
export function cancelTimer(loop: RunLoop, timer: Timer): void {
  if (timer.index < 0) return
  loop.timers?.remove(timer)
  if (loop.depth === 0) loop.events.rest()
}

/** @internal The milliseconds until a timer fires, or false if it will not. */
export function timeLeft(loop: RunLoop, timer: Timer): number | false {
  return timer.index < 0 ? false : Math.max(0, timer.at - loop.clock.now())
}

/** @internal Calls back with the time when the loop reads it next: soon, and at the latest before it waits. */
export function atNextReading(loop: RunLoop, reader: (now: number) => void): void {
  loop.timeReaders.push(reader)
  if (loop.depth === 0) loop.events.wake()
}
