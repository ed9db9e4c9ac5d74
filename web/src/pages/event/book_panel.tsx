import { Minus, Plus } from "lucide-react";
import { useId, useState } from "react";
import { useNavigate } from "react-router";
import { isOpenHold, useHold, useMyBookings } from "@/api/bookings";
import type { Booking, Event } from "@/api/client";
import { reasonOf } from "@/api/problem";
import { serverClock } from "@/api/server_clock";
import { Button, ButtonLink } from "@/components/button";
import { formatMoney, isFree } from "@/lib/money";
import { isBookable, SEATS_MAX, saleState, seatsLimit } from "@/lib/seats";
import { problemText, useLanguage, useStrings } from "@/strings";

function Stepper({ seats, limit, onChange }: { seats: number; limit: number; onChange: (seats: number) => void }) {
  const strings = useStrings();
  const id = useId();
  const step =
    "grid size-12 place-items-center rounded-xl border border-line-strong hover:bg-sunken disabled:border-line disabled:text-soft";
  return (
    <fieldset aria-labelledby={id} className="flex items-center justify-between gap-4">
      <div>
        <p id={id} className="font-semibold">
          {strings.book.seats}
        </p>
        <p className="text-sm text-soft">
          {limit < SEATS_MAX ? strings.book.left(limit) : strings.book.limit(SEATS_MAX)}
        </p>
      </div>
      <div className="flex items-center gap-1">
        <button
          type="button"
          className={step}
          aria-label={strings.book.fewer}
          disabled={seats <= 1}
          onClick={() => onChange(seats - 1)}
        >
          <Minus aria-hidden className="size-5" />
        </button>
        <output aria-live="polite" className="w-12 text-center font-display text-2xl font-bold tabular-nums">
          {seats}
        </output>
        <button
          type="button"
          className={step}
          aria-label={strings.book.more}
          disabled={seats >= limit}
          onClick={() => onChange(seats + 1)}
        >
          <Plus aria-hidden className="size-5" />
        </button>
      </div>
    </fieldset>
  );
}

function Mine({
  booking,
  words,
  action,
  look,
}: {
  booking: Booking;
  words: string;
  action: string;
  look: "main" | "plain";
}) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-3 rounded-2xl bg-accent-wash p-4">
      <p className="font-medium">{words}</p>
      <ButtonLink look={look} size="small" to={`/bookings/${booking.id}`}>
        {action}
      </ButtonLink>
    </div>
  );
}

function Choose({ event, hold }: { event: Event; hold: ReturnType<typeof useHold> }) {
  const strings = useStrings();
  const language = useLanguage();
  const navigate = useNavigate();
  const [wanted, setWanted] = useState(2);
  const limit = seatsLimit(event);
  const seats = Math.max(1, Math.min(wanted, limit));
  const onHold = () =>
    hold.mutate({ eventId: event.id, seats }, { onSuccess: (booking) => navigate(`/bookings/${booking.id}`) });
  return (
    <>
      <Stepper seats={seats} limit={limit} onChange={setWanted} />
      <div className="flex items-baseline justify-between border-t border-dashed border-line pt-4">
        <span className="font-semibold">{strings.book.total}</span>
        <span className="font-display text-2xl font-bold tabular-nums">
          {isFree(event.price) ? strings.event.free : formatMoney(event.price, language, seats)}
        </span>
      </div>
      {hold.isError && (
        <p role="alert" className="rounded-xl bg-bad-wash p-3 font-medium text-bad">
          {problemText(strings, reasonOf(hold.error))}
        </p>
      )}
      <Button look="main" size="large" className="w-full" isBusy={hold.isPending} onClick={onHold}>
        {hold.isPending ? strings.book.holding : strings.book.hold(seats)}
      </Button>
      <p className="text-center text-sm text-soft">{strings.book.holdNote}</p>
    </>
  );
}

export function BookPanel({ event }: { event: Event }) {
  const strings = useStrings();
  const mine = (useMyBookings() ?? []).filter((booking) => booking.eventId === event.id);
  const hold = useHold();
  // Kept here: what is being held may be listed before its own answer, which leads on, is here.
  const open = hold.isPending ? undefined : mine.find(isOpenHold);
  const confirmed = mine.find((booking) => booking.state === "BOOKING_STATE_CONFIRMED");
  const state = saleState(event, serverClock.now());
  // Who is getting the last seat hears from the stream that none is left before hearing who has it.
  const isChoosing = hold.isPending || (!open && isBookable(state));
  return (
    <section aria-labelledby="book" className="space-y-4 rounded-3xl border border-line bg-card p-5 shadow-card sm:p-6">
      <h2 id="book" className="text-2xl font-bold">
        {strings.book.title}
      </h2>
      {open && (
        <Mine booking={open} words={strings.book.openHold(open.seats)} action={strings.book.continueHold} look="main" />
      )}
      {confirmed && (
        <Mine
          booking={confirmed}
          words={strings.book.alreadyBooked(confirmed.seats)}
          action={strings.book.seeTicket}
          look="plain"
        />
      )}
      {isChoosing && <Choose event={event} hold={hold} />}
      {!isChoosing && state !== "on_sale" && state !== "few_left" && (
        <p className="text-soft">{strings.book.closed[state]}</p>
      )}
    </section>
  );
}
