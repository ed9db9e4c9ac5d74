import { expect, test } from "vitest";
import type { Availability, Booking } from "./client";
import { agrees, BOOKINGS_MAX, countOf, type GetPage, readBook, readNewest } from "./sales_state";

const idOf = (n: number) => String(n).padStart(6, "0");
const booking = (n: number, state: Booking["state"] = "BOOKING_STATE_CONFIRMED"): Booking => ({
  id: idOf(n),
  eventId: "e",
  userId: "u",
  seats: 2,
  state,
  extended: false,
  history: [],
});

// Pages as the server gives them: newest first, the token is the last id of the page before.
function server(bookings: Booking[], size: number): { getPage: GetPage; asked: string[] } {
  const asked: string[] = [];
  const newestFirst = [...bookings].sort((a, b) => b.id.localeCompare(a.id));
  const getPage: GetPage = async (token) => {
    asked.push(token);
    const rest = newestFirst.filter(({ id }) => !token || id < token);
    const page = rest.slice(0, size);
    return { bookings: page, nextPageToken: rest.length > size ? (page.at(-1)?.id ?? "") : "" };
  };
  return { getPage, asked };
}
const upTo = (n: number) => Array.from({ length: n }, (_, i) => booking(i));

test("all pages are read", async () => {
  const book = await readBook(server(upTo(25), 10).getPage);
  expect(book.isWhole).toBe(true);
  expect(book.bookings.map(({ id }) => id)).toEqual(Array.from({ length: 25 }, (_, i) => idOf(24 - i)));
});

test("very many are read up to the limit, and that is told", async () => {
  const { getPage, asked } = server(upTo(BOOKINGS_MAX + 5), 1000);
  const book = await readBook(getPage);
  expect([book.bookings.length, book.isWhole, asked.length]).toEqual([BOOKINGS_MAX, false, 10]);
  expect((await readBook(server(upTo(BOOKINGS_MAX), 1000).getPage)).isWhole).toBe(true);
});

test("later only the new pages are read, and what they say is newer", async () => {
  const before = await readBook(server([...upTo(95), booking(95, "BOOKING_STATE_HELD")], 10).getPage);
  const { getPage, asked } = server(upTo(112), 10);
  const after = await readNewest(before, getPage);
  expect(asked.length).toBe(2);
  expect(after.bookings.length).toBe(112);
  expect(after.bookings.find(({ id }) => id === idOf(95))?.state).toBe("BOOKING_STATE_CONFIRMED");
});

test("an old booking that changed shows in the count, not in the new pages", async () => {
  const before = await readBook(server(upTo(50), 10).getPage);
  const changed = [booking(0, "BOOKING_STATE_CANCELLED"), ...upTo(50).slice(1)];
  const availability = { sold: 98, held: 0 } as Availability;
  expect(agrees(await readNewest(before, server(changed, 10).getPage), availability)).toBe(false);
  expect(agrees(await readBook(server(changed, 10).getPage), availability)).toBe(true);
});

test("nothing known yet is the same as reading all", async () => {
  const book = await readNewest({ bookings: [], isWhole: true }, server(upTo(25), 10).getPage);
  expect(book.bookings.length).toBe(25);
});

test("bookings and seats are counted by state", () => {
  const bookings = [booking(1), booking(2), booking(3, "BOOKING_STATE_HELD")];
  expect(countOf(bookings, "BOOKING_STATE_CONFIRMED")).toEqual({ bookings: 2, seats: 4 });
  expect(countOf(bookings, "BOOKING_STATE_EXPIRED")).toEqual({ bookings: 0, seats: 0 });
});
