import { beforeEach, expect, test } from "vitest";
import { type Attempts, type Desk, holdSeats, parseAttempts } from "./attempt";
import type { Booking } from "./client";

// A booking service of a few lines: the same key gives the same booking, as the real one promises.
let attempts: Attempts;
let bookings: Map<string, Booking>;
let byKey: Map<string, string>;
let lost: number; // answers that do not arrive
let keys: number;

const copy = (id: string): Booking => {
  const booking = bookings.get(id);
  if (!booking) throw new Error("refused");
  return { ...booking };
};
const change = (id: string, state: Booking["state"]) => bookings.set(id, { ...copy(id), state });

const desk: Desk = {
  load: () => attempts,
  save: (next) => {
    attempts = parseAttempts(JSON.parse(JSON.stringify(next)));
  },
  newKey: () => `key-${++keys}`,
  create: async (eventId, { key, userId, seats }) => {
    if (seats > 20) throw new Error("refused");
    const id = byKey.get(key) ?? `booking-${bookings.size + 1}`;
    if (!byKey.has(key)) {
      byKey.set(key, id);
      bookings.set(id, { id, eventId, userId, seats, state: "BOOKING_STATE_HELD", extended: false, history: [] });
    }
    if (lost-- > 0) throw new Error("lost");
    return copy(id);
  },
  get: async (id) => copy(id),
  cancel: async (id) => {
    change(id, "BOOKING_STATE_CANCELLED");
    return copy(id);
  },
  isRefusal: (error) => (error as Error).message === "refused",
};

const hold = (seats: number, userId = "ada") => holdSeats(desk, "event", userId, seats);
const held = () => [...bookings.values()].filter((booking) => booking.state === "BOOKING_STATE_HELD");

beforeEach(() => {
  attempts = {};
  bookings = new Map();
  byKey = new Map();
  lost = 0;
  keys = 0;
});

test("a second click, a reload or another tab gets the same hold", async () => {
  const first = await hold(2);
  expect((await hold(2)).id).toBe(first.id);
  expect((await hold(5)).id).toBe(first.id); // an open hold is shown, not doubled
  expect(bookings.size).toBe(1);
});

test("an answer that was lost is asked for again, with the key of then", async () => {
  lost = 1;
  await expect(hold(2)).rejects.toThrow("lost");
  const booking = await hold(2);
  expect(bookings.size).toBe(1);
  expect(booking.id).toBe("booking-1");
});

test("who wants other seats after a lost answer does not keep the first ones", async () => {
  lost = 1;
  await expect(hold(2)).rejects.toThrow("lost");
  expect((await hold(4)).seats).toBe(4);
  expect(held().map((booking) => booking.seats)).toEqual([4]);
});

test("a hold that has ended makes room for another", async () => {
  for (const state of ["BOOKING_STATE_EXPIRED", "BOOKING_STATE_CANCELLED", "BOOKING_STATE_CONFIRMED"] as const) {
    const before = await hold(2);
    change(before.id, state);
    expect((await hold(2)).id).not.toBe(before.id);
    change(held()[0]?.id ?? "", "BOOKING_STATE_EXPIRED");
  }
});

test("a refusal leaves no key behind", async () => {
  await expect(hold(21)).rejects.toThrow("refused");
  expect(attempts).toEqual({});
});

test("somebody else on this browser has attempts of their own", async () => {
  const first = await hold(2);
  expect((await hold(2, "grace")).id).not.toBe(first.id);
});

test("what is kept wrongly is left out", () => {
  expect(parseAttempts({ a: { key: "k", userId: "u", seats: 2 }, b: { key: 7 }, c: null })).toEqual({
    a: { key: "k", userId: "u", seats: 2, bookingId: "" },
  });
  expect(parseAttempts("nonsense")).toEqual({});
});
