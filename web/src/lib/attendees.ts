// Who comes to an event: bookings with the names of those who made them, as they are shown and as they are handed on.
import type { Booking, User } from "@/api/client";
import { wallOf } from "./zoned";

export type Attendee = {
  booking: Booking;
  user: User | undefined; // unknown, or not read yet
  isRead: boolean;
};

export type StateFilter = "" | Booking["state"];

// All words must occur in the name, the address or the booking's id, in any case.
export function matches({ booking, user }: Attendee, words: string[]): boolean {
  const text = `${user?.firstName ?? ""} ${user?.lastName ?? ""} ${user?.email ?? ""} ${booking.id}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

export const wordsOf = (text: string): string[] => text.toLowerCase().split(/\s+/).filter(Boolean);

export const bookedAt = (booking: Booking): string =>
  booking.history?.find(({ state }) => state === "BOOKING_STATE_CONFIRMED")?.time ?? booking.createTime ?? "";

// Lines for csv.ts; the time as spreadsheets read it, by the clocks of the venue.
export function attendeeRows(
  attendees: Attendee[],
  timeZone: string,
  stateName: (state: Booking["state"]) => string,
): (string | number)[][] {
  return attendees.map(({ booking, user }) => [
    user?.firstName ?? "",
    user?.lastName ?? "",
    user?.email ?? "",
    booking.seats,
    stateName(booking.state),
    bookedAt(booking) ? wallOf(Date.parse(bookedAt(booking)), timeZone).replace("T", " ") : "",
    booking.id,
  ]);
}

export type Slice = { from: number; to: number; page: number; pages: number };

// Which of `count` lines stand on a page; a page beyond the end is the last.
export function sliceOf(count: number, page: number, size: number): Slice {
  const pages = Math.max(1, Math.ceil(count / size));
  const shown = Math.min(Math.max(0, page), pages - 1);
  return { from: shown * size, to: Math.min(count, (shown + 1) * size), page: shown, pages };
}
