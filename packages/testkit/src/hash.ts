/** Hashes of traces: the same on every machine and every version of Node. */

/** Mixes a number into a hash (the finaliser of MurmurHash3); 32 bits, may be negative. */
export function mix(hash: number, value: number): number {
  let mixed = Math.imul(hash ^ value, 0x85ebca6b)
  mixed ^= mixed >>> 13
  mixed = Math.imul(mixed, 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) + 0x9e3779b9 | 0
}
