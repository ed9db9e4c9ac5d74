// Holding seats so that it happens once, whatever is clicked, loaded again or opened twice. Each attempt has one key,
// kept before the server is asked; as long as an attempt is open, asking again is asking with that key.
import type { Booking } from "./client";

export type Attempt = { key: string; userId: string; seats: number; bookingId: string };
export type Attempts = Record<string, Attempt>; // by event

export type Desk = {
  load: () => Attempts;
  save: (attempts: Attempts) => void;
  newKey: () => string;
  create: (eventId: string, attempt: Attempt) => Promise<Booking>;
  get: (bookingId: string) => Promise<Booking>;
  cancel: (bookingId: string) => Promise<Booking>;
  // Is it a refusal, so that certainly nothing was held?
  isRefusal: (error: unknown) => boolean;
};

export function parseAttempts(kept: unknown): Attempts {
  const attempts: Attempts = {};
  for (const [eventId, one] of Object.entries((typeof kept === "object" && kept) || {})) {
    const it = one as Partial<Attempt>;
    if (it?.key && it.userId && Number.isInteger(it.seats))
      attempts[eventId] = { key: it.key, userId: it.userId, seats: it.seats ?? 0, bookingId: it.bookingId ?? "" };
  }
  return attempts;
}

function put(desk: Desk, eventId: string, attempt: Attempt | undefined): void {
  const { [eventId]: _, ...others } = desk.load();
  desk.save(attempt ? { ...others, [eventId]: attempt } : others);
}

async function send(desk: Desk, eventId: string, attempt: Attempt): Promise<Booking> {
  put(desk, eventId, attempt);
  try {
    const booking = await desk.create(eventId, attempt);
    put(desk, eventId, { ...attempt, bookingId: booking.id });
    return booking;
  } catch (error) {
    if (desk.isRefusal(error)) put(desk, eventId, undefined);
    throw error; // otherwise nobody knows, and the key stays for the next time
  }
}

// What became of an attempt before this one.
async function settle(desk: Desk, eventId: string, attempt: Attempt): Promise<Booking | undefined> {
  try {
    return await (attempt.bookingId ? desk.get(attempt.bookingId) : send(desk, eventId, attempt));
  } catch (error) {
    if (!desk.isRefusal(error)) throw error;
    put(desk, eventId, undefined);
    return undefined;
  }
}

export async function holdSeats(desk: Desk, eventId: string, userId: string, seats: number): Promise<Booking> {
  const before = desk.load()[eventId];
  if (before && before.userId === userId) {
    const booking = await settle(desk, eventId, before);
    const isOpen = booking?.state === "BOOKING_STATE_HELD";
    if (isOpen && (booking.seats === seats || before.bookingId)) return booking;
    // Its answer was lost, and by now other seats are wanted: the first ones go back.
    if (isOpen) await desk.cancel(booking.id);
  }
  return send(desk, eventId, { key: desk.newKey(), userId, seats, bookingId: "" });
}
