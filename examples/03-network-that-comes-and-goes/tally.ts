/** Checks numbers that should come one after the other, from 1. */
export class Tally {
  last = 0
  received = 0
  skipped = 0
  repeated = 0

  take(number: number): void {
    this.received += 1
    if (number <= this.last) this.repeated += 1
    else {
      this.skipped += number - this.last - 1
      this.last = number
    }
  }

  /** A new session counts from 1 again. */
  restart(): void {
    this.last = 0
  }
}
