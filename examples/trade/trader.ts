/**
 * A trader: the state machine that trades for one player with the machine of another one. Neither trusts the other to be quick, of one mind, or alive.
 *
 *   idle ── ask, accept ──> negotiating ── ready ──> ready ── both are ──> committing ── prepared ──> bound ── committed ──> idle
 *
 * Invariants:
 * 1. Whoever is left has the whole deal, or nothing of it: items change hands in one step, when the deal is committed.
 * 2. To be ready is to agree to one deal. If it changes, nobody is ready any more.
 * 3. The older of the two machines decides. The younger one votes; who has voted is bound until it hears the decision, or that nobody is there to decide.
 */
import { keep, type Later, type MachineEvent, type Monitor, next, postpone, type Ref, refuse, reply, type ReplyAction, selfOf, StateMachine, stateTimeout, type Transition } from "@vivarium/actors"
import { type Deal, exchange, type Items, mirrors, without } from "./deal.ts"

type State = "idle" | "asking" | "negotiating" | "ready" | "committing" | "bound"

interface Data {
  readonly items: Items
  /** Who has asked us to trade. */
  readonly invitation?: Ref<Trader> | undefined
  /** None when idle. */
  readonly trade?: Trade | undefined
}

interface Trade extends Deal {
  readonly partner: Ref<Trader>
  readonly watch: Monitor
  /** Whether the partner is ready for this very deal. */
  readonly agreed: boolean
  /** The player, who waits for what comes of `ask` or `ready`. */
  readonly waiting?: Later<boolean> | undefined
}

/** What the player asks for. */
interface PlayerCalls {
  /** True if the other one accepts. */
  ask(partner: Ref<Trader>): boolean
  accept(): void
  offer(item: string): void
  retract(item: string): void
  /** True if the deal is done, false if it has changed or is off. */
  ready(): boolean
  cancel(): void
  items(): Items
}

/** What machines tell each other, by casts. */
interface TraderCasts {
  asked(by: Ref<Trader>): void
  accepted(): void
  offers(items: Items): void
  /** The sender is ready for this deal, as it sees it. */
  agrees(deal: Deal): void
  prepare(): void
  votes(yes: boolean): void
  commit(): void
  cancelled(): void
}

type Calls = PlayerCalls & TraderCasts
type Event = MachineEvent<State, Calls>
type Result = Transition<State, Data>

const PATIENCE_MS = 30_000

export class Trader extends StateMachine<State, Data, Calls> {
  #tell!: (news: string) => void

  init(items: Items, tell: (news: string) => void) {
    this.#tell = tell
    return next("idle", { items })
  }

  handle(event: Event, state: State, data: Data): Result {
    if (event.type === "call" && event.name === "items") return keep(data, reply(event.from, data.items))
    return data.trade === undefined ? this.#idle(event, data) : this.#trading(event, state, data, data.trade)
  }

  #idle(event: Event, data: Data): Result {
    const { invitation } = data
    if (event.type === "call" && event.name === "ask" && event.args[0] !== invitation) return this.#ask(event.args[0], event.from, data)
    if (event.type === "call" && (event.name === "ask" || event.name === "accept")) {
      if (invitation === undefined) throw refuse(new Error("nobody has asked"))
      invitation.cast.accepted()
      return next("negotiating", this.#begin(data, invitation), event.name === "ask" ? reply(event.from, true) : reply(event.from))
    }
    if (event.type === "cast" && event.name === "asked") {
      this.#tell(`${event.args[0].name} wants to trade`)
      return keep({ ...data, invitation: event.args[0] })
    }
    if (event.type === "cast" && event.name === "cancelled" && this.sender === invitation) return keep({ items: data.items })
    return unexpected(event)
  }

  /** What can happen in any state but idle; then what is special to each. */
  #trading(event: Event, state: State, data: Data, trade: Trade): Result {
    const { partner } = trade
    if (event.type === "down") return this.#off(data, trade, `${partner.name} is gone`)
    if (event.type === "call" && event.name === "cancel" && state !== "bound") {
      partner.cast.cancelled()
      return this.#off(data, trade, "the trade is off", reply(event.from))
    }
    if (event.type === "cast" && this.sender !== partner) {
      if (event.name === "asked") event.args[0].cast.cancelled()
      return keep()
    }
    if (event.type === "cast" && event.name === "cancelled") return this.#off(data, trade, `${partner.name} calls it off`)
    switch (state) {
      case "asking":
        return this.#asking(event, data, trade)
      case "negotiating":
        return this.#negotiating(event, data, trade)
      case "ready":
        return this.#ready(event, data, trade)
      case "committing":
        return this.#committing(event, data, trade)
      default:
        return this.#bound(event, data, trade)
    }
  }

  #asking(event: Event, data: Data, trade: Trade): Result {
    // If each asks the other at the same time, both have said yes.
    if (event.type === "cast" && (event.name === "accepted" || event.name === "asked")) {
      return next("negotiating", { ...data, trade: { ...trade, waiting: undefined } }, answer(trade, true))
    }
    if (event.type !== "stateTimeout") return unexpected(event)
    trade.partner.cast.cancelled()
    return this.#off(data, trade, `${trade.partner.name} does not answer`)
  }

  #negotiating(event: Event, data: Data, trade: Trade): Result {
    const { agreed, get, give, partner } = trade
    if (event.type === "call" && event.name === "offer") {
      const [item] = event.args
      if (!without(data.items, give).includes(item)) throw refuse(new Error(`there is no ${item} to offer`))
      return this.#offer(data, trade, [...give, item], event.from)
    }
    if (event.type === "call" && event.name === "retract") {
      const [item] = event.args
      if (!give.includes(item)) throw refuse(new Error(`${item} is not on offer`))
      return this.#offer(data, trade, without(give, [item]), event.from)
    }
    if (event.type === "call" && event.name === "ready") {
      partner.cast.agrees({ give, get })
      const waiting = { ...trade, waiting: event.from }
      return agreed ? this.#commit(data, waiting) : next("ready", { ...data, trade: waiting })
    }
    if (event.type === "cast" && event.name === "offers") return this.#reopen(data, trade, event.args[0])
    if (event.type === "cast" && event.name === "agrees") return keep({ ...data, trade: { ...trade, agreed: mirrors(trade, event.args[0]) } })
    // It takes us for ready, since it has not heard yet that we are not any more.
    if (event.type === "cast" && event.name === "prepare") partner.cast.votes(false)
    return unexpected(event)
  }

  #ready(event: Event, data: Data, trade: Trade): Result {
    if (event.type === "cast" && event.name === "offers") return this.#reopen(data, trade, event.args[0])
    if (event.type === "cast" && event.name === "agrees" && mirrors(trade, event.args[0])) return this.#commit(data, trade)
    return unexpected(event)
  }

  #committing(event: Event, data: Data, trade: Trade): Result {
    const { get, partner } = trade
    if (event.type === "cast" && event.name === "offers") return this.#reopen(data, trade, event.args[0])
    if (event.type === "cast" && event.name === "prepare") {
      partner.cast.votes(true)
      return next("bound", data)
    }
    if (event.type !== "cast" || event.name !== "votes") return unexpected(event)
    if (!event.args[0]) return this.#reopen(data, trade, get)
    partner.cast.commit()
    return this.#done(data, trade)
  }

  /** It has promised, and can do nothing until it hears. What the player wants comes when that is over. */
  #bound(event: Event, data: Data, trade: Trade): Result {
    if (event.type === "cast" && event.name === "commit") return this.#done(data, trade)
    return event.type === "call" ? keep(data, postpone()) : keep()
  }

  #ask(partner: Ref<Trader>, waiting: Later<boolean>, data: Data): Result {
    const me = selfOf<Trader>(this)
    if (partner === me) throw refuse(new Error("nobody trades alone"))
    partner.cast.asked(me)
    return next("asking", this.#begin(data, partner, waiting), stateTimeout(PATIENCE_MS))
  }

  #begin({ items }: Data, partner: Ref<Trader>, waiting?: Later<boolean>): Data {
    return { items, trade: { partner, watch: this.monitor(partner), give: [], get: [], agreed: false, waiting } }
  }

  #offer(data: Data, trade: Trade, give: Items, from: Later<void>): Result {
    trade.partner.cast.offers(give)
    return keep({ ...data, trade: { ...trade, give, agreed: false } }, reply(from))
  }

  /** The partner offers something else, or is not ready after all: back to the table. */
  #reopen(data: Data, trade: Trade, get: Items): Result {
    this.#tell(`${trade.partner.name} offers ${get.join(" and ") || "nothing"}`)
    return next("negotiating", { ...data, trade: { ...trade, get, agreed: false, waiting: undefined } }, answer(trade, false))
  }

  #commit(data: Data, trade: Trade): Result {
    if (this.self.id < trade.partner.id) trade.partner.cast.prepare()
    return next("committing", { ...data, trade })
  }

  #done(data: Data, trade: Trade): Result {
    this.demonitor(trade.watch, { flush: true })
    this.#tell(`traded ${trade.give.join(" and ") || "nothing"} for ${trade.get.join(" and ") || "nothing"}`)
    return next("idle", { items: exchange(data.items, trade) }, answer(trade, true))
  }

  #off({ items }: Data, trade: Trade, why: string, ...replies: readonly ReplyAction[]): Result {
    this.demonitor(trade.watch, { flush: true })
    this.#tell(why)
    return next("idle", { items }, [...replies, ...answer(trade, false)])
  }
}

/** Answers the player who waits, if any does. */
function answer({ waiting }: Trade, outcome: boolean): readonly ReplyAction[] {
  return waiting === undefined ? [] : [reply(waiting, outcome)]
}

/** A call that makes no sense now is refused. What a partner has sent before it knew better does not matter any more. */
function unexpected(event: Event): Result {
  if (event.type === "call") throw refuse(new Error(`${event.name}() has no place here`))
  return keep()
}
