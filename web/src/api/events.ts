// Events and the places where they happen.
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, ask, type Event, type EventQuery, type Location } from "./client";
import { live } from "./live";

// When it was asked for: what the stream has said since then is newer.
export type EventPage = { events: Event[]; nextPageToken: string; totalSize: number; askedAt: number };
export type OneEvent = { event: Event; askedAt: number };

const PAGE_SIZE = 24;
const CATEGORIES_MAX = 100; // more than anybody looks through

export const eventsQuery = (query: EventQuery) =>
  infiniteQueryOptions({
    queryKey: ["events", "list", query],
    queryFn: async ({ pageParam, signal }): Promise<EventPage> => {
      const askedAt = Date.now();
      const parameters = { ...query, pageSize: PAGE_SIZE, ...(pageParam && { pageToken: pageParam }) };
      const page = await ask(api.GET("/v1/events", { params: { query: parameters }, signal }));
      live.start(page.watchToken);
      return { ...page, events: page.events as Event[], askedAt };
    },
    initialPageParam: "",
    getNextPageParam: (last) => last.nextPageToken || undefined,
    placeholderData: keepPreviousData,
  });

// Below "events", so that what organisers change is asked for again.
export const categoriesQuery = queryOptions({
  queryKey: ["events", "categories"],
  queryFn: async ({ signal }): Promise<string[]> => {
    const query = { pageSize: CATEGORIES_MAX };
    const answer = await ask(api.GET("/v1/categories", { params: { query }, signal }));
    return answer.categories.map((category) => category.name ?? "");
  },
  staleTime: 5 * 60_000,
});

export const eventQuery = (eventId: string) =>
  queryOptions({
    queryKey: ["events", "one", eventId],
    queryFn: async ({ signal }): Promise<OneEvent> => {
      const askedAt = Date.now();
      const event = await ask(api.GET("/v1/events/{eventId}", { params: { path: { eventId } }, signal }));
      live.start();
      return { event: event as Event, askedAt };
    },
  });

export const locationQuery = (locationId: string) =>
  queryOptions({
    queryKey: ["locations", "one", locationId],
    queryFn: async ({ signal }) =>
      (await ask(api.GET("/v1/locations/{locationId}", { params: { path: { locationId } }, signal }))) as Location,
    enabled: locationId !== "",
    staleTime: 10 * 60_000,
  });

// All of them, to choose from; isWhole: there are no others.
export type Places = { locations: Location[]; isWhole: boolean };
const PLACES_PAGE_SIZE = 1000;
const PLACES_MAX = 10_000; // more than anybody looks through

export const locationsQuery = queryOptions({
  queryKey: ["locations", "list"],
  queryFn: async ({ signal }): Promise<Places> => {
    const locations: Location[] = [];
    for (let pageToken = ""; ; ) {
      const query = { pageSize: PLACES_PAGE_SIZE, ...(pageToken && { pageToken }) };
      const page = await ask(api.GET("/v1/locations", { params: { query }, signal }));
      locations.push(...(page.locations as Location[]));
      pageToken = page.nextPageToken;
      if (!pageToken || locations.length >= PLACES_MAX) return { locations, isWhole: !pageToken };
    }
  },
  staleTime: 10 * 60_000,
});
