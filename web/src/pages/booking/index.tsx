import { useQuery } from "@tanstack/react-query";
import { CircleHelp, TicketX, TimerOff } from "lucide-react";
import { useEffect, useRef } from "react";
import { useParams } from "react-router";
import { bookingQuery } from "@/api/bookings";
import type { Booking, Event } from "@/api/client";
import { eventQuery } from "@/api/events";
import { Problem } from "@/api/problem";
import { useLiveEvent } from "@/api/use_live";
import { userQuery } from "@/api/users";
import { ButtonLink } from "@/components/button";
import { Failed } from "@/components/failed";
import { Notice } from "@/components/notice";
import { Skeleton } from "@/components/skeleton";
import { draft, isComplete } from "@/lib/details";
import { useTitle } from "@/lib/use_title";
import { useStrings } from "@/strings";
import { Checkout } from "./checkout";
import { Ticket } from "./ticket";

function Closed({ booking, event }: { booking: Booking; event: Event }) {
  const strings = useStrings();
  const isExpired = booking.state === "BOOKING_STATE_EXPIRED";
  const user = useQuery(userQuery(booking.userId)).data;
  const isKept = draft.use() !== null || (user && isComplete(user));
  const isCalledOff = event.state === "EVENT_STATE_CANCELLED";
  return (
    <div role="status">
      <Notice
        icon={isExpired ? <TimerOff /> : <TicketX />}
        title={isExpired ? strings.hold.expiredTitle : strings.ticket.cancelledTitle}
        action={
          <ButtonLink look="main" to={`/events/${event.id}`}>
            {isExpired ? strings.hold.startAgain : strings.ticket.event}
          </ButtonLink>
        }
      >
        {isExpired
          ? `${strings.hold.expiredText}${isKept ? ` ${strings.hold.detailsKept}` : ""}`
          : isCalledOff
            ? strings.ticket.eventCancelledText
            : strings.ticket.cancelledText}
      </Notice>
    </div>
  );
}

// What a booking is decides what its page is.
function Shown({ booking, event: asked, askedAt }: { booking: Booking; event: Event; askedAt: number }) {
  const event = useLiveEvent(asked, askedAt);
  useTitle(event.name);
  // Another state is another page: it begins at its top.
  const shownState = useRef(booking.state);
  useEffect(() => {
    if (shownState.current === booking.state) return;
    shownState.current = booking.state;
    scrollTo(0, 0);
    document.getElementById("content")?.focus({ preventScroll: true });
  }, [booking.state]);
  switch (booking.state) {
    case "BOOKING_STATE_HELD":
      return <Checkout booking={booking} event={event} />;
    case "BOOKING_STATE_CONFIRMED":
      return <Ticket booking={booking} event={event} />;
    default:
      return <Closed booking={booking} event={event} />;
  }
}

export default function BookingPage() {
  const strings = useStrings();
  const { bookingId = "" } = useParams();
  const booking = useQuery(bookingQuery(bookingId));
  const eventId = booking.data?.eventId ?? "";
  const event = useQuery({ ...eventQuery(eventId), enabled: eventId !== "" });
  if (booking.data && event.data)
    return <Shown booking={booking.data} event={event.data.event} askedAt={event.data.askedAt} />;
  const error = booking.error ?? event.error;
  if (!error)
    return (
      <div className="mx-auto max-w-2xl space-y-4 px-4 pt-8 sm:px-6">
        <Skeleton className="h-10 w-2/3" />
        <Skeleton className="h-28 rounded-2xl" />
        <Skeleton className="h-72 rounded-3xl" />
      </div>
    );
  const status = error instanceof Problem ? error.httpStatus : 0;
  if (status !== 404 && status !== 400)
    return (
      <Failed
        title={strings.ticket.failedTitle}
        error={error}
        onRetry={() => (booking.error ? booking.refetch() : event.refetch())}
      />
    );
  return (
    <Notice
      icon={<CircleHelp />}
      title={strings.ticket.missingTitle}
      action={
        <ButtonLink look="main" to="/bookings">
          {strings.app.bookings}
        </ButtonLink>
      }
    >
      {strings.ticket.missingText}
    </Notice>
  );
}
