// What organisers do: locations and events, made, changed, published and called off.
import { infiniteQueryOptions, keepPreviousData, queryOptions, useMutation } from "@tanstack/react-query";
import { useRef } from "react";
import type { EventBody } from "@/lib/event_form";
import { newKey } from "@/lib/key";
import type { LocationBody } from "@/lib/location_form";
import { api, ask, type Event, type EventQuery, type Location } from "./client";
import { type Attempt, createOnce, type Maker } from "./create_once";
import { eventQuery, eventsQuery, locationQuery } from "./events";
import { Problem } from "./problem";
import { learn, queryClient } from "./query_client";

// --- lists ---

export type Tab = "upcoming" | "drafts" | "past" | "cancelled";
export const tabs: Tab[] = ["upcoming", "drafts", "past", "cancelled"];

export const isTab = (text: string | null): text is Tab => tabs.includes(text as Tab);

// Asked for with the hour, so that the list is the same for a while.
export function queryOf(tab: Tab, text: string, now: Date): EventQuery {
  const moment = new Date(now);
  moment.setMinutes(0, 0, 0);
  const time = moment.toISOString();
  const words: EventQuery = text.trim() ? { query: text.trim() } : {};
  switch (tab) {
    case "upcoming":
      return { ...words, state: "EVENT_STATE_PUBLISHED", startTimeFrom: time };
    case "drafts":
      return { ...words, state: "EVENT_STATE_DRAFT" };
    case "past":
      return { ...words, state: "EVENT_STATE_PUBLISHED", startTimeBefore: time, orderBy: "start_time desc" };
    case "cancelled":
      return { ...words, state: "EVENT_STATE_CANCELLED", orderBy: "start_time desc" };
  }
}

export const organisedQuery = (tab: Tab, text: string) => eventsQuery(queryOf(tab, text, new Date()));

export const countQuery = (tab: Tab, text: string) => {
  const query = queryOf(tab, text, new Date());
  return queryOptions({
    queryKey: ["events", "count", query],
    queryFn: async ({ signal }) =>
      (await ask(api.GET("/v1/events", { params: { query: { ...query, pageSize: 1 } }, signal }))).totalSize,
    placeholderData: keepPreviousData,
  });
};

const PAGE_SIZE = 50;

export const locationPagesQuery = (text: string) =>
  infiniteQueryOptions({
    queryKey: ["locations", "pages", text],
    queryFn: async ({ pageParam, signal }) => {
      const query = { pageSize: PAGE_SIZE, ...(text && { query: text }), ...(pageParam && { pageToken: pageParam }) };
      const page = await ask(api.GET("/v1/locations", { params: { query }, signal }));
      return { locations: page.locations as Location[], nextPageToken: page.nextPageToken };
    },
    initialPageParam: "",
    getNextPageParam: (last) => last.nextPageToken || undefined,
    placeholderData: keepPreviousData,
  });

// --- what was done is known at once ---

const learnEvent = (event: Event): Promise<void> =>
  learn(eventQuery(event.id).queryKey, { event, askedAt: Date.now() }, [
    ["events", "list"],
    ["events", "count"],
    ["bookings", "event", event.id],
  ]);

const learnLocation = (location: Location): Promise<void> =>
  learn(locationQuery(location.id).queryKey, location, [
    ["locations", "list"],
    ["locations", "pages"],
  ]);

const isRefusal = (error: unknown) => error instanceof Problem && !error.isTransient;

// --- events ---

// The names of fields in a mask are those of JSON.
const patchEvent = async (id: string, etag: string, fields: Partial<EventBody>): Promise<Event> =>
  (await ask(
    api.PATCH("/v1/events/{eventId}", {
      params: { path: { eventId: id }, query: { updateMask: Object.keys(fields).join(",") } },
      body: { ...fields, etag } as never, // an update carries what it changes, no more
    }),
  )) as Event;

const eventMaker: Maker<EventBody, Event> = {
  newKey,
  create: async ({ key, body }) =>
    (await ask(
      api.POST("/v1/events", { params: { header: { "Idempotency-Key": key } }, body: body as never }),
    )) as Event,
  update: (event, body) => patchEvent(event.id, event.etag, body),
  isRefusal,
};

function useCreate<Body, Made>(maker: Maker<Body, Made>, onSuccess: (made: Made) => Promise<void>) {
  const open = useRef<Attempt<Body>>(undefined);
  return useMutation({
    mutationFn: (body: Body) =>
      createOnce(maker, open.current, body, (attempt) => {
        open.current = attempt;
      }),
    onSuccess,
  });
}

export const useCreateEvent = () => useCreate(eventMaker, learnEvent);

export type Change<Body> = { id: string; etag: string; fields: Partial<Body> };

export const useUpdateEvent = () =>
  useMutation({
    mutationFn: ({ id, etag, fields }: Change<EventBody>) => patchEvent(id, etag, fields),
    onSuccess: learnEvent,
  });

export const usePublish = (event: Event) =>
  useMutation({
    mutationFn: async () =>
      (await ask(
        api.POST("/v1/events/{eventId}:publish", {
          params: { path: { eventId: event.id } },
          body: { etag: event.etag } as never, // the id stands in the path
        }),
      )) as Event,
    onSuccess: learnEvent,
    onError: () => queryClient.invalidateQueries({ queryKey: eventQuery(event.id).queryKey }),
  });

export const useCallOff = (event: Event) =>
  useMutation({
    mutationFn: async () =>
      (await ask(
        api.POST("/v1/events/{eventId}:cancel", {
          params: { path: { eventId: event.id } },
          body: { etag: event.etag } as never,
        }),
      )) as Event,
    onSuccess: learnEvent,
    onError: () => queryClient.invalidateQueries({ queryKey: eventQuery(event.id).queryKey }),
  });

export const useDeleteEvent = (event: Event) =>
  useMutation({
    mutationFn: () =>
      ask(
        api.DELETE("/v1/events/{eventId}", {
          params: { path: { eventId: event.id }, query: { etag: event.etag } },
        }),
      ),
    onSuccess: () => {
      queryClient.invalidateQueries({ queryKey: ["events", "list"] });
      queryClient.invalidateQueries({ queryKey: ["events", "count"] });
    },
  });

// --- locations ---

const patchLocation = async (id: string, etag: string, fields: Partial<LocationBody>): Promise<Location> =>
  (await ask(
    api.PATCH("/v1/locations/{locationId}", {
      params: { path: { locationId: id }, query: { updateMask: Object.keys(fields).join(",") } },
      body: { ...fields, etag } as never,
    }),
  )) as Location;

const locationMaker: Maker<LocationBody, Location> = {
  newKey,
  create: async ({ key, body }) =>
    (await ask(
      api.POST("/v1/locations", { params: { header: { "Idempotency-Key": key } }, body: body as never }),
    )) as Location,
  update: (location, body) => patchLocation(location.id, location.etag, body),
  isRefusal,
};

export const useCreateLocation = () => useCreate(locationMaker, learnLocation);

export const useUpdateLocation = () =>
  useMutation({
    mutationFn: ({ id, etag, fields }: Change<LocationBody>) => patchLocation(id, etag, fields),
    onSuccess: learnLocation,
  });

export const useDeleteLocation = (location: Location) =>
  useMutation({
    mutationFn: () =>
      ask(
        api.DELETE("/v1/locations/{locationId}", {
          params: { path: { locationId: location.id }, query: { etag: location.etag } },
        }),
      ),
    onSuccess: () => {
      queryClient.invalidateQueries({ queryKey: ["locations", "list"] });
      queryClient.invalidateQueries({ queryKey: ["locations", "pages"] });
    },
  });

// As it is now, for somebody whose view of it is old.
export const freshEvent = async (eventId: string): Promise<Event> =>
  (await queryClient.fetchQuery({ ...eventQuery(eventId), staleTime: 0 })).event;
export const freshLocation = (locationId: string): Promise<Location> =>
  queryClient.fetchQuery({ ...locationQuery(locationId), staleTime: 0 });
