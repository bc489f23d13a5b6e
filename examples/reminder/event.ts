/** An event: a process that sleeps until its time has come, unless it is cancelled before. */
import { after, on, type Process, type Ref } from "@vivarium/actors"
import type { Reminders } from "./reminders.ts"

/** Finds out what to say when the event is due. It may fail: then this one event crashes. */
export type Text = () => string

export type Event = Ref<Process<"cancel">>

export function* event(self: Process<"cancel">, reminders: Ref<Reminders>, name: string, inMs: number, text: Text) {
  yield* self.receive(
    on(isCancel, () => {}),
    after(inMs, () => {
      reminders.send({ name, text: text() })
    }),
  )
}

function isCancel(message: unknown): message is "cancel" {
  return message === "cancel"
}
