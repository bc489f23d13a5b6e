/** A bed of flowers, as the bees ask for it. */
service Flowers {
  /** How much nectar a flower has. */
  i32 nectar(1: string flower)
}
