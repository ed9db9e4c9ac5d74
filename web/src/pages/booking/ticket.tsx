import { useQuery } from "@tanstack/react-query";
import { CalendarPlus, PartyPopper, Printer } from "lucide-react";
import { type ReactNode, useState } from "react";
import { Link } from "react-router";
import { useCancel } from "@/api/bookings";
import type { Booking, Event } from "@/api/client";
import { locationQuery } from "@/api/events";
import { reasonOf } from "@/api/problem";
import { serverClock } from "@/api/server_clock";
import { userQuery } from "@/api/users";
import { Artwork } from "@/components/artwork";
import { Button } from "@/components/button";
import { Confirm } from "@/components/dialog";
import { EventWhen } from "@/components/event_when";
import { QrCode } from "@/components/qr_code";
import { say } from "@/components/say";
import { calendar, save } from "@/lib/ics";
import { problemText, useStrings } from "@/strings";

const Fact = ({ title, children }: { title: string; children: ReactNode }) => (
  <div className="min-w-0">
    <dt className="text-sm text-soft">{title}</dt>
    <dd className="font-semibold break-words">{children}</dd>
  </div>
);

export function Ticket({ booking, event }: { booking: Booking; event: Event }) {
  const strings = useStrings();
  const cancel = useCancel(booking.id);
  const user = useQuery(userQuery(booking.userId)).data;
  const location = useQuery(locationQuery(event.locationId)).data;
  const [isAsking, setIsAsking] = useState(false);
  const place = [event.locationName, event.hall, location?.address].filter(Boolean).join(", ");
  const addToCalendar = () =>
    save(
      "ticket.ics",
      "text/calendar",
      calendar({
        uid: `${booking.id}@myevents`,
        title: event.name,
        place,
        text: `${strings.ticket.admits(booking.seats)}. ${window.location.href}`,
        start: event.startTime,
        end: event.endTime,
        madeAt: new Date(),
      }),
    );
  const onCancel = () =>
    cancel.mutate(undefined, {
      onSuccess: () => {
        setIsAsking(false);
        say(strings.ticket.cancelled);
      },
      onError: (error) => say(problemText(strings, reasonOf(error)), "bad"),
    });
  const isAhead = Date.parse(event.startTime) > serverClock.now();
  return (
    <div className="mx-auto max-w-3xl px-4 pt-8 sm:px-6 print:p-0">
      <h1 className="flex items-center gap-3 text-4xl font-extrabold tracking-tight print:hidden">
        <PartyPopper aria-hidden className="size-9 text-accent" />
        {isAhead ? strings.ticket.confirmed : strings.ticket.title}
      </h1>
      <section
        aria-label={strings.ticket.title}
        className="mt-6 grid overflow-hidden rounded-3xl border border-line bg-card shadow-lift sm:grid-cols-[1fr_15rem] print:break-inside-avoid print:shadow-none"
      >
        <div className="min-w-0">
          <Artwork id={event.id} category={event.category} className="h-36 w-full" />
          <div className="p-6">
            <h2 className="text-3xl font-extrabold tracking-tight break-words">
              <Link to={`/events/${event.id}`} className="hover:underline">
                {event.name}
              </Link>
            </h2>
            <p className="mt-3">
              <EventWhen event={event} />
            </p>
            <dl className="mt-5 grid grid-cols-2 gap-4">
              <Fact title={strings.event.venue}>{event.locationName}</Fact>
              <Fact title={strings.event.hall}>{event.hall}</Fact>
              <Fact title={strings.ticket.name}>{user ? `${user.firstName} ${user.lastName}` : "…"}</Fact>
              <Fact title={strings.ticket.seats}>{strings.ticket.admits(booking.seats)}</Fact>
            </dl>
          </div>
        </div>
        <div className="relative flex flex-col items-center justify-center gap-3 border-line border-dashed p-6 max-sm:border-t-2 sm:border-l-2">
          <span
            aria-hidden
            className="absolute size-7 rounded-full border border-line bg-paper max-sm:-top-3.5 max-sm:-left-3.5 sm:-top-3.5 sm:-left-3.5"
          />
          <span
            aria-hidden
            className="absolute size-7 rounded-full border border-line bg-paper max-sm:-top-3.5 max-sm:-right-3.5 sm:-bottom-3.5 sm:-left-3.5"
          />
          <div className="w-full max-w-56">
            <QrCode text={`MYEVENTS:${booking.id.toUpperCase()}`} label={strings.ticket.qr(booking.id)} />
          </div>
          <p className="text-center text-sm text-soft print:hidden">{strings.ticket.scan}</p>
          <p className="text-center font-mono text-[0.6875rem] break-all text-soft">{booking.id}</p>
        </div>
      </section>
      <div className="mt-6 flex flex-col gap-3 sm:flex-row print:hidden">
        <Button look="main" icon={<CalendarPlus aria-hidden className="size-5" />} onClick={addToCalendar}>
          {strings.ticket.calendar}
        </Button>
        <Button icon={<Printer aria-hidden className="size-5" />} onClick={() => print()}>
          {strings.ticket.print}
        </Button>
        {isAhead && (
          <Button look="quiet" className="text-bad! sm:ml-auto" onClick={() => setIsAsking(true)}>
            {strings.ticket.cancel}
          </Button>
        )}
      </div>
      <Confirm
        title={strings.ticket.cancelTitle}
        text={strings.ticket.cancelText(booking.seats, event.name)}
        yes={strings.ticket.cancel}
        no={strings.ticket.keep}
        isOpen={isAsking}
        isBusy={cancel.isPending}
        onYes={onCancel}
        onClose={() => setIsAsking(false)}
      />
    </div>
  );
}
