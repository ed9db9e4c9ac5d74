// Bookings of the one who uses this browser.
import { infiniteQueryOptions, queryOptions, useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { useEffect } from "react";
import { account } from "@/lib/account";
import type { Details } from "@/lib/details";
import { newKey } from "@/lib/key";
import { stored } from "@/lib/stored";
import { type Desk, holdSeats, parseAttempts } from "./attempt";
import { api, ask, type Booking } from "./client";
import { confirmWith } from "./confirmation";
import { again, inTurn } from "./patience";
import { Problem, reasonOf } from "./problem";
import { learn, queryClient } from "./query_client";
import { serverClock } from "./server_clock";
import { renewUser, tell, userOfThisBrowser } from "./users";

const PAGE_SIZE = 50;

export const bookingsQuery = (userId: string) =>
  infiniteQueryOptions({
    queryKey: ["bookings", "list", userId],
    queryFn: ({ pageParam, signal }) =>
      ask(
        api.GET("/v1/users/{userId}/bookings", {
          params: { path: { userId }, query: { pageSize: PAGE_SIZE, ...(pageParam && { pageToken: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (last) => last.nextPageToken || undefined,
    enabled: userId !== "",
    staleTime: 5_000,
  });

export const bookingQuery = (bookingId: string) =>
  queryOptions({
    queryKey: ["bookings", "one", bookingId],
    queryFn: ({ signal }) => ask(api.GET("/v1/bookings/{bookingId}", { params: { path: { bookingId } }, signal })),
    staleTime: 2_000,
  });

// Undefined: not known yet.
export function useMyBookings(): Booking[] | undefined {
  const userId = account.use()?.userId ?? "";
  return useInfiniteQuery(bookingsQuery(userId)).data?.pages.flatMap((page) => page.bookings);
}

export const isOpenHold = (booking: Booking): boolean =>
  booking.state === "BOOKING_STATE_HELD" && Date.parse(booking.holdExpireTime ?? "") > serverClock.now();

// When a hold's time is up here, its state is asked for until the server says so too.
export function useExpiry(isOver: boolean): void {
  useEffect(() => {
    if (!isOver) return;
    // An answer that takes longer than a second is waited for all the same.
    const ask = () => queryClient.invalidateQueries({ queryKey: ["bookings"] }, { cancelRefetch: false });
    ask();
    const timer = setInterval(ask, 1000);
    return () => clearInterval(timer);
  }, [isOver]);
}

const learnBooking = (booking: Booking) => learn(bookingQuery(booking.id).queryKey, booking, [["bookings", "list"]]);

// What went wrong may be that we know an old state.
const onError = (bookingId: string) => queryClient.invalidateQueries({ queryKey: bookingQuery(bookingId).queryKey });

// --- holding ---

const attempts = stored("attempts", parseAttempts);

const desk: Desk = {
  load: attempts.get,
  save: attempts.set,
  newKey,
  create: (eventId, { key, userId, seats }) =>
    again(() =>
      ask(
        api.POST("/v1/events/{eventId}/bookings", {
          params: { path: { eventId }, header: { "Idempotency-Key": key } },
          body: { userId, seats, hold: true } as never, // the rest of the message stands in path and header
        }),
      ),
    ),
  get: (bookingId) => again(() => ask(api.GET("/v1/bookings/{bookingId}", { params: { path: { bookingId } } }))),
  cancel: (bookingId) =>
    again(() =>
      ask(api.POST("/v1/bookings/{bookingId}:cancel", { params: { path: { bookingId } }, body: {} as never })),
    ),
  isRefusal: (error) => error instanceof Problem && !error.isTransient,
};

async function hold({ eventId, seats }: { eventId: string; seats: number }): Promise<Booking> {
  return inTurn(eventId, async () => {
    const userId = await userOfThisBrowser();
    try {
      return await holdSeats(desk, eventId, userId, seats);
    } catch (error) {
      if (reasonOf(error) !== "USER_NOT_FOUND") throw error;
      // The server has begun anew since: somebody new there, once more.
      renewUser(userId);
      return holdSeats(desk, eventId, await userOfThisBrowser(), seats);
    }
  });
}

export const useHold = () => useMutation({ mutationFn: hold, retry: false, onSuccess: learnBooking });

// --- what becomes of a hold ---

export const useConfirm = ({ id, userId }: Booking) =>
  useMutation({
    mutationFn: ({ before, after }: { before: Details; after: Details }) =>
      confirmWith(
        {
          tell: (details) => tell(userId, details),
          confirm: () =>
            ask(
              api.POST("/v1/bookings/{bookingId}:confirm", { params: { path: { bookingId: id } }, body: {} as never }),
            ),
          isIncomplete: (error) => reasonOf(error) === "USER_INCOMPLETE",
        },
        before,
        after,
      ),
    onSuccess: learnBooking,
    onError: () => onError(id),
  });

// The key is the booking's: it is extended once, however often that is asked for.
export const useExtend = (bookingId: string) =>
  useMutation({
    mutationFn: () =>
      ask(
        api.POST("/v1/bookings/{bookingId}:extend", {
          params: { path: { bookingId }, header: { "Idempotency-Key": `extend-${bookingId}` } },
          body: {} as never,
        }),
      ),
    onSuccess: learnBooking,
    onError: () => onError(bookingId),
  });

export const useCancel = (bookingId: string) =>
  useMutation({
    mutationFn: () =>
      ask(api.POST("/v1/bookings/{bookingId}:cancel", { params: { path: { bookingId } }, body: {} as never })),
    onSuccess: learnBooking,
    onError: () => onError(bookingId),
  });
