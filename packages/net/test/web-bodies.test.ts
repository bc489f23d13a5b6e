/** Bodies that are web streams: those that are there as a whole go out as one. */
import { fetchHttp, type HttpRequest, reply } from "@vivarium/net"
import { describe, expect, it } from "vitest"
import { eventually, inWorld, rawClient, type RawResponse, serving } from "./fixtures/http-world.ts"

async function answered(handler: (request: HttpRequest) => unknown): Promise<RawResponse & { readonly next: number }> {
  let result: (RawResponse & { next: number }) | undefined
  await inWorld(function* () {
    yield* serving({}, (request) => (request.path === "/next" ? reply(299) : handler(request)), function* (server) {
      const client = yield* rawClient(server)
      const response = yield* client.get("/")
      result = { ...response, next: (yield* client.get("/next")).status }
    })
  })
  return result as NonNullable<typeof result>
}

/** A stream of these chunks, all there from the start. */
const streamOf = (...chunks: string[]): ReadableStream =>
  new ReadableStream({
    start: (controller) => {
      for (const chunk of chunks) controller.enqueue(Buffer.from(chunk))
      controller.close()
    },
  })

describe("the body of a web Response", () => {
  it.each([
    ["text", () => new Response("grün"), "grün", "5"],
    ["no text", () => new Response(""), "", "0"],
    ["bytes", () => new Response(Buffer.from("hi")), "hi", "2"],
    ["JSON", () => Response.json({ a: 1 }), '{"a":1}', "7"],
    ["a stream of one chunk", () => new Response(streamOf("one")), "one", "3"],
    ["an empty stream", () => new Response(streamOf()), "", "0"],
  ])("goes out as a whole, with its length: %s", async (_, make, body, length) => {
    const response = await answered(make)
    expect(response).toMatchObject({ status: 200, body, chunks: 0, next: 299 })
    expect(response.headers.get("content-length")).toBe(length)
    expect(response.headers.get("transfer-encoding")).toBeNull()
  })

  it("goes out chunk by chunk if there are several", async () => {
    expect(await answered(() => new Response(streamOf("one", "two", "three")))).toMatchObject({ body: "onetwothree", chunks: 3, next: 299 })
  })

  it("goes out as the client takes it if it is large", async () => {
    const large = "0123456789".repeat(100_000)
    const response = await answered(() => new Response(large))
    expect(response.headers.get("transfer-encoding")).toBe("chunked")
    expect([response.body === large, response.next]).toEqual([true, 299])
  })

  it("whose end is not known yet does not hold back what is", async () => {
    await inWorld(function* () {
      let end: () => void = () => {}
      const stream = new ReadableStream({
        start: (controller) => {
          controller.enqueue(Buffer.from("now"))
          end = () => controller.close()
        },
      })
      yield* serving({}, () => new Response(stream), function* (server) {
        const response = yield* fetchHttp(server.url)
        expect(String(yield* response.body.read())).toBe("now")
        end()
        expect(yield* response.body.read()).toBeUndefined()
      })
    })
  })

  it("is let go if its head cannot be sent", async () => {
    const cancelled: string[] = []
    const stream = new ReadableStream({ cancel: () => void cancelled.push("cancelled") })
    await inWorld(function* ({ reports }) {
      yield* serving({}, () => reply(200, stream, { "no header": "a" }), function* (server) {
        const client = yield* rawClient(server)
        expect(yield* client.get("/")).toMatchObject({ status: 500 })
        yield* eventually(() => cancelled.length > 0)
        expect(reports).toHaveLength(1)
      })
    })
    expect(cancelled).toEqual(["cancelled"])
  })

  it("that fails breaks the response off, after its head", async () => {
    await inWorld(function* ({ reports }) {
      const stream = new ReadableStream({ start: (controller) => controller.error(new Error("no more nectar")) })
      yield* serving({}, () => new Response(stream), function* (server) {
        const client = yield* rawClient(server)
        yield* client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        expect(yield* client.head()).toMatchObject({ status: 200 })
        expect((yield* client.rest()).text).toBe("")
        expect(reports).toMatchObject([{ error: { message: "no more nectar" } }])
      })
    })
  })
})
