import type { Event } from "@/api/client";

export const SEATS_MAX = 20; // of one booking

export type SaleState = "on_sale" | "few_left" | "sold_out" | "over" | "cancelled" | "draft";

const FEW_SEATS = 20;
const FEW_SHARE = 0.05;

export function saleState(event: Event, now: number): SaleState {
  if (event.state === "EVENT_STATE_CANCELLED") return "cancelled";
  if (event.state === "EVENT_STATE_DRAFT") return "draft";
  if (Date.parse(event.startTime) <= now) return "over";
  if (event.seatsAvailable <= 0) return "sold_out";
  return event.seatsAvailable <= Math.max(FEW_SEATS, event.capacity * FEW_SHARE) ? "few_left" : "on_sale";
}

export const isBookable = (state: SaleState): boolean => state === "on_sale" || state === "few_left";
export const seatsLimit = (event: Event): number => Math.max(0, Math.min(SEATS_MAX, event.seatsAvailable));
