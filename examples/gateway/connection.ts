/**
 * The connection: alive as long as the upstream is. It repairs nothing. When anything goes wrong it crashes, and its supervisor starts a new one, later and later.
 *
 * Its `init` does not connect. What `init` has done is what the tree can rely on, and nobody can promise an upstream: a tree that insisted on it could not be started while
 * that is away, and not be restarted just when it matters. So a connection promises to try, and tells the gateway once it has succeeded.
 */
import { Actor, type Later, type Ref, selfOf } from "@vivarium/actors"
import { call, type Operation, type Routine, timeout } from "@vivarium/core"
import type { Gateway } from "./gateway.ts"
import type { Upstream } from "./upstream.ts"

const PING_MS = 100
/** Who has said nothing for so long will not. */
const SILENCE_MS = 40

export class Connection extends Actor {
  #gateway!: Ref<Gateway>
  #upstream!: Upstream

  init(gateway: Ref<Gateway>, upstream: Upstream) {
    this.#gateway = gateway
    this.#upstream = upstream
    this.continueWith(() => this.#connect())
  }

  *#connect() {
    this.label = `connection ${yield* soon(() => this.#upstream.connect())}`
    // An outage is noticed also when nobody asks.
    this.sendAfter(PING_MS, "ping", { everyMs: PING_MS })
    this.#gateway.cast.connected(selfOf<Connection>(this))
  }

  /** Asks the upstream, and answers whoever has asked the gateway. */
  *ask(question: string, caller: Later<string>) {
    caller.reply(yield* soon(() => this.#upstream.ask(question)))
  }

  *info(_message: "ping") {
    yield* soon(() => this.#upstream.ping())
  }
}

/** An upstream that hangs is worse than one that refuses: each wait for it has an end, and that is a failure like any other. */
function soon<T>(trip: () => Routine<T>): Operation<T> {
  return timeout(SILENCE_MS, call(trip))
}
