/**
 * Those who are told what happens in a registry.
 *
 * Invariant: each of them sees all changes in the order in which they were made, also if a listener makes some itself.
 */
import { inGuard } from "@vivarium/core/lowlevel"
import { brand } from "./brand.ts"
import { DEAD } from "./cell.ts"
import { type Belonging, disown, own } from "./extras.ts"
import { tellNews } from "./news.ts"
import type { Ref } from "./ref.ts"
import type { Registry } from "./registry.ts"
import type { World } from "./world.ts"

/** What has happened in a registry: what its listeners are told, be it as an argument or as a message. */
export class RegistryChange<K = unknown, V = unknown, A = unknown> {
  /** Whether an entry has come or gone. */
  readonly kind: "register" | "unregister"
  /** In which registry. */
  readonly registry: Registry<K, V, A>
  /** Of which key. */
  readonly key: K
  /** Of which process. */
  readonly ref: Ref<A>
  /** With which value. */
  readonly value: V

  /** @internal */
  constructor(kind: "register" | "unregister", registry: Registry<K, V, A>, key: K, ref: Ref<A>, value: V) {
    this.kind = kind
    this.registry = registry
    this.key = key
    this.ref = ref
    this.value = value
  }
}

brand(RegistryChange, "RegistryChange")

/** A function, called at once, or a process, which is sent the change. */
export type RegistryListener<K, V, A> = ((change: RegistryChange<K, V, A>) => void) | Ref<never> | Ref<unknown>

export class Listeners<K, V, A> {
  private readonly listening = new Set<Listening<K, V, A>>()
  private readonly untold: RegistryChange<K, V, A>[] = []
  private telling = false
  private readonly world: World

  constructor(world: World) {
    this.world = world
  }

  get some(): boolean {
    return this.listening.size > 0
  }

  /** A process that ends listens no more; whoever holds a name is looked up at each change. */
  add(listener: RegistryListener<K, V, A>): Disposable {
    const listening = new Listening(listener, this.listening)
    this.listening.add(listening)
    const cell = typeof listener === "function" || listener.id === 0 ? null : listener["~resolve"]()
    if (cell !== null && cell.state !== DEAD) own(cell, listening)
    return {
      [Symbol.dispose]: () => {
        listening.release()
        if (cell !== null) disown(cell, listening)
      },
    }
  }

  tell(change: RegistryChange<K, V, A>): void {
    this.untold.push(change)
    if (this.telling) return
    this.telling = true
    for (let next = this.untold.shift(); next !== undefined; next = this.untold.shift()) {
      for (const { listener } of this.listening) this.tellOne(listener, next)
    }
    this.telling = false
  }

  private tellOne(listener: RegistryListener<K, V, A>, change: RegistryChange<K, V, A>): void {
    try {
      if (typeof listener === "function") inGuard(() => listener(change))
      else {
        const cell = listener["~resolve"]()
        if (cell !== null) tellNews(cell, change)
      }
    } catch (error) {
      this.world.uncaught(error)
    }
  }
}

class Listening<K, V, A> implements Belonging {
  readonly listener: RegistryListener<K, V, A>
  private readonly all: Set<Listening<K, V, A>>

  constructor(listener: RegistryListener<K, V, A>, all: Set<Listening<K, V, A>>) {
    this.listener = listener
    this.all = all
  }

  release(): void {
    this.all.delete(this)
  }
}
