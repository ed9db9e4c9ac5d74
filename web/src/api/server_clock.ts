// Holds end by the server's clock, and this machine's may be wrong. Each answer has the server's second in its Date
// header, and was written between the request and the answer: so it bounds how far the clocks are apart. The bounds of
// several answers overlap ever more narrowly.

const SECOND_MS = 1000;

export class ServerClock {
  private low = Number.NEGATIVE_INFINITY;
  private high = Number.POSITIVE_INFINITY;

  learn(date: string | null, askedAt: number, answeredAt: number): void {
    const second = date ? Date.parse(date) : Number.NaN;
    if (Number.isNaN(second) || answeredAt < askedAt) return;
    const low = second - answeredAt;
    const high = second + SECOND_MS - askedAt;
    const isContradiction = low > this.high || high < this.low; // one of the clocks was set
    this.low = isContradiction ? low : Math.max(this.low, low);
    this.high = isContradiction ? high : Math.min(this.high, high);
  }

  // What to add to this machine's time.
  get offset(): number {
    return Number.isFinite(this.low) ? (this.low + this.high) / 2 : 0;
  }

  now(): number {
    return Date.now() + this.offset;
  }

  // The latest that it can be there: who counts down by it is never promised more time than there is.
  latest(): number {
    return Date.now() + (Number.isFinite(this.high) ? this.high : 0);
  }
}

export const serverClock = new ServerClock();
