import { expect, test } from "vitest";
import type { Booking, User } from "@/api/client";
import { type Attendee, attendeeRows, bookedAt, matches, sliceOf, wordsOf } from "./attendees";

const user: User = { id: "u", firstName: "Zoë", lastName: "O'Neill", email: "zoe@example.com" };
const booking: Booking = {
  id: "01a2-b",
  eventId: "e",
  userId: "u",
  seats: 3,
  state: "BOOKING_STATE_CONFIRMED",
  extended: false,
  createTime: "2026-12-01T18:00:00Z",
  history: [
    { state: "BOOKING_STATE_HELD", time: "2026-12-01T18:00:00Z", reason: "" },
    { state: "BOOKING_STATE_CONFIRMED", time: "2026-12-01T23:30:00Z", reason: "" },
  ],
};
const attendee: Attendee = { booking, user, isRead: true };

test("words are found in name, address and booking, in any case", () => {
  for (const text of ["", "zoë", "NEILL zo", "example.com", "01A2"])
    expect(matches(attendee, wordsOf(text)), text).toBe(true);
  for (const text of ["zoe ada", "nobody"]) expect(matches(attendee, wordsOf(text)), text).toBe(false);
  expect(matches({ ...attendee, user: undefined }, wordsOf("zoë"))).toBe(false);
});

test("booked is when it was confirmed; until then, when it was made", () => {
  expect(bookedAt(booking)).toBe("2026-12-01T23:30:00Z");
  expect(bookedAt({ ...booking, history: booking.history?.slice(0, 1) ?? [] })).toBe("2026-12-01T18:00:00Z");
});

test("a line says who comes, with how many, and when that was booked by the venue's clocks", () => {
  const rows = attendeeRows([attendee, { ...attendee, user: undefined }], "Europe/Berlin", (state) => state.slice(14));
  expect(rows).toEqual([
    ["Zoë", "O'Neill", "zoe@example.com", 3, "CONFIRMED", "2026-12-02 00:30", "01a2-b"],
    ["", "", "", 3, "CONFIRMED", "2026-12-02 00:30", "01a2-b"],
  ]);
});

test("pages cover every line once", () => {
  expect(sliceOf(0, 0, 25)).toEqual({ from: 0, to: 0, page: 0, pages: 1 });
  expect(sliceOf(51, 2, 25)).toEqual({ from: 50, to: 51, page: 2, pages: 3 });
  expect(sliceOf(50, 9, 25)).toEqual({ from: 25, to: 50, page: 1, pages: 2 });
});
