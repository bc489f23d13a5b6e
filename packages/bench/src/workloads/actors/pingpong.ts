import { Actor, type Ref, selfOf, System } from "@vivarium/actors"
import { run } from "@vivarium/core"
import type { TimedBody } from "../../workload.ts"

/** Sends every number back to where it came from, counted down. */
class Player extends Actor {
  #other: Ref<Player> | undefined
  #hits = 0

  begin(other: Ref<Player>, count: number): void {
    this.#other = other
    other.cast.answerTo(selfOf<Player>(this))
    other.send(count)
  }

  answerTo(other: Ref<Player>): void {
    this.#other = other
  }

  info(count: number): void {
    this.#hits++
    if (count > 0) this.#other?.send(count - 1)
  }

  hits(): number {
    return this.#hits
  }
}

export const pingpongActors: TimedBody = {
  measures: "time",
  async run(size) {
    const system = new System()
    const ping = system.spawn(Player)
    const pong = system.spawn(Player)
    // A round trip is two messages; the last of them comes back.
    ping.cast.begin(pong, 2 * size - 1)
    run()
    return (await ping.call.hits()) + (await pong.call.hits())
  },
  expected: (size) => 2 * size,
}
