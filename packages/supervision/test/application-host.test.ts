/** The program around an application, as it really is: what is left of it when applications have ended. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { theHost } from "../src/application-host.ts"
import { LAST_RESORT_MS } from "../src/limits.ts"

const exits: unknown[] = []

beforeEach(() => {
  vi.useFakeTimers()
  vi.spyOn(process, "exit").mockImplementation(((code: number) => void exits.push(code)) as never)
})

afterEach(() => {
  exits.length = 0
  vi.restoreAllMocks()
  vi.useRealTimers()
})

describe("a program", () => {
  it("that is held past the deadline is ended, after a moment in which it could have ended by itself", () => {
    theHost.hold()()
    theHost.exitSoon(4)
    vi.advanceTimersByTime(LAST_RESORT_MS - 1)
    expect(exits).toEqual([])
    vi.advanceTimersByTime(1)
    expect(exits).toEqual([4])
  })

  it("is not ended while another application of it serves, or shuts down in its own time", () => {
    const release = theHost.hold()
    theHost.exitSoon(4)
    vi.advanceTimersByTime(20 * LAST_RESORT_MS)
    expect(exits).toEqual([])
    release()
    vi.advanceTimersByTime(LAST_RESORT_MS)
    expect(exits).toEqual([4])
    expect(vi.getTimerCount()).toBe(0)
  })
})
