// The hold that was open last: the next page keeps room for its banner before it knows the bookings.
import { stored } from "./stored";

export type Held = { bookingId: string; until: string };

export function parseHeld(kept: unknown): Held | null {
  const it = kept as Partial<Held> | null | undefined;
  if (typeof it?.bookingId !== "string" || typeof it.until !== "string") return null;
  return { bookingId: it.bookingId, until: it.until };
}

export const held = stored("held", parseHeld);

export const needsRoom = (hold: Held | null, pathname: string, now: number): boolean =>
  hold !== null && Date.parse(hold.until) > now && pathname !== `/bookings/${hold.bookingId}`;
