/** Operations on a channel that take many steps: they run as calls. */
import { type Body, checkBody } from "./body.ts"
import { call, OwnedCall } from "./call.ts"
import { inGuard } from "./callback.ts"
import type { Channel } from "./channel.ts"
import type { Operation } from "./operation.ts"
import type { Suspend } from "./realm.ts"

/** @internal */
export function sendAll<T>(channel: Channel<T>, values: Iterable<T>): Operation<number> {
  return new OwnedCall(channel.scheduler, sendingAll as Body<never> as Body, [channel, values])
}

function* sendingAll<T>(channel: Channel<T>, values: Iterable<T>): Generator<Suspend, number, unknown> {
  const iterator = inGuard(() => values[Symbol.iterator]())
  let sent = 0
  let exhausted = false
  try {
    for (;;) {
      exhausted = true
      const next = inGuard(() => iterator.next())
      if (next.done === true) return sent
      exhausted = false
      yield* channel.send(next.value)
      sent++
    }
  } finally {
    if (!exhausted) inGuard(() => iterator.return?.())
  }
}

/** @internal */
export function each<T>(channel: Channel<T>, body: Body<[T]>): Operation<number> {
  checkBody(body)
  return new OwnedCall(channel.scheduler, receivingEach as Body<never> as Body, [channel, body])
}

function* receivingEach<T>(channel: Channel<T>, body: Body<[T]>): Generator<Suspend, number, unknown> {
  for (let count = 0; ; count++) {
    const received = yield* channel.receiveOrDone()
    if (received.done) return count
    yield* call(body, received.value)
  }
}
