import { expect, test } from "vitest";
import { type Dot, sparkPaths } from "./sparkline";

const NOW = 1_000_000;
const dots = (...values: [ago: number, value: number | undefined][]): Dot[] =>
  values.map(([ago, value]) => ({ at: NOW - ago * 1000, value }));
const lines = (list: Dot[]) => sparkPaths(list, NOW, 300, 10).map(({ line }) => line);

test("the newest reading stands at the right rim, the highest at the top", () => {
  expect(lines(dots([4, 0], [2, 10], [0, 5]))).toEqual(["M280.0 41.0 L290.0 3.0 L300.0 22.0"]);
});

test("it tells of a minute at first, and of five at most", () => {
  expect(lines(dots([60, 0], [58, 0]))).toEqual(["M0.0 41.0 L10.0 41.0"]);
  expect(lines(dots([120, 0], [118, 0]))).toEqual(["M0.0 41.0 L5.0 41.0"]);
  expect(lines(dots([300, 0], [298, 0]))).toEqual(["M0.0 41.0 L2.0 41.0"]);
});

test("where nobody looked the line is broken", () => {
  expect(lines(dots([100, 1], [98, 1], [50, 1], [48, 1]))).toHaveLength(2);
  expect(lines(dots([6, 1], [4, undefined], [2, 1]))).toHaveLength(1);
});

test("a single reading is seen, too, and of none nothing is drawn", () => {
  expect(lines(dots([0, 0]))).toEqual(["M300.0 41.0 h0.1"]);
  expect(lines(dots([0, undefined]))).toEqual([]);
});

test("nothing but zeros is a line at the foot", () => {
  expect(sparkPaths(dots([2, 0], [0, 0]), NOW, 300, 0)[0]?.line).toBe("M290.0 41.0 L300.0 41.0");
});
