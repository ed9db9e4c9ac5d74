import { expect, test } from "vitest";
import { needsRoom, parseHeld } from "./held";

const hold = { bookingId: "b1", until: "2026-11-27T10:00:00Z" };
const before = Date.parse("2026-11-27T09:59:00Z");

test("room is kept for a hold until it ends, but not on its own page", () => {
  expect(needsRoom(hold, "/", before)).toBe(true);
  expect(needsRoom(hold, "/bookings/b1", before)).toBe(false);
  expect(needsRoom(hold, "/bookings/b2", before)).toBe(true);
  expect(needsRoom(hold, "/", Date.parse(hold.until))).toBe(false);
  expect(needsRoom(null, "/", before)).toBe(false);
});

test("what was kept by somebody else is no hold", () => {
  expect(parseHeld(hold)).toEqual(hold);
  for (const other of [undefined, null, "x", 7, {}, { bookingId: "b1" }, { bookingId: 1, until: 2 }])
    expect(parseHeld(other)).toBeNull();
  expect(needsRoom({ bookingId: "b1", until: "never" }, "/", before)).toBe(false);
});
