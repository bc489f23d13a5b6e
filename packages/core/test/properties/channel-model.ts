/** A reference model of channels that tells, for each operation performed alone, what must come of it. */

/** One case of what a tasklet waits for; a plain operation is the only case, with no key. */
export interface Case {
  readonly kind: "send" | "receive" | "receiveOrDone"
  readonly on: ModelChannel
  readonly value: number
  readonly key: string | null
}

export interface Waiter {
  readonly who: string
  readonly cases: readonly Case[]
  /** When its time-out is due. */
  readonly until: number
}

interface Offered {
  readonly waiter: Waiter
  readonly one: Case
}

export class ModelChannel {
  readonly capacity: number
  readonly buffer: number[] = []
  senders: Offered[] = []
  receivers: Offered[] = []
  closing = false

  constructor(capacity: number) {
    this.capacity = capacity
  }

  get balance(): number {
    return this.senders.length - this.receivers.length
  }

  get waiters(): string[] {
    return [...this.senders, ...this.receivers].map(({ waiter }) => waiter.who)
  }

  get closed(): boolean {
    return this.closing && this.senders.length === 0 && this.buffer.length === 0
  }
}

/** Whether what a tasklet was woken with is a value that would be dropped with it. */
export function carriesValue(outcome: string): boolean {
  return /(^|: )value /.test(outcome)
}

export class ModelWorld {
  readonly channels: readonly ModelChannel[]
  /** What each woken tasklet, by name, has been woken with. */
  readonly woken = new Map<string, string>()
  readonly waiting = new Map<string, Waiter>()
  now = 0

  constructor(capacities: readonly number[]) {
    this.channels = capacities.map((capacity) => new ModelChannel(capacity))
  }

  isReady({ kind, on }: Case): boolean {
    if (on.closing) return true
    if (kind === "send") return on.receivers.length > 0 || on.buffer.length < on.capacity
    return on.senders.length > 0 || on.buffer.length > 0
  }

  /** Lets a ready case happen; says what comes of it. Partners are woken. */
  commit(one: Case): string {
    const { kind, on, value } = one
    if (kind === "send") {
      if (on.closing) return named(one, "closed")
      const receiver = on.receivers[0]
      if (receiver === undefined) on.buffer.push(value)
      else this.wake(receiver.waiter, named(receiver.one, `value ${value}`))
      return named(one, "passed")
    }
    const sender = on.senders[0]
    if (sender === undefined && on.buffer.length === 0) return named(one, kind === "receive" ? "closed" : "end")
    if (sender !== undefined) this.wake(sender.waiter, named(sender.one, "passed"))
    if (on.capacity === 0) return named(one, `value ${sender?.one.value}`)
    const oldest = on.buffer.shift()
    if (sender !== undefined) on.buffer.push(sender.one.value)
    return named(one, `value ${oldest}`)
  }

  park(waiter: Waiter): void {
    this.waiting.set(waiter.who, waiter)
    for (const one of waiter.cases) (one.kind === "send" ? one.on.senders : one.on.receivers).push({ waiter, one })
  }

  /** Takes a waiting tasklet out of all its lists. */
  leave(waiter: Waiter): void {
    this.waiting.delete(waiter.who)
    for (const channel of this.channels) {
      channel.senders = channel.senders.filter((offered) => offered.waiter !== waiter)
      channel.receivers = channel.receivers.filter((offered) => offered.waiter !== waiter)
    }
  }

  wake(waiter: Waiter, outcome: string): void {
    this.leave(waiter)
    this.woken.set(waiter.who, outcome)
  }

  close(channel: ModelChannel): void {
    if (channel.closing) return
    channel.closing = true
    for (let first = channel.receivers[0]; first !== undefined; first = channel.receivers[0]) {
      this.wake(first.waiter, named(first.one, first.one.kind === "receive" ? "closed" : "end"))
    }
  }

  advance(ms: number): void {
    this.now += ms
    for (const waiter of this.waiting.values()) if (waiter.until <= this.now) this.wake(waiter, "timed out")
  }
}

function named({ key }: Case, outcome: string): string {
  return key === null ? outcome : `${key}: ${outcome}`
}
