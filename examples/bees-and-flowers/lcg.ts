/** The generator that the article's world chooses flowers with: the same seed gives the same flights everywhere. */
export class Lcg {
  private seed: number

  constructor(seed: number) {
    this.seed = seed
  }

  /**
   * Chooses an index below `count`: `seed = (seed * 1103515245 + 12345) mod 2^31`, then `(seed >> 16) mod count`. Only the
   * lowest 31 bits of a seed matter, and `Math.imul` gives the lowest 32 bits of the product exactly, whatever its size.
   */
  index(count: number): number {
    this.seed = (Math.imul(this.seed, 1_103_515_245) + 12_345) & 0x7fff_ffff
    return (this.seed >>> 16) % count
  }
}
