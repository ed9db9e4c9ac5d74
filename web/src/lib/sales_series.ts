// How the sale of an event went, out of its bookings: seats per interval, and what that came to.
import type { Booking } from "@/api/client";
import { midnight } from "./zoned";

export type Interval = {
  from: number;
  to: number;
  sold: number; // seats confirmed
  returned: number; // seats of confirmed bookings that were cancelled
  total: number; // sold, at the interval's end
};
export type Step = { unit: "second" | "minute" | "hour" | "day"; count: number };
export type Series = { intervals: Interval[]; step: Step; before: number };

const MINUTE_MS = 60_000;
const UNIT_MS = { second: 1000, minute: MINUTE_MS, hour: 60 * MINUTE_MS, day: 24 * 60 * MINUTE_MS };
const INTERVALS_MAX = 48;
const INTERVALS_MIN = 12; // of a sale that has just begun, with nothing in the first ones

const steps: Step[] = [
  { unit: "second", count: 10 },
  { unit: "minute", count: 1 },
  { unit: "minute", count: 5 },
  { unit: "minute", count: 15 },
  { unit: "hour", count: 1 },
  { unit: "hour", count: 3 },
  { unit: "hour", count: 6 },
  { unit: "day", count: 1 },
  { unit: "day", count: 7 },
  { unit: "day", count: 28 },
];

type Change = { at: number; seats: number };

// When its seats were sold, and when they came back.
function changesOf(booking: Booking): Change[] {
  const changes: Change[] = [];
  let isSold = false;
  for (const { state, time } of booking.history ?? []) {
    const isNow = state === "BOOKING_STATE_CONFIRMED";
    if (isNow !== isSold && time) changes.push({ at: Date.parse(time), seats: isNow ? booking.seats : -booking.seats });
    isSold = isNow;
  }
  return changes;
}

const lengthOf = (step: Step): number => UNIT_MS[step.unit] * step.count;

export function stepFor(lengthMs: number): Step {
  const fits = steps.find((step) => lengthMs / lengthOf(step) <= INTERVALS_MAX - 2);
  return fits ?? { unit: "day", count: Math.ceil(lengthMs / UNIT_MS.day / (INTERVALS_MAX - 2)) };
}

// Days begin at the venue's midnight, shorter intervals at round minutes.
function bordersOf(first: number, last: number, step: Step, timeZone: string): number[] {
  const borders: number[] = [];
  if (step.unit === "day")
    for (let day = 0; (borders.at(-1) ?? 0) <= last; day += step.count) borders.push(midnight(first, timeZone, day));
  else {
    // Zones are whole quarters of an hour from UTC; within a day it does not matter where steps of hours begin.
    const length = lengthOf(step);
    const begin = Math.floor(first / length) * length;
    for (let at = begin; (borders.at(-1) ?? 0) <= last; at += length) borders.push(at);
  }
  return borders;
}

// `soldNow`: seats sold by the server's count. With `isWhole` false the oldest bookings are missing here; what they came
// to is the difference, and stands at the beginning.
export function salesSeries(
  bookings: Booking[],
  { now, timeZone, soldNow, isWhole }: { now: number; timeZone: string; soldNow: number; isWhole: boolean },
): Series | undefined {
  const changes = bookings.flatMap(changesOf).sort((a, b) => a.at - b.at);
  const first = changes[0];
  if (!first) return undefined;
  const last = Math.max(now, changes.at(-1)?.at ?? now);
  const step = stepFor(last - first.at);
  const borders = bordersOf(Math.min(first.at, last - INTERVALS_MIN * lengthOf(step)), last, step, timeZone);
  const net = changes.reduce((sum, change) => sum + change.seats, 0);
  const before = isWhole ? 0 : Math.max(0, soldNow - net);
  let total = before;
  let next = 0;
  const intervals = borders.slice(0, -1).map((from, i) => {
    const to = borders[i + 1] ?? last;
    const interval = { from, to, sold: 0, returned: 0, total };
    for (let change = changes[next]; change && change.at < to; change = changes[++next]) {
      if (change.seats > 0) interval.sold += change.seats;
      else interval.returned -= change.seats;
      total += change.seats;
    }
    interval.total = total;
    return interval;
  });
  return { intervals, step, before };
}

// A round number that is not below it, for the end of an axis.
export function niceMax(value: number): number {
  if (value <= 4) return 4;
  const power = 10 ** Math.floor(Math.log10(value));
  const factor = [1, 2, 4, 5, 8, 10].find((one) => one * power >= value && Number.isInteger((one * power) / 4)) ?? 10;
  return factor * power;
}
