/** Standard output: lines are gathered, written in large pieces, and waited for, so that a slow reader loses nothing. */
export class Output {
  private readonly stream: NodeJS.WritableStream
  private pending: string[] = []
  /** Whether the reader has gone, as `head` does: what is printed now, nobody will see. */
  closed = false

  constructor(stream: NodeJS.WritableStream) {
    this.stream = stream
    // A failed write is told to the flush that made it. Without a listener it would end the process as well.
    stream.on("error", () => {})
  }

  print(line: string): void {
    this.pending.push(line)
  }

  /** Writes what has been printed; ends when the stream has taken it over. A reader that has gone is no error. */
  flush(): Promise<void> {
    if (this.pending.length === 0 || this.closed) return Promise.resolve()
    const text = `${this.pending.join("\n")}\n`
    this.pending = []
    return new Promise((resolve, reject) => {
      this.stream.write(text, (error) => {
        this.closed = error != null && "code" in error && error.code === "EPIPE"
        if (error == null || this.closed) resolve()
        else reject(error)
      })
    })
  }
}

/** Lets the host handle what has come in: signals, for one. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
