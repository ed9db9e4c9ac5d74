// What an organiser writes about an event: as fields of a form, checked as the server checks it but before it is asked.
import type { Event, Hall } from "@/api/client";
import { type Issue, type Issues, isTooLong } from "./issues";
import { parsePrice, priceText } from "./price";
import { momentOf, wallOf } from "./zoned";

export type EventForm = {
  name: string;
  description: string;
  category: string;
  locationId: string;
  hall: string;
  start: string; // on the wall of the venue
  end: string;
  capacity: string; // empty: all seats of the hall
  price: string; // empty: free
  currency: string;
};

export const EVENT_LIMITS = { name: 160, description: 4000, category: 40, days: 31, daysAhead: 3660 };

// The hall of a place that has one.
export const onlyHall = (halls: Hall[] | undefined): string => (halls?.length === 1 ? (halls[0]?.name ?? "") : "");

export const emptyEvent = (locationId: string, halls?: Hall[]): EventForm => ({
  name: "",
  description: "",
  category: "",
  locationId,
  hall: onlyHall(halls),
  start: "",
  end: "",
  capacity: "",
  price: "",
  currency: "EUR",
});

export const eventForm = (event: Event, decimal: string): EventForm => ({
  name: event.name,
  description: event.description,
  category: event.category,
  locationId: event.locationId,
  hall: event.hall,
  start: wallOf(Date.parse(event.startTime), event.timeZone),
  end: event.endTime ? wallOf(Date.parse(event.endTime), event.timeZone) : "",
  capacity: String(event.capacity),
  price: priceText(event.price, decimal),
  currency: event.price?.currencyCode || "EUR",
});

export type EventBody = {
  name: string;
  description: string;
  category: string;
  locationId: string;
  hall: string;
  timeZone: string;
  startTime: string;
  endTime: string;
  capacity: number;
  price: { currencyCode: string; units: string; nanos: number };
};

// The name of a field in refusals, which is also the id of its input.
export const eventField = (field: keyof EventForm): string =>
  ({
    name: "event.name",
    description: "event.description",
    category: "event.category",
    locationId: "event.location_id",
    hall: "event.hall",
    start: "event.start_time",
    end: "event.end_time",
    capacity: "event.capacity",
    price: "event.price.units",
    currency: "event.price.currency_code",
  })[field];

const DAY_MS = 24 * 60 * 60_000;

const timeOf = (wall: string, timeZone: string): string => {
  const moment = momentOf(wall, timeZone);
  return "time" in moment ? moment.time : "";
};

function checkWall(wall: string, timeZone: string): Issue | undefined {
  if (!wall) return "required";
  const { kind } = momentOf(wall, timeZone);
  return kind === "never" ? "noSuchTime" : kind === "unreadable" ? "unreadable" : undefined;
}

function checkTimes(form: EventForm, timeZone: string, now: number): Issues {
  const start = Date.parse(timeOf(form.start, timeZone));
  const end = Date.parse(timeOf(form.end, timeZone));
  const of = (wall: string, found: false | Issue | undefined) => checkWall(wall, timeZone) ?? (found || undefined);
  const startIssue =
    (start <= now && "past") ||
    (start > now + EVENT_LIMITS.daysAhead * DAY_MS && { daysAhead: EVENT_LIMITS.daysAhead });
  const endIssue =
    (end <= start && "beforeStart") || (end - start > EVENT_LIMITS.days * DAY_MS && { days: EVENT_LIMITS.days });
  return {
    "event.start_time": of(form.start, startIssue),
    "event.end_time": of(form.end, endIssue),
  };
}

function checkCapacity(text: string, hall: Hall | undefined): Issue | undefined {
  const most = hall?.capacity ?? 1_000_000;
  if (!text.trim()) return undefined;
  const isWithin = /^\d{1,7}$/.test(text.trim()) && Number(text) >= 1 && Number(text) <= most;
  return isWithin ? undefined : hall ? { seatsOfHall: most } : { between: [1, most] };
}

function checkPrice(form: EventForm): Issue | undefined {
  const parsed = parsePrice(form.price, form.currency);
  return "problem" in parsed ? (parsed.problem === "unreadable" ? "noPrice" : parsed.problem) : undefined;
}

export function checkEvent(form: EventForm, timeZone: string, hall: Hall | undefined, now: number): Issues {
  return {
    "event.name": form.name.trim() ? isTooLong(form.name, EVENT_LIMITS.name) : "required",
    "event.description": isTooLong(form.description, EVENT_LIMITS.description),
    "event.category": /^[a-z0-9-]{0,40}$/.test(form.category) ? undefined : "badCategory",
    "event.location_id": form.locationId ? undefined : "required",
    "event.hall": form.hall ? undefined : "required",
    ...checkTimes(form, timeZone, now),
    "event.capacity": checkCapacity(form.capacity, hall),
    "event.price.units": checkPrice(form),
  };
}

// Of a form without issues.
export function eventBody(form: EventForm, timeZone: string): EventBody {
  const parsed = parsePrice(form.price, form.currency);
  const money = "money" in parsed ? parsed.money : {};
  return {
    name: form.name.trim(),
    description: form.description.trim(),
    category: form.category,
    locationId: form.locationId,
    hall: form.hall,
    timeZone,
    startTime: timeOf(form.start, timeZone),
    endTime: timeOf(form.end, timeZone),
    capacity: Number(form.capacity.trim() || 0),
    price: { currencyCode: "", units: "0", nanos: 0, ...money },
  };
}
