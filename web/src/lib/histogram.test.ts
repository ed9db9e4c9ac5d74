import { expect, test } from "vitest";
import { EMPTY, type Histogram, minus, plus, quantile, total } from "./histogram";

const bounds = [0.001, 0.01, 0.1];
const histogram = (...counts: number[]): Histogram => ({ bounds, counts });

test("a quantile lies within its bucket, as far in as its rank", () => {
  expect(quantile(histogram(100, 0, 0, 0), 0.5)).toEqual({ seconds: 0.0005, isMore: false });
  expect(quantile(histogram(50, 50, 0, 0), 0.5)?.seconds).toBeCloseTo(0.001);
  expect(quantile(histogram(50, 50, 0, 0), 0.99)?.seconds).toBeCloseTo(0.001 + 0.009 * 0.98);
  expect(quantile(histogram(0, 0, 1, 0), 0.5)?.seconds).toBeCloseTo(0.055);
});

test("what took longer than the last bound is told as more than that", () => {
  expect(quantile(histogram(1, 0, 0, 9), 0.5)).toEqual({ seconds: 0.1, isMore: true });
});

test("nothing has no quantile", () => {
  expect(quantile(histogram(0, 0, 0, 0), 0.99)).toBeUndefined();
  expect(quantile(EMPTY, 0.5)).toBeUndefined();
});

test("the difference of two readings is what came between them", () => {
  expect(minus(histogram(5, 4, 3, 2), histogram(1, 4, 0, 2))).toEqual(histogram(4, 0, 3, 0));
  expect(minus(histogram(5, 0, 0, 0), EMPTY)).toEqual(histogram(5, 0, 0, 0));
});

test("readings that do not belong together have no difference", () => {
  expect(total(minus(histogram(5, 4, 3, 2), { bounds: [1, 2, 3], counts: [0, 0, 0, 0] }))).toBe(0);
  expect(total(minus(histogram(0, 1, 0, 0), histogram(5, 0, 0, 0)))).toBe(1);
});

test("histograms of the same buckets add up", () => {
  expect(plus(histogram(1, 2, 3, 4), histogram(1, 0, 0, 1))).toEqual(histogram(2, 2, 3, 5));
  expect(plus(EMPTY, histogram(1, 0, 0, 1))).toEqual(histogram(1, 0, 0, 1));
});
