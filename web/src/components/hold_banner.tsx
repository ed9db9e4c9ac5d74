import { useQuery } from "@tanstack/react-query";
import { Hourglass } from "lucide-react";
import { type ReactNode, useEffect } from "react";
import { useLocation } from "react-router";
import { isOpenHold, useExpiry, useMyBookings } from "@/api/bookings";
import type { Booking } from "@/api/client";
import { eventQuery } from "@/api/events";
import { useCountdown } from "@/lib/countdown";
import { held } from "@/lib/held";
import { useStrings } from "@/strings";
import { ButtonLink } from "./button";

function Banner({ booking }: { booking: Booking }) {
  const strings = useStrings();
  const { text, phase } = useCountdown(booking.holdExpireTime);
  useExpiry(phase === "over");
  const name = useQuery(eventQuery(booking.eventId)).data?.event.name ?? "…";
  if (phase === "over") return null;
  return (
    <aside className="border-b border-line bg-accent-wash print:hidden">
      <div className="mx-auto flex max-w-6xl items-center gap-3 px-4 py-2 sm:px-6">
        <Hourglass aria-hidden className="size-5 shrink-0 text-accent" />
        <p className="min-w-0 flex-1 truncate font-medium">{strings.hold.banner(booking.seats, name)}</p>
        <span role="timer" aria-label={strings.hold.timeLeft} className="font-display text-lg font-bold tabular-nums">
          {text}
        </span>
        <ButtonLink look="main" size="small" to={`/bookings/${booking.id}`}>
          {strings.book.continueHold}
        </ButtonLink>
      </div>
    </aside>
  );
}

// The hold that ends next, on every page but its own.
export default function HoldBanner({ room }: { room: ReactNode }) {
  const { pathname } = useLocation();
  const holds = useMyBookings()
    ?.filter(isOpenHold)
    .sort((a, b) => (a.holdExpireTime ?? "").localeCompare(b.holdExpireTime ?? ""));
  const isKnown = holds !== undefined;
  const { id: bookingId = "", holdExpireTime: until = "" } = holds?.[0] ?? {};
  useEffect(() => {
    if (isKnown) held.set(bookingId ? { bookingId, until } : null);
  }, [isKnown, bookingId, until]);
  if (!holds) return room;
  const shown = holds.find((booking) => pathname !== `/bookings/${booking.id}`);
  return shown ? <Banner key={shown.id} booking={shown} /> : null;
}
