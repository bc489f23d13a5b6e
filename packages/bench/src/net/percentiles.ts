// Latencies of requests, in microseconds.

export interface Percentiles {
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly max: number
}

/** By nearest rank: each figure is the latency of a request that was made. Sorts what it is given. */
export function percentilesOf(latencies: Float64Array): Percentiles {
  latencies.sort()
  const at = (share: number): number => latencies[Math.max(0, Math.ceil(share * latencies.length) - 1)] ?? 0
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) }
}
