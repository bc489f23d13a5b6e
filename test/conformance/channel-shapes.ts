import type { Channel, Preference, Scheduler } from "@vivarium/core"

/** One kind of channel that a row holding for "any capacity" is tried with. */
export interface Shape {
  readonly capacity: number
  readonly preference: Preference
  readonly scheduleAll: boolean
}

const preferences: readonly Preference[] = ["receiver", "none", "sender"]

/** Every preference, with and without `scheduleAll`, at capacities around 0 and 1 and above. */
export const shapes: readonly Shape[] = [0, 1, 10].flatMap((capacity) =>
  preferences.flatMap((preference) => [false, true].map((scheduleAll) => ({ capacity, preference, scheduleAll }))),
)

/** Those that buffer. */
export const bufferedShapes: readonly Shape[] = shapes.filter(({ capacity }) => capacity > 0)

/** Makes a channel of a shape. */
export function shapedChannel<T>(scheduler: Scheduler, { capacity, preference, scheduleAll }: Shape): Channel<T> {
  const made = scheduler.channel<T>({ capacity, preference })
  made.scheduleAll = scheduleAll
  return made
}
