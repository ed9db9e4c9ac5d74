// How long things took, as servers count it: per bucket how many took at most that many seconds, and more than the bound
// before. One count more than bounds: what took longer than all of them.
export type Histogram = { bounds: readonly number[]; counts: readonly number[] };

export const EMPTY: Histogram = { bounds: [], counts: [] };

const isSameShape = (a: Histogram, b: Histogram): boolean =>
  a.counts.length === b.counts.length && a.bounds.every((bound, i) => bound === b.bounds[i]);

export const total = ({ counts }: Histogram): number => counts.reduce((sum, count) => sum + count, 0);

export function plus(a: Histogram, b: Histogram): Histogram {
  if (a.counts.length === 0) return b;
  if (!isSameShape(a, b)) return a;
  return { bounds: a.bounds, counts: a.counts.map((count, i) => count + (b.counts[i] ?? 0)) };
}

// What came between two readings of the same counters.
export function minus(newer: Histogram, older: Histogram): Histogram {
  if (older.counts.length === 0) return newer;
  if (!isSameShape(newer, older)) return EMPTY;
  return { bounds: newer.bounds, counts: newer.counts.map((count, i) => Math.max(0, count - (older.counts[i] ?? 0))) };
}

// isMore: at least that long; how much longer is not counted.
export type Quantile = { seconds: number; isMore: boolean };

// Where the share q of them ends; within a bucket they are taken to lie evenly. Undefined of nothing.
export function quantile(histogram: Histogram, q: number): Quantile | undefined {
  const { bounds, counts } = histogram;
  const rank = q * total(histogram);
  if (rank <= 0) return undefined;
  let below = 0;
  for (const [i, count] of counts.entries()) {
    const to = bounds[i];
    if (to === undefined) break;
    if (below + count >= rank) {
      const from = bounds[i - 1] ?? 0;
      return { seconds: from + (to - from) * ((rank - below) / count), isMore: false };
    }
    below += count;
  }
  return { seconds: bounds.at(-1) ?? 0, isMore: true };
}
