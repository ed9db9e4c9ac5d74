// The path of a small chart of the last minutes.
import { KEPT_MS } from "./system_history";

export const SPARK_HEIGHT = 44;
const PAD = 3;
// A view that has just begun is not a stroke at the rim.
const LENGTH_MIN_MS = 60_000;
// Readings further apart than this are not joined: nobody looked in between.
const GAP_MS = 8000;

export type Dot = { at: number; value: number | undefined };

// One path per run of readings without a gap.
export function sparkPaths(dots: Dot[], now: number, width: number, most: number): { line: string; area: string }[] {
  const length = Math.min(KEPT_MS, Math.max(LENGTH_MIN_MS, now - (dots[0]?.at ?? now)));
  const x = (at: number) => Math.max(0, width * (1 - (now - at) / length));
  const y = (value: number) => SPARK_HEIGHT - PAD - (SPARK_HEIGHT - 2 * PAD) * (most > 0 ? value / most : 0);
  const runs: { at: number; value: number }[][] = [];
  for (const { at, value } of dots) {
    if (value === undefined) continue;
    const run = runs.at(-1);
    const before = run?.at(-1);
    if (run && before && at - before.at <= GAP_MS) run.push({ at, value });
    else runs.push([{ at, value }]);
  }
  return runs.map((run) => {
    const points = run.map(({ at, value }) => `${x(at).toFixed(1)} ${y(value).toFixed(1)}`);
    const [first, last] = [run[0]?.at ?? 0, run.at(-1)?.at ?? 0];
    const line = points.length > 1 ? `M${points.join(" L")}` : `M${points[0]} h0.1`;
    return { line, area: `${line} L${x(last).toFixed(1)} ${SPARK_HEIGHT} L${x(first).toFixed(1)} ${SPARK_HEIGHT} Z` };
  });
}
