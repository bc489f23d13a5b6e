// One measurement and its line, `NAME <seconds> <ops> <ns-per-op> <peak-rss-MB> [extra]`: the form in which every
// system's program, ours included, hands its figures to the table.

export interface Measurement {
  readonly name: string
  readonly seconds: number
  readonly operations: number
  /** Nanoseconds an operation; bytes each where memory is measured. */
  readonly perOperation: number
  readonly peakMegabytes: number
  /** `key=value` pairs; every system gives `cpu-ns`, the process's own CPU time an operation. */
  readonly extra: ReadonlyMap<string, string>
}

export function formatLine(measurement: Measurement): string {
  const { name, seconds, operations, perOperation, peakMegabytes, extra } = measurement
  const head = `${name} ${seconds.toFixed(4)} ${operations} ${perOperation.toFixed(1)} ${peakMegabytes.toFixed(1)}`
  return [head, ...[...extra].map(([key, value]) => `${key}=${value}`)].join(" ")
}

/** Returns undefined for a line that is no measurement. Words in `extra` that are no pair are dropped. */
export function parseLine(line: string): Measurement | undefined {
  const [name, seconds, operations, perOperation, peakMegabytes, ...rest] = line.trim().split(/\s+/)
  const numbers = [seconds, operations, perOperation, peakMegabytes].map((word) => Number.parseFloat(word ?? ""))
  if (name === undefined || numbers.some((number) => !Number.isFinite(number))) return undefined
  const extra = new Map<string, string>()
  for (const word of rest) {
    const equals = word.indexOf("=")
    if (equals > 0) extra.set(word.slice(0, equals), word.slice(equals + 1))
  }
  const [wall = 0, count = 0, each = 0, peak = 0] = numbers
  return { name, seconds: wall, operations: count, perOperation: each, peakMegabytes: peak, extra }
}

/** CPU nanoseconds an operation, where the program told them. */
export function cpuPerOperation(measurement: Measurement): number | undefined {
  const cpu = Number.parseFloat(measurement.extra.get("cpu-ns") ?? "")
  return Number.isFinite(cpu) ? cpu : undefined
}
