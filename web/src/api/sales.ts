// How an event sells: its seats by the server's count, and its bookings.
import { queryOptions, useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { type Availability, api, ask, type Event } from "./client";
import { queryClient } from "./query_client";
import { agrees, type Book, type Page, readBook, readNewest } from "./sales_state";

const PAGE_SIZE = 1000;
// While it sells, at most that often.
const REFRESH_MS = 1000;
// Bookings that do not add up are read anew, but not in one go with what comes in meanwhile.
const REREAD_MS = 10_000;
// Until what was called off is cancelled, booking by booking.
const CANCELLING_MS = 1000;

// isSettled: the bookings add up to the count.
export type Sales = Book & { availability: Availability; isSettled: boolean; readAt: number };

const availabilityOf = async (eventId: string, signal: AbortSignal): Promise<Availability> =>
  (await ask(api.GET("/v1/events/{eventId}/availability", { params: { path: { eventId } }, signal }))) as Availability;

const pagesOf =
  (eventId: string, signal: AbortSignal) =>
  async (pageToken: string): Promise<Page> => {
    const query = { pageSize: PAGE_SIZE, ...(pageToken && { pageToken }) };
    const page = await ask(api.GET("/v1/events/{eventId}/bookings", { params: { path: { eventId }, query }, signal }));
    return page as Page;
  };

export const isStillCancelling = (event: Event, { sold, held }: Availability): boolean =>
  event.state === "EVENT_STATE_CANCELLED" && sold + held > 0;

async function load(event: Event, before: Sales | undefined, signal: AbortSignal): Promise<Sales> {
  const getPage = pagesOf(event.id, signal);
  const availability = await availabilityOf(event.id, signal);
  // All of them are changing; they are read again when that is over.
  if (before && isStillCancelling(event, availability)) return { ...before, availability, isSettled: false };
  if (before && event.state !== "EVENT_STATE_CANCELLED") {
    const book = await readNewest(before, getPage);
    const isSettled = agrees(book, availability);
    const isEnough = isSettled || Date.now() - before.readAt < REREAD_MS;
    if (isEnough) return { ...book, availability, isSettled, readAt: before.readAt };
  }
  const book = await readBook(getPage);
  return { ...book, availability, isSettled: !book.isWhole || agrees(book, availability), readAt: Date.now() };
}

const keyOf = (eventId: string) => ["bookings", "event", eventId] as const;

export const salesQuery = (event: Event) =>
  queryOptions({
    queryKey: keyOf(event.id),
    queryFn: ({ signal }) => load(event, queryClient.getQueryData<Sales>(keyOf(event.id)), signal),
    enabled: event.state !== "EVENT_STATE_DRAFT",
    staleTime: REFRESH_MS,
    refetchInterval: ({ state: { data } }) =>
      !data ? false : isStillCancelling(event, data.availability) ? CANCELLING_MS : data.isSettled ? false : REREAD_MS,
  });

// Asked again when the stream says that something happened to the event: not for each seat of a rush, and never in the
// middle of an answer, which otherwise would not be heard to its end while seats are sold.
export function useSales(event: Event) {
  const query = useQuery(salesQuery(event));
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const shown = useRef(event);
  useEffect(() => {
    if (shown.current === event) return;
    shown.current = event;
    const queryKey = keyOf(event.id);
    const again = () => {
      const isBusy = queryClient.isFetching({ queryKey }) > 0;
      timer.current = isBusy ? setTimeout(again, REFRESH_MS) : undefined;
      if (!isBusy) queryClient.invalidateQueries({ queryKey });
    };
    timer.current ??= setTimeout(again, REFRESH_MS);
  }, [event]);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );
  return query;
}

export const freshAvailability = (eventId: string): Promise<Availability> =>
  availabilityOf(eventId, new AbortController().signal);
