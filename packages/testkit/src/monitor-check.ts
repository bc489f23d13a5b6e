/**
 * The check of monitors and links. Each monitor brings one Down when its process has ended, unless it was ended before, or who has set it has; and from bury on nothing leads to a process that has
 * ended, as it does all of that within one slice.
 */
import { Monitor } from "@vivarium/actors"
import { type Cell, DEAD, DOWN, type Envelope, EXITING, type World } from "@vivarium/actors/lowlevel"
import type { SystemCheckSettings } from "./system-checks.ts"

export class MonitorCheck {
  private readonly world: World
  private readonly settings: SystemCheckSettings
  /** Whose Down has been sent. */
  private readonly told = new Set<Monitor>()
  /** Whose Down is to be sent before the slice ends. */
  private due: Monitor[] = []
  private found: string | null = null

  constructor(world: World, settings: SystemCheckSettings) {
    this.world = world
    this.settings = settings
  }

  /** To its watcher, whose process it is in. */
  sent({ kind, payload }: Envelope): void {
    if (kind !== DOWN) return
    const { monitor } = payload as { readonly monitor: Monitor }
    if (this.told.has(monitor)) this.found ??= `monitors: ${inWords(monitor)} has brought two Downs`
    this.told.add(monitor)
  }

  /** A process has ended, and nobody has been told yet. */
  ended({ extras }: Cell): void {
    if (extras === null || extras.watchers === null) return
    for (const watcher of extras.watchers) if (watcher instanceof Monitor && watcher.watcher.state < EXITING && watcher.watcher.world === this.world) this.due.push(watcher)
  }

  broken(): string | null {
    return (this.settings.monitors ? this.brokenMonitor() : null) ?? this.brokenInside()
  }

  private brokenMonitor(): string | null {
    if (this.found !== null || this.due.length === 0) return this.found
    const { due } = this
    this.due = []
    const untold = due.find((monitor) => !this.told.has(monitor) && !monitor.givenUp && monitor.watcher.state !== DEAD)
    return untold === undefined ? null : `monitors: no Down has come of ${inWords(untold)}, whose process has ended`
  }

  private brokenInside(): string | null {
    for (let cell = this.world.oldest; cell !== null; cell = cell.younger) {
      const { extras } = cell
      if (extras === null) continue
      if (extras.links !== null && this.settings.links) {
        for (const other of extras.links) {
          const broken = brokenLink(cell, other)
          if (broken !== null) return broken
        }
      }
      if (!this.settings.monitors) continue
      if (extras.monitors !== null) {
        for (const monitor of extras.monitors) if (monitor.target?.extras?.watchers?.has(monitor) !== true) return `monitors: ${inWords(monitor)} is still set, but its process ${monitor.target?.state === DEAD ? "has ended" : "knows nothing of it"}`
      }
      if (extras.watchers === null) continue
      for (const watcher of extras.watchers) {
        if (watcher instanceof Monitor && watcher.watcher.extras?.monitors?.has(watcher) !== true) {
          return `monitors: ${inWords(watcher)} is kept by its process, but ${watcher.watcher.state === DEAD ? "who has set it has ended" : "who has set it has ended it"}`
        }
      }
    }
    return null
  }
}

function brokenLink(cell: Cell, other: Cell): string | null {
  if (other.state === DEAD) return `links: ${cell.ref.toString()} is still linked to ${other.ref.toString()}, which has ended`
  if (other.extras?.links?.has(cell) === true) return null
  return `links: ${cell.ref.toString()} is linked to ${other.ref.toString()}, but not the other way round`
}

function inWords({ from, watcher }: Monitor): string {
  return `the monitor of ${watcher.ref.toString()} on ${String(from)}`
}
