import { expect, test } from "vitest";
import type { Booking } from "@/api/client";
import { niceMax, salesSeries, stepFor } from "./sales_series";

type State = Booking["state"];
const at = (minutes: number) => new Date(Date.UTC(2026, 10, 20, 12, minutes)).toISOString();

function booking(seats: number, ...history: [State, number][]): Booking {
  const states = history.map(([state, minutes]) => ({ state, time: at(minutes), reason: "" }));
  const state = states.at(-1)?.state ?? "BOOKING_STATE_UNSPECIFIED";
  return { id: `${seats}-${history}`, eventId: "e", userId: "u", seats, state, extended: false, history: states };
}
const HELD = "BOOKING_STATE_HELD";
const CONFIRMED = "BOOKING_STATE_CONFIRMED";
const CANCELLED = "BOOKING_STATE_CANCELLED";
const EXPIRED = "BOOKING_STATE_EXPIRED";

const series = (bookings: Booking[], now: number, more = {}) =>
  salesSeries(bookings, { now: Date.parse(at(now)), timeZone: "Europe/Berlin", soldNow: 0, isWhole: true, ...more });

test("seats count from when they are confirmed, not from when they are held", () => {
  const made = series([booking(3, [HELD, 0], [CONFIRMED, 5]), booking(2, [CONFIRMED, 1])], 15);
  expect(made?.step).toEqual({ unit: "minute", count: 1 });
  expect(made?.intervals.map(({ sold }) => sold)).toEqual([2, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  expect(made?.intervals.map(({ total }) => total)).toEqual([2, 2, 2, 2, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5]);
});

test("holds that end were never sold", () => {
  expect(series([booking(3, [HELD, 0], [EXPIRED, 5]), booking(2, [HELD, 1], [CANCELLED, 2])], 10)).toBeUndefined();
});

test("what is cancelled comes back, once", () => {
  const made = series([booking(4, [HELD, 0], [HELD, 1], [CONFIRMED, 2], [CONFIRMED, 3], [CANCELLED, 4])], 5);
  const busy = made?.intervals.filter(({ sold, returned }) => sold || returned);
  expect(busy?.map(({ sold, returned, total }) => [sold, returned, total])).toEqual([
    [4, 0, 4],
    [0, 4, 0],
  ]);
  expect(made?.intervals.at(-1)?.total).toBe(0);
});

test("a sale that has just begun is not a single wide bar", () => {
  const made = series([booking(4, [CONFIRMED, 0])], 1);
  expect(made?.step).toEqual({ unit: "second", count: 10 });
  expect(made?.intervals.length).toBeGreaterThanOrEqual(12);
  expect(made?.intervals[0]).toMatchObject({ sold: 0, total: 0 });
  expect(made?.intervals.at(-1)?.total).toBe(4);
});

test("nothing is counted twice or lost, whatever the interval", () => {
  for (const minutes of [1, 30, 200, 3_000, 40_000, 500_000, 5_000_000]) {
    const bookings = Array.from({ length: 50 }, (_, i) => booking(1 + (i % 5), [CONFIRMED, (i * minutes) / 50]));
    const made = series(bookings, minutes);
    const sold = bookings.reduce((sum, one) => sum + one.seats, 0);
    expect(
      made?.intervals.reduce((sum, one) => sum + one.sold, 0),
      `${minutes}`,
    ).toBe(sold);
    expect(made?.intervals.at(-1)?.total).toBe(sold);
    expect(made?.intervals.length).toBeLessThanOrEqual(48);
    made?.intervals.forEach((one, i) => {
      expect(one.from).toBe(made.intervals[i - 1]?.to ?? one.from);
    });
  }
});

test("days are those of the venue", () => {
  const week = 7 * 24 * 60;
  const made = series([booking(1, [CONFIRMED, 0]), booking(1, [CONFIRMED, 2 * week])], 2 * week);
  expect(made?.step).toEqual({ unit: "day", count: 1 });
  expect(new Date(made?.intervals[0]?.from ?? 0).toISOString()).toBe("2026-11-19T23:00:00.000Z");
});

test("what the oldest bookings came to stands at the beginning when they are missing", () => {
  const made = series([booking(2, [CONFIRMED, 1])], 2, { isWhole: false, soldNow: 12 });
  expect(made?.before).toBe(10);
  expect([made?.intervals[0]?.total, made?.intervals.at(-1)?.total]).toEqual([10, 12]);
});

test("an interval fits the length", () => {
  const hour = 3_600_000;
  expect(stepFor(hour / 20)).toEqual({ unit: "second", count: 10 });
  expect(stepFor(hour / 2)).toEqual({ unit: "minute", count: 1 });
  expect(stepFor(40 * hour)).toEqual({ unit: "hour", count: 1 });
  expect(stepFor(30 * 24 * hour)).toEqual({ unit: "day", count: 1 });
});

test("an axis ends at a round number that four steps lead to", () => {
  for (const value of [0, 3, 5, 7, 19, 41, 99, 101, 260, 2100, 999_999]) {
    const most = niceMax(value);
    expect(most, `${value}`).toBeGreaterThanOrEqual(value);
    expect(most / 4, `${value}`).toBe(Math.round(most / 4));
  }
  expect([niceMax(3), niceMax(7), niceMax(130), niceMax(2100)]).toEqual([4, 8, 200, 4000]);
});
