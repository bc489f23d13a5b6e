/** @internal An error on its way through a channel. */
export class Parcel {
  readonly error: unknown

  constructor(error: unknown) {
    this.error = error
  }
}
