/**
 * A reference model of processes, links and monitors: lists and a queue, as plain as it can be.
 *
 * Whoever runs next stands in one queue: a turn that was asked for, a process that has its first turn, or one that is about to end.
 */

/** A reason in one word; `kill` and `killed` are what they are. */
export type Word = "normal" | "shutdown" | "kill" | "killed" | "noproc" | "rain" | "stung"

/** What a process does in its turn; processes and monitors are told by number. */
export type Action =
  | { readonly do: "spawn"; readonly how: "plain" | "link" | "monitor"; readonly traps: boolean }
  | { readonly do: "link" | "unlink" | "monitor"; readonly who: number }
  | { readonly do: "demonitor"; readonly which: number; readonly flush: boolean }
  | { readonly do: "exit"; readonly who: number; readonly reason: Word }
  | { readonly do: "trap"; readonly on: boolean }
  | { readonly do: "send"; readonly who: number; readonly text: number }
  | { readonly do: "name" | "whereis"; readonly name: string }
  | { readonly do: "end" | "crash" }

type Life = "unborn" | "alive" | "exiting" | "dead"

interface ModelMonitor {
  readonly watcher: ModelProcess
  readonly target: ModelProcess
  readonly number: number
}

interface Letter {
  readonly text: string
  /** Whether it was sent, rather than being told by the system. */
  readonly sent: boolean
  readonly of?: ModelMonitor
}

/** One process of the model. */
export class ModelProcess {
  readonly id: number
  life: Life = "unborn"
  traps: boolean
  reason: Word = "normal"
  brutal = false
  links: ModelProcess[] = []
  watchers: ModelMonitor[] = []
  monitors: ModelMonitor[] = []
  mailbox: Letter[] = []

  constructor(id: number, traps: boolean) {
    this.id = id
    this.traps = traps
  }

  get lives(): boolean {
    return this.life === "unborn" || this.life === "alive"
  }
}

type Task = { readonly process: ModelProcess; readonly run: "birth" | "end" } | { readonly process: ModelProcess; readonly run: readonly Action[] }

export class ProcessModel {
  readonly processes: ModelProcess[] = []
  /** Who ended and why, in order. */
  readonly ended: string[] = []
  /** What the actions came to, in order. */
  readonly outcomes: string[] = []
  readonly names = new Map<string, ModelProcess>()
  deadLetters = 0
  private queue: Task[] = []
  private readonly allMonitors: ModelMonitor[] = []

  spawn(traps: boolean): ModelProcess {
    const process = new ModelProcess(this.processes.length + 1, traps)
    this.processes.push(process)
    this.queue.push({ process, run: "birth" })
    return process
  }

  /** Asks a process that waits for it to have a turn. */
  turn(process: ModelProcess, actions: readonly Action[]): void {
    this.queue.push({ process, run: actions })
  }

  /** Everybody runs who can. */
  settle(): void {
    for (let task = this.queue.shift(); task !== undefined; task = this.queue.shift()) {
      const { process, run } = task
      if (run === "end") this.bury(process)
      else if (run !== "birth") this.act(process, run)
      else if (process.lives) process.life = "alive"
      else this.bury(process)
    }
  }

  /** A message from outside of any process. */
  send(target: ModelProcess, text: number): void {
    if (target.lives) target.mailbox.push({ text: `${text}`, sent: true })
    else this.deadLetters++
  }

  /** An exit signal; `from` is undefined from outside. */
  signal(target: ModelProcess, from: ModelProcess | undefined, reason: Word, linked: boolean, current?: ModelProcess): void {
    if (reason === "kill" && !linked) this.doom(target, "killed", true, current)
    else if (!target.lives) return
    else if (target.traps) target.mailbox.push({ text: `exit of ${from?.id ?? "nobody"}: ${reason}`, sent: false })
    else if (reason !== "normal" || from === target) this.doom(target, reason, false, current)
  }

  private doom(target: ModelProcess, reason: Word, brutal: boolean, current: ModelProcess | undefined): void {
    const { life } = target
    if (life === "dead" || (life === "exiting" && !brutal)) return
    target.reason = reason
    target.brutal ||= brutal
    target.life = "exiting"
    // One that was ended before its first turn keeps its place for that, unless it is killed on top of it.
    const unborn = this.queue.some(({ process, run }) => process === target && run === "birth")
    if ((life === "exiting" && !unborn) || life === "unborn" || target === current) return
    // What had woken it is taken back.
    this.queue = this.queue.filter(({ process }) => process !== target)
    this.queue.push({ process: target, run: "end" })
  }

  private act(process: ModelProcess, actions: readonly Action[]): void {
    for (const action of actions) {
      if (action.do === "end") return this.bury(process)
      if (action.do === "crash") {
        if (!process.brutal) process.reason = "stung"
        return this.bury(process)
      }
      this.outcomes.push(`${process.id} ${action.do}: ${this.perform(process, action)}`)
    }
    // One that has ended itself goes on to its next wait, which is here.
    if (!process.lives) this.bury(process)
  }

  private perform(process: ModelProcess, action: Action): string {
    switch (action.do) {
      case "spawn": {
        const child = this.spawn(action.traps)
        if (action.how === "link") this.link(process, child)
        if (action.how === "monitor") this.monitor(process, child)
        return `${child.id}`
      }
      case "link": {
        const target = this.at(action.who)
        if (target.life !== "dead") this.link(process, target)
        else if (!process.traps) return "noproc"
        else if (process.lives) process.mailbox.push({ text: `exit of ${target.id}: noproc`, sent: false })
        return "done"
      }
      case "unlink": {
        const target = this.at(action.who)
        process.links = process.links.filter((one) => one !== target)
        target.links = target.links.filter((one) => one !== process)
        return "done"
      }
      case "monitor":
        this.monitor(process, this.at(action.who))
        return "done"
      case "demonitor":
        return this.demonitor(process, action.which, action.flush)
      case "exit":
        this.signal(this.at(action.who), process, action.reason, false, process)
        return "done"
      case "trap":
        process.traps = action.on
        return "done"
      case "send": {
        const target = this.at(action.who)
        this.send(target, action.text)
        return `${target.lives}`
      }
      case "name":
        if (this.names.has(action.name)) return "taken"
        this.names.set(action.name, process)
        return "done"
      case "whereis":
        return `${this.names.get(action.name)?.id}`
      default:
        throw new Error(`unreachable: ${action.do}`)
    }
  }

  at(number: number): ModelProcess {
    return this.processes[number % this.processes.length] as ModelProcess
  }

  private link(one: ModelProcess, other: ModelProcess): void {
    if (one === other) return
    if (!one.links.includes(other)) one.links.push(other)
    if (!other.links.includes(one)) other.links.push(one)
  }

  private monitor(watcher: ModelProcess, target: ModelProcess): void {
    const monitor: ModelMonitor = { watcher, target, number: this.allMonitors.length }
    this.allMonitors.push(monitor)
    if (target.life === "dead") return this.tellDown(monitor, "noproc")
    watcher.monitors.push(monitor)
    target.watchers.push(monitor)
  }

  private demonitor(process: ModelProcess, which: number, flush: boolean): string {
    if (this.allMonitors.length === 0) return "none"
    const monitor = this.allMonitors[which % this.allMonitors.length] as ModelMonitor
    if (monitor.watcher !== process) return "false"
    const active = monitor.target.watchers.includes(monitor)
    this.forget(monitor)
    if (flush) process.mailbox = process.mailbox.filter(({ of }) => of !== monitor)
    return `${active}`
  }

  private forget(monitor: ModelMonitor): void {
    const { target, watcher } = monitor
    target.watchers = target.watchers.filter((one) => one !== monitor)
    watcher.monitors = watcher.monitors.filter((one) => one !== monitor)
  }

  private tellDown(monitor: ModelMonitor, reason: Word): void {
    this.forget(monitor)
    const { target, watcher } = monitor
    if (watcher.lives) watcher.mailbox.push({ text: `down ${monitor.number} of ${target.id}: ${reason}`, sent: false, of: monitor })
  }

  private bury(process: ModelProcess): void {
    this.queue = this.queue.filter((task) => task.process !== process)
    process.life = "dead"
    this.ended.push(`${process.id} ${process.reason}`)
    for (const [name, holder] of this.names) if (holder === process) this.names.delete(name)
    this.deadLetters += process.mailbox.filter(({ sent }) => sent).length
    process.mailbox = []
    const { links, monitors, watchers } = process
    process.links = []
    for (const other of links) other.links = other.links.filter((one) => one !== process)
    for (const other of links) this.signal(other, process, process.reason, true)
    for (const monitor of monitors) this.forget(monitor)
    for (const monitor of watchers) this.tellDown(monitor, process.reason)
  }
}
