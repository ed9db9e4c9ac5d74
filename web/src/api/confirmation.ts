// Confirming with details: what is new in them is told first, then the hold becomes a booking. Both may be sent again,
// so whoever does not know how far it went begins anew.
import { changedDetails, type Details } from "@/lib/details";
import type { Booking } from "./client";

export type Desk = {
  tell: (details: Partial<Details>) => Promise<unknown>;
  confirm: () => Promise<Booking>;
  isIncomplete: (error: unknown) => boolean;
};

export async function confirmWith(desk: Desk, before: Details, after: Details): Promise<Booking> {
  const news = changedDetails(before, after);
  if (Object.keys(news).length > 0) await desk.tell(news);
  try {
    return await desk.confirm();
  } catch (error) {
    if (!desk.isIncomplete(error)) throw error;
    await desk.tell(after); // the server knows less than this browser thought
    return desk.confirm();
  }
}
