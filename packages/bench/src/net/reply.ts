// As much of HTTP as the client of the bench needs: where a reply ends.

/** What came is no reply that a server of the bench may give. */
export class ReplyError extends Error {
  constructor(reason: string, text: string) {
    super(`${reason}: ${JSON.stringify(text.slice(0, 200))}`)
    this.name = "ReplyError"
  }
}

/** No server of the bench sends longer heads. */
const longestHead = 4_096

/** The length of the reply that the text (latin1) begins with; undefined as long as that is not to be seen. */
export function replyLength(text: string): number | undefined {
  const headEnd = text.indexOf("\r\n\r\n")
  if (headEnd < 0) {
    if (text.length > longestHead) throw new ReplyError("head without an end", text)
    return undefined
  }
  if (!text.startsWith("HTTP/1.1 200 ")) throw new ReplyError("not a 200", text)
  const head = text.slice(0, headEnd + 2)
  const length = /\r\ncontent-length: *(\d+)\r\n/i.exec(head)?.[1]
  if (length !== undefined) return headEnd + 4 + Number(length)
  if (!/\r\ntransfer-encoding: *chunked\r\n/i.test(head)) throw new ReplyError("neither content-length nor chunks", text)
  return chunksEnd(text, headEnd + 4)
}

/** Where the last of the chunks ends that begin at `from`; undefined if it is not there yet. */
function chunksEnd(text: string, from: number): number | undefined {
  let at = from
  for (;;) {
    const lineEnd = text.indexOf("\r\n", at)
    if (lineEnd < 0) return undefined
    const size = text.slice(at, lineEnd)
    if (!/^[\da-f]+$/i.test(size)) throw new ReplyError("no size of a chunk", text.slice(at))
    const bytes = Number.parseInt(size, 16)
    at = lineEnd + 2 + bytes + 2
    if (bytes === 0) return at
  }
}
