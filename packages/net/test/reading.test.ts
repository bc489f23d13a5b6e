import { tasklet, TimeoutError } from "@vivarium/core"
import { ConnectionError, LimitError } from "@vivarium/net"
import { describe, expect, it } from "vitest"
import { arrived } from "./fixtures/arrived.ts"
import { links } from "./fixtures/links.ts"
import { raised } from "./fixtures/raised.ts"

const text = (bytes: Buffer | undefined): string | undefined => bytes?.toString()

describe.each(links)("reading from $name", ({ talk }) => {
  it("gives bytes as they come, no more than asked for, then the end", async () => {
    await talk(function* (left, right) {
      yield* left.write("nectar")
      yield* right.peek(6)
      expect(text(yield* right.read({ maxBytes: 4 }))).toBe("nect")
      expect(text(yield* right.read())).toBe("ar")
      yield* left.end()
      expect(yield* right.read()).toBeUndefined()
      expect(yield* right.read()).toBeUndefined()
    })
  })

  it("gives exactly so many bytes, whatever they were written in", async () => {
    await talk(function* (left, right) {
      yield* left.write("ab")
      yield* left.write(Buffer.from("cde"))
      yield* left.write(["f", new Uint8Array([103]), "h"])
      expect(text(yield* right.readBytes(3))).toBe("abc")
      expect(text(yield* right.readBytes(0))).toBe("")
      expect(text(yield* right.readBytes(5))).toBe("defgh")
      yield* left.end()
      expect(yield* right.readBytes(3)).toBeUndefined()
    })
  })

  it("gives all up to a delimiter, which may come in parts", async () => {
    await talk(function* (left, right) {
      const reader = tasklet(function* () {
        return [text(yield* right.readUntil("\r\n\r\n")), text(yield* right.readUntil(Buffer.from("--")))]
      })
      yield* left.write("head\r\n")
      yield* arrived(right, 6)
      yield* left.write("\r")
      yield* arrived(right, 7)
      yield* left.write("\nbody--")
      expect(yield* reader).toEqual(["head\r\n\r\n", "body--"])
      yield* left.end()
      expect(yield* right.readUntil("--")).toBeUndefined()
    })
  })

  it("gives lines without their ends, which are \\n or \\r\\n, and a last line that has none", async () => {
    await talk(function* (left, right) {
      yield* left.write("one\ntwo\r\n\r\n\nthr\ree\n\r\r\nlästʰ")
      yield* left.end()
      const lines: (string | undefined)[] = []
      for (let count = 0; count < 9; count++) lines.push(yield* right.readLine())
      expect(lines).toEqual(["one", "two", "", "", "thr\ree", "\r", "lästʰ", undefined, undefined])
    })
  })

  it("puts a letter together that comes in two parts", async () => {
    await talk(function* (left, right) {
      const [first, second] = [...Buffer.from("é")].map((byte) => Buffer.from([byte])) as [Buffer, Buffer]
      yield* left.write(first)
      yield* right.peek(1)
      yield* left.write([second, "\n"])
      expect(yield* right.readLine()).toBe("é")
    })
  })

  it("shows the next bytes, which stay", async () => {
    await talk(function* (left, right) {
      yield* left.write("abc")
      expect(text(yield* right.peek(3))).toBe("abc")
      expect(text(yield* right.peek())).toBe("abc")
      expect(text(yield* right.peek(2))).toBe("ab")
      expect(text(yield* right.peek(0))).toBe("")
      expect(right.statistics().unread).toBe(3)
      yield* left.write("de")
      yield* left.end()
      expect(text(yield* right.peek(9))).toBe("abcde")
      expect(text(yield* right.readBytes(5))).toBe("abcde")
      expect(yield* right.peek()).toBeUndefined()
      expect(yield* right.peek(2)).toBeUndefined()
    })
  })

  it("shows no bytes where none are asked for, even if there are none", async () => {
    await talk(function* (_left, right) {
      expect(text(yield* right.peek(0))).toBe("")
    })
  })

  it.each(["readBytes", "readUntil"] as const)("says what came if the peer ends in the middle of %s", async (name) => {
    await talk(function* (left, right) {
      yield* left.write("nec")
      yield* left.end()
      const error = (yield* raised(name === "readBytes" ? right.readBytes(6) : right.readUntil("!"))) as ConnectionError
      expect(error).toBeInstanceOf(ConnectionError)
      expect(error.code).toBe("unexpected_end")
      expect(error.peer).toBe(right.peer)
      expect(error.message).toContain(right.peer)
      expect(error.message).toContain("after 3 bytes")
      expect(Buffer.from(error.partial as Uint8Array).toString()).toBe("nec")
      expect(yield* right.read()).toBeUndefined()
    })
  })

  it("knows a line that is just short enough from one that is too long, and leaves what is too long", async () => {
    await talk(function* (left, right) {
      yield* left.write("12345\n12345\r\n123456\n")
      expect(yield* right.readLine({ maxBytes: 5 })).toBe("12345")
      expect(yield* right.readLine({ maxBytes: 5 })).toBe("12345")
      const error = (yield* raised(right.readLine({ maxBytes: 5 }))) as LimitError
      expect(error).toBeInstanceOf(LimitError)
      expect([error.code, error.maxBytes]).toEqual(["line_too_long", 5])
      expect(error.message).toContain(right.peer)
      expect(yield* right.readLine()).toBe("123456")
    })
  })

  it("does not wait for more of a line that is too long already", async () => {
    await talk(function* (left, right) {
      yield* left.write("123456")
      expect(yield* raised(right.readLine({ maxBytes: 5 }))).toMatchObject({ code: "line_too_long" })
      expect(yield* raised(right.readLine({ maxBytes: 5 }))).toMatchObject({ code: "line_too_long" })
    })
  })

  it("waits if what is one too many may be the return before a newline", async () => {
    await talk(function* (left, right) {
      yield* left.write("12345\r")
      yield* right.peek(6)
      const line = tasklet(() => right.readLine({ maxBytes: 5 }))
      yield* left.write("\n")
      expect(yield* line).toBe("12345")
    })
  })

  it("holds a last line without an end to the same limit", async () => {
    await talk(function* (left, right) {
      yield* left.write("12345")
      yield* left.end()
      yield* right.peek(6)
      expect(yield* raised(right.readLine({ maxBytes: 4 }))).toMatchObject({ code: "line_too_long" })
      expect(yield* right.readLine({ maxBytes: 5 })).toBe("12345")
    })
  })

  it("takes a return at the very end for a part of the line", async () => {
    await talk(function* (left, right) {
      yield* left.write("1234\r")
      yield* left.end()
      yield* right.peek(6)
      expect(yield* raised(right.readLine({ maxBytes: 4 }))).toMatchObject({ code: "line_too_long" })
      expect(yield* right.readLine({ maxBytes: 5 })).toBe("1234\r")
    })
  })

  it("limits what stands before a delimiter", async () => {
    await talk(function* (left, right) {
      yield* left.write("12345--123456--")
      expect(text(yield* right.readUntil("--", { maxBytes: 5 }))).toBe("12345--")
      expect(yield* raised(right.readUntil("--", { maxBytes: 5 }))).toMatchObject({ code: "line_too_long", maxBytes: 5 })
      expect(text(yield* right.readUntil("--", { maxBytes: 6 }))).toBe("123456--")
      yield* left.write("1234567")
      expect(yield* raised(right.readUntil("--", { maxBytes: 5 }))).toMatchObject({ code: "line_too_long" })
    })
  })

  it("limits lines to 64 KiB by default", async () => {
    await talk(function* (left, right) {
      tasklet(() => left.write(`${"x".repeat(65_536)}\n${"y".repeat(65_538)}`))
      expect((yield* right.readLine())?.length).toBe(65_536)
      expect(yield* raised(right.readLine())).toMatchObject({ code: "line_too_long", maxBytes: 65_536 })
    })
  })

  it("calls back with each line, and counts them", async () => {
    await talk(function* (left, right) {
      yield* left.write("a\nb\nc")
      yield* left.end()
      const seen: string[] = []
      expect(yield* right.lines().each((line) => void seen.push(line))).toBe(3)
      expect(seen).toEqual(["a", "b", "c"])
    })
  })

  it("gives lines to for await in async code, and leaves the rest to others after a break", async () => {
    await talk(function* (left, right) {
      yield* left.write("a\nb\nc\nd\n")
      yield* left.end()
      const seen: string[] = []
      yield* tasklet(async () => {
        for await (const line of right.lines()) {
          seen.push(line)
          if (line === "b") break
        }
        seen.push(String(await right.readLine()))
        for await (const line of right.lines()) seen.push(line)
      })
      expect(seen).toEqual(["a", "b", "c", "d"])
    })
  })

  it("says which read has waited too long, and for whom", async () => {
    await talk(function* (_left, right) {
      for (const [operation, what] of [
        [right.read({ timeoutMs: 3 }), "read()"],
        [right.readBytes(4, { timeoutMs: 3 }), "readBytes(4)"],
        [right.readUntil("x", { timeoutMs: 3 }), "readUntil()"],
        [right.readLine({ timeoutMs: 3 }), "readLine()"],
        [right.peek(2, { timeoutMs: 3 }), "peek(2)"],
      ] as const) {
        const error = (yield* raised(operation)) as TimeoutError
        expect(error).toBeInstanceOf(TimeoutError)
        expect(error.message).toContain("3 ms")
        expect(error.message).toContain(`${what} from ${right.peer}`)
      }
    })
  })

  it("counts what came in, what of it is unread, and what went out", async () => {
    await talk(function* (left, right) {
      yield* left.write("nectar\n")
      yield* right.peek(7)
      expect(right.statistics()).toEqual({ bytesRead: 7, bytesWritten: 0, unread: 7, unsent: 0 })
      yield* right.readBytes(3)
      expect(right.statistics()).toMatchObject({ bytesRead: 7, unread: 4 })
      yield* left.flush()
      expect(left.statistics()).toEqual({ bytesRead: 0, bytesWritten: 7, unread: 0, unsent: 0 })
      expect([right.bytesRead, left.bytesWritten]).toEqual([7, 7])
    })
  })
})
