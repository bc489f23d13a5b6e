import { Actor, type Ref, selfOf, System } from "@vivarium/actors"
import { Random, run } from "@vivarium/core"
import type { TimedBody } from "../../workload.ts"

const PLAYERS = 200

type Message = { readonly ping: Ref<Player> } | "pong"

/** Pings a random other and waits for its pong, so many times; answers pings all the while. */
class Player extends Actor {
  #others: readonly Ref<Player>[] = []
  #random = new Random(1)
  #left = 0
  #ping: Message = "pong"

  begin(others: readonly Ref<Player>[], seed: number, rounds: number): void {
    this.#others = others
    this.#random = new Random(seed)
    this.#left = rounds
    this.#ping = { ping: selfOf<Player>(this) }
    this.#serve()
  }

  info(message: Message): void {
    if (message !== "pong") message.ping.send("pong")
    else {
      this.#left--
      this.#serve()
    }
  }

  left(): number {
    return this.#left
  }

  #serve(): void {
    if (this.#left > 0) this.#others[this.#random.integer(this.#others.length)]?.send(this.#ping)
  }
}

export const big: TimedBody = {
  measures: "time",
  async run(size) {
    const system = new System()
    const players = Array.from({ length: PLAYERS }, () => system.spawn(Player))
    players.forEach((player, seed) => player.cast.begin(players.filter((other) => other !== player), seed, size / PLAYERS))
    run()
    let left = 0
    for (const player of players) left += await player.call.left()
    return size - left
  },
  expected: (size) => size,
}
