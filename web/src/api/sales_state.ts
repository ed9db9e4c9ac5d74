// The bookings of an event, read page by page, newest first: pure, so that it can be tried out without a server.
import type { Availability, Booking } from "./client";

export const BOOKINGS_MAX = 10_000; // that many are read at most, the newest

export type Page = { bookings: Booking[]; nextPageToken: string };
export type GetPage = (pageToken: string) => Promise<Page>;
// isWhole: no older ones are missing.
export type Book = { bookings: Booking[]; isWhole: boolean };

export async function readBook(getPage: GetPage): Promise<Book> {
  const bookings: Booking[] = [];
  for (let token = ""; ; ) {
    const page = await getPage(token);
    bookings.push(...page.bookings);
    token = page.nextPageToken;
    if (!token) return { bookings: once(bookings), isWhole: true };
    if (bookings.length >= BOOKINGS_MAX) return { bookings: once(bookings).slice(0, BOOKINGS_MAX), isWhole: false };
  }
}

// What is new since `before`: pages are read until one reaches back to what is known. Older bookings may have changed
// meanwhile; whether they have shows when the books are compared with the server's count.
export async function readNewest(before: Book, getPage: GetPage): Promise<Book> {
  const known = before.bookings[0]?.id;
  const fresh: Booking[] = [];
  for (let token = ""; ; ) {
    const page = await getPage(token);
    fresh.push(...page.bookings);
    token = page.nextPageToken;
    if (!token) return { bookings: once(fresh), isWhole: true };
    if (fresh.length >= BOOKINGS_MAX) return { bookings: once(fresh).slice(0, BOOKINGS_MAX), isWhole: false };
    if (known && page.bookings.some((booking) => booking.id <= known)) break;
  }
  const bookings = once([...fresh, ...before.bookings]);
  return { bookings: bookings.slice(0, BOOKINGS_MAX), isWhole: before.isWhole && bookings.length <= BOOKINGS_MAX };
}

// The first of each id is the newest that is known of it.
function once(bookings: Booking[]): Booking[] {
  const seen = new Set<string>();
  return bookings.filter(({ id }) => !seen.has(id) && seen.add(id));
}

export type Count = { bookings: number; seats: number };

export function countOf(bookings: Booking[], state: Booking["state"]): Count {
  const found = bookings.filter((booking) => booking.state === state);
  return { bookings: found.length, seats: found.reduce((sum, { seats }) => sum + seats, 0) };
}

// Do the bookings add up to what the server counts? Only all of them can.
export const agrees = ({ bookings }: Book, availability: Availability): boolean =>
  countOf(bookings, "BOOKING_STATE_CONFIRMED").seats === availability.sold &&
  countOf(bookings, "BOOKING_STATE_HELD").seats === availability.held;
