// What somebody looks for: it stands in the address, so that it can be sent to others and the back button works.
import type { EventQuery } from "@/api/client";
import { dayOf, startOfDay } from "@/lib/time";

export const times = ["any", "weekend", "week", "month", "range"] as const;
export type Time = (typeof times)[number];

export const sorts = ["start_time", "start_time desc", "name", "seats_available desc", "create_time desc"] as const;
export type Sort = (typeof sorts)[number];

export type Filters = {
  text: string;
  category: string;
  country: string;
  location: string;
  time: Time;
  from: string; // "2026-12-24", with time "range"
  to: string;
  withSeats: boolean;
  sort: Sort;
};

const TEXT_MAX = 200;

const oneOf = <T extends string>(all: readonly T[], value: string | null): T =>
  all.find((one) => one === value) ?? (all[0] as T);

export function readFilters(search: URLSearchParams): Filters {
  const get = (name: string) => search.get(name) ?? "";
  return {
    text: get("q").slice(0, TEXT_MAX),
    category: /^[a-z0-9-]{1,40}$/.test(get("category")) ? get("category") : "",
    country: /^[A-Z]{2}$/.test(get("country")) ? get("country") : "",
    location: get("venue"),
    time: oneOf(times, search.get("when")),
    from: startOfDay(get("from")) ? get("from") : "",
    to: startOfDay(get("to")) ? get("to") : "",
    withSeats: get("seats") === "free",
    sort: oneOf(sorts, search.get("sort")),
  };
}

export function writeFilters(filters: Filters): URLSearchParams {
  const search = new URLSearchParams();
  const put = (name: string, value: string) => value && search.set(name, value);
  put("q", filters.text);
  put("category", filters.category);
  put("country", filters.country);
  put("venue", filters.location);
  if (filters.time !== "any") put("when", filters.time);
  if (filters.time === "range") {
    put("from", filters.from);
    put("to", filters.to);
  }
  if (filters.withSeats) put("seats", "free");
  if (filters.sort !== "start_time") put("sort", filters.sort);
  return search;
}

export const filterCount = (filters: Filters): number =>
  [filters.category, filters.country || filters.location, filters.time !== "any", filters.withSeats].filter(Boolean)
    .length;

const FRIDAY = 5;

// Local days: from when, and before when. What has begun is never looked for.
function span(filters: Filters, now: Date): [from: string | undefined, before: string | undefined] {
  const today = dayOf(now);
  switch (filters.time) {
    case "weekend": {
      const day = now.getDay();
      const isWeekend = day === 0 || day > FRIDAY;
      const daysToMonday = (8 - day) % 7 || 7;
      return [isWeekend ? undefined : startOfDay(today, FRIDAY - day), startOfDay(today, daysToMonday)];
    }
    case "week":
      return [undefined, startOfDay(today, 8)];
    case "month":
      return [undefined, startOfDay(today, 31)];
    case "range":
      return [startOfDay(filters.from), startOfDay(filters.to, 1)];
    default:
      return [undefined, undefined];
  }
}

const MINUTE_MS = 60_000;

// The question for the API. Whole minutes, so that the same filters ask the same for a while.
export function toQuery(filters: Filters, now: Date): EventQuery {
  const minute = new Date(Math.floor(now.getTime() / MINUTE_MS) * MINUTE_MS).toISOString();
  const [from, before] = span(filters, now);
  const query: EventQuery = { startTimeFrom: from && from > minute ? from : minute, orderBy: filters.sort };
  if (before) query.startTimeBefore = before;
  if (filters.text.trim()) query.query = filters.text.trim();
  if (filters.category) query.category = filters.category;
  if (filters.location) query.locationId = filters.location;
  else if (filters.country) query.country = filters.country;
  if (filters.withSeats) query.withSeats = true;
  return query;
}
