import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { BadgeCheck, Ban, Hourglass, TicketPlus, TimerOff } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { bookingsQuery, isOpenHold } from "@/api/bookings";
import type { Booking } from "@/api/client";
import { eventQuery } from "@/api/events";
import { AccountCard } from "@/components/account_card";
import { Artwork } from "@/components/artwork";
import { Badge, type Tone } from "@/components/badge";
import { Button, ButtonLink } from "@/components/button";
import { Failed } from "@/components/failed";
import { Notice } from "@/components/notice";
import { Skeleton } from "@/components/skeleton";
import { account } from "@/lib/account";
import { formatDate, formatTime } from "@/lib/time";
import { useTitle } from "@/lib/use_title";
import { useLanguage, useStrings } from "@/strings";

const icon = "size-3.5";
const looks: Record<Booking["state"], { tone: Tone; icon: ReactNode }> = {
  BOOKING_STATE_UNSPECIFIED: { tone: "calm", icon: null },
  BOOKING_STATE_HELD: { tone: "warn", icon: <Hourglass aria-hidden className={icon} /> },
  BOOKING_STATE_CONFIRMED: { tone: "good", icon: <BadgeCheck aria-hidden className={icon} /> },
  BOOKING_STATE_CANCELLED: { tone: "calm", icon: <Ban aria-hidden className={icon} /> },
  BOOKING_STATE_EXPIRED: { tone: "calm", icon: <TimerOff aria-hidden className={icon} /> },
};

function Row({ booking }: { booking: Booking }) {
  const strings = useStrings();
  const language = useLanguage();
  const event = useQuery(eventQuery(booking.eventId)).data?.event;
  return (
    <li className="relative flex items-center gap-4 rounded-2xl border border-line bg-card p-3 shadow-card transition-shadow hover:shadow-lift has-focus-visible:outline-3 has-focus-visible:outline-accent">
      <Artwork id={booking.eventId} category={event?.category ?? ""} className="size-20 shrink-0 rounded-xl" />
      <div className="min-w-0 flex-1">
        <h3 className="truncate text-lg font-bold">
          <Link to={`/bookings/${booking.id}`} className="outline-none after:absolute after:inset-0">
            {event?.name ?? "…"}
          </Link>
        </h3>
        <p className="min-h-[1.40625rem] truncate text-[0.9375rem]">
          {event &&
            `${formatDate(event.startTime, language, event.timeZone)}, ${formatTime(event.startTime, language, event.timeZone)}`}
        </p>
        <div className="mt-1 flex flex-wrap items-center gap-x-3 gap-y-1">
          <Badge tone={looks[booking.state].tone} icon={looks[booking.state].icon}>
            {strings.bookings.states[booking.state]}
          </Badge>
          <span className="text-sm text-soft">{strings.bookings.seats(booking.seats)}</span>
        </div>
      </div>
    </li>
  );
}

const Group = ({ title, bookings }: { title: string; bookings: Booking[] }) =>
  bookings.length === 0 ? null : (
    <section className="mt-8">
      <h2 className="mb-3 text-xl font-bold">{title}</h2>
      <ul className="grid gap-3">
        {bookings.map((booking) => (
          <Row key={booking.id} booking={booking} />
        ))}
      </ul>
    </section>
  );

export default function BookingsPage() {
  const strings = useStrings();
  useTitle(strings.bookings.title);
  const mine = account.use();
  const list = useInfiniteQuery(bookingsQuery(mine?.userId ?? ""));
  const bookings = list.data?.pages.flatMap((page) => page.bookings) ?? [];
  const open = bookings.filter(isOpenHold);
  const confirmed = bookings.filter((booking) => booking.state === "BOOKING_STATE_CONFIRMED");
  const others = bookings.filter((booking) => !open.includes(booking) && !confirmed.includes(booking));
  const isEmpty = !mine?.userId || (list.data && bookings.length === 0);
  return (
    <div className="mx-auto max-w-3xl px-4 pt-8 sm:px-6">
      <h1 className="text-4xl font-extrabold tracking-tight sm:text-5xl">{strings.bookings.title}</h1>
      {list.isLoading && (
        <div className="mt-8 grid gap-3">
          <Skeleton className="h-27 rounded-2xl" />
          <Skeleton className="h-27 rounded-2xl" />
        </div>
      )}
      {list.isError && !list.data && (
        <Failed title={strings.bookings.failedTitle} error={list.error} onRetry={() => list.refetch()} />
      )}
      {isEmpty && (
        <Notice
          level={2}
          icon={<TicketPlus />}
          title={strings.bookings.emptyTitle}
          action={
            <ButtonLink look="main" to="/">
              {strings.bookings.find}
            </ButtonLink>
          }
        >
          {strings.bookings.emptyText}
        </Notice>
      )}
      <Group title={strings.bookings.open} bookings={open} />
      <Group title={strings.bookings.states.BOOKING_STATE_CONFIRMED} bookings={confirmed} />
      <Group title={strings.bookings.past} bookings={others} />
      {list.hasNextPage && (
        <Button className="mt-6 w-full" isBusy={list.isFetchingNextPage} onClick={() => list.fetchNextPage()}>
          {strings.bookings.more}
        </Button>
      )}
      {mine && !list.isLoading && (
        <div className="mt-12 rounded-2xl bg-sunken p-4">
          <AccountCard />
        </div>
      )}
    </div>
  );
}
