import { useQuery } from "@tanstack/react-query";
import { Hourglass } from "lucide-react";
import { useLocation } from "react-router";
import { isOpenHold, useMyBookings } from "@/api/bookings";
import type { Booking } from "@/api/client";
import { eventQuery } from "@/api/events";
import { useCountdown } from "@/lib/countdown";
import { useStrings } from "@/strings";
import { ButtonLink } from "./button";

function Banner({ booking }: { booking: Booking }) {
  const strings = useStrings();
  const { text, phase } = useCountdown(booking.holdExpireTime);
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
export default function HoldBanner() {
  const { pathname } = useLocation();
  const open = useMyBookings()
    .filter((booking) => isOpenHold(booking) && pathname !== `/bookings/${booking.id}`)
    .sort((a, b) => (a.holdExpireTime ?? "").localeCompare(b.holdExpireTime ?? ""));
  return open[0] ? <Banner booking={open[0]} /> : null;
}
