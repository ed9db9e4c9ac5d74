// Bookings of the one who uses this browser.
import { infiniteQueryOptions, queryOptions, useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { account } from "@/lib/account";
import { newKey } from "@/lib/key";
import { stored } from "@/lib/stored";
import { type Desk, holdSeats, parseAttempts } from "./attempt";
import { api, ask, type Booking, type User } from "./client";
import { isWorthRetrying, Problem, reasonOf } from "./problem";
import { queryClient } from "./query_client";
import { serverClock } from "./server_clock";

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

export const userQuery = (userId: string) =>
  queryOptions({
    queryKey: ["users", userId],
    queryFn: async ({ signal }) =>
      (await ask(api.GET("/v1/users/{userId}", { params: { path: { userId } }, signal }))) as User,
    enabled: userId !== "",
    staleTime: 10 * 60_000,
  });

export function useMyBookings(): Booking[] {
  const userId = account.use()?.userId ?? "";
  return useInfiniteQuery(bookingsQuery(userId)).data?.pages.flatMap((page) => page.bookings) ?? [];
}

export const isOpenHold = (booking: Booking): boolean =>
  booking.state === "BOOKING_STATE_HELD" && Date.parse(booking.holdExpireTime ?? "") > serverClock.now();

function learn(booking: Booking): void {
  queryClient.setQueryData(bookingQuery(booking.id).queryKey, booking);
  queryClient.invalidateQueries({ queryKey: ["bookings", "list"] });
}

// What went wrong may be that we know an old state.
const onError = (bookingId: string) => queryClient.invalidateQueries({ queryKey: bookingQuery(bookingId).queryKey });

// --- holding ---

async function again<T>(work: () => Promise<T>): Promise<T> {
  for (let failures = 0; ; failures++)
    try {
      return await work();
    } catch (error) {
      if (!isWorthRetrying(failures, error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 400 * 2 ** failures));
    }
}

async function userOfThisBrowser(): Promise<string> {
  const mine = account.get();
  if (!mine) throw new Problem("USER_NOT_FOUND", "", 404);
  if (mine.userId) return mine.userId;
  const { userKey, userId: _, ...details } = mine;
  const params = { header: { "Idempotency-Key": userKey } };
  const user = await again(() => ask(api.POST("/v1/users", { params, body: details })));
  account.set({ ...mine, userId: user.id ?? "" });
  return user.id ?? "";
}

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

// Tabs take turns, where the browser has locks; without them the key alone has to do.
const inTurn = async <T>(name: string, work: () => Promise<T>): Promise<T> =>
  navigator.locks ? await navigator.locks.request(`myevents.${name}`, work) : await work();

async function hold({ eventId, seats }: { eventId: string; seats: number }): Promise<Booking> {
  return inTurn(eventId, async () => {
    try {
      return await holdSeats(desk, eventId, await userOfThisBrowser(), seats);
    } catch (error) {
      const mine = account.get();
      if (reasonOf(error) !== "USER_NOT_FOUND" || !mine?.userId) throw error;
      // The server has begun anew since: the same person, once more.
      account.set({ ...mine, userId: "", userKey: newKey() });
      return holdSeats(desk, eventId, await userOfThisBrowser(), seats);
    }
  });
}

export const useHold = () => useMutation({ mutationFn: hold, retry: false, onSuccess: learn });

// --- what becomes of a hold ---

export const useConfirm = (bookingId: string) =>
  useMutation({
    mutationFn: () =>
      ask(api.POST("/v1/bookings/{bookingId}:confirm", { params: { path: { bookingId } }, body: {} as never })),
    onSuccess: learn,
    onError: () => onError(bookingId),
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
    onSuccess: learn,
    onError: () => onError(bookingId),
  });

export const useCancel = (bookingId: string) =>
  useMutation({
    mutationFn: () =>
      ask(api.POST("/v1/bookings/{bookingId}:cancel", { params: { path: { bookingId } }, body: {} as never })),
    onSuccess: learn,
    onError: () => onError(bookingId),
  });
