/** Hashes of traces: the same on every machine and every version of Node. */

/** Mixes a number into a hash (the finaliser of MurmurHash3); 32 bits, may be negative. */
export function mix(hash: number, value: number): number {
  let mixed = Math.imul(hash ^ value, 0x85ebca6b)
  mixed ^= mixed >>> 13
  mixed = Math.imul(mixed, 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) + 0x9e3779b9 | 0
}

const float = new Float64Array(1)
const halves = new Int32Array(float.buffer)

/** Mixes any number into a hash, fractions included: a time. */
export function mixNumber(hash: number, value: number): number {
  float[0] = value
  return mix(mix(hash, halves[0] as number), halves[1] as number)
}

/** Mixes a text into a hash. */
export function mixText(hash: number, text: string): number {
  let mixed = hash
  for (let index = 0; index < text.length; index++) mixed = mix(mixed, text.charCodeAt(index))
  return mixed
}
