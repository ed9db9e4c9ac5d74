import { useQuery } from "@tanstack/react-query";
import { Check, Clock } from "lucide-react";
import { useRef, useState } from "react";
import { useNavigate } from "react-router";
import { useCancel, useConfirm, useExpiry, useExtend } from "@/api/bookings";
import type { Booking, Event } from "@/api/client";
import { reasonOf } from "@/api/problem";
import { userQuery } from "@/api/users";
import { Artwork } from "@/components/artwork";
import { Button } from "@/components/button";
import { DetailsForm } from "@/components/details_form";
import { Confirm } from "@/components/dialog";
import { EventWhen } from "@/components/event_when";
import { say } from "@/components/say";
import { Skeleton } from "@/components/skeleton";
import { classNames } from "@/lib/class_names";
import { spokenSeconds, useCountdown } from "@/lib/countdown";
import { type Details, draft, noDetails } from "@/lib/details";
import { formatMoney, isFree } from "@/lib/money";
import { problemText, useLanguage, useStrings } from "@/strings";

function Steps({ at }: { at: number }) {
  const { hold } = useStrings();
  return (
    <ol className="flex flex-wrap gap-x-6 gap-y-1 text-sm font-semibold">
      {hold.steps.map((step, i) => (
        <li
          key={step}
          aria-current={i === at ? "step" : undefined}
          className={classNames("flex items-center gap-2", i === at ? "text-accent" : "text-soft")}
        >
          <span
            className={classNames(
              "grid size-6 place-items-center rounded-full",
              i <= at ? "bg-accent text-on-accent" : "bg-sunken",
            )}
          >
            {i < at ? <Check aria-hidden className="size-4" /> : i + 1}
          </span>
          {step}
        </li>
      ))}
    </ol>
  );
}

function Timer({ booking }: { booking: Booking }) {
  const strings = useStrings();
  const extend = useExtend(booking.id);
  const left = useCountdown(booking.holdExpireTime);
  const spoken = spokenSeconds(left);
  const isSoon = left.phase !== "calm";
  useExpiry(left.phase === "over");
  const box = useRef<HTMLDivElement>(null);
  const onExtend = () =>
    extend.mutate(undefined, {
      onSuccess: () => {
        say(strings.hold.extended);
        box.current?.focus({ preventScroll: true }); // the button is gone
      },
      onError: (error) => say(problemText(strings, reasonOf(error)), "bad"),
    });
  return (
    <div
      ref={box}
      tabIndex={-1}
      className={classNames(
        "z-20 flex flex-wrap items-center gap-x-4 gap-y-2 rounded-2xl px-5 py-3 shadow-card outline-none [@media(min-height:32rem)]:sticky [@media(min-height:32rem)]:top-18",
        isSoon ? "bg-warn-wash" : "bg-sunken",
      )}
    >
      <p className="flex flex-1 items-center gap-2 font-semibold">
        <Clock aria-hidden className="size-5 shrink-0" />
        {left.phase === "over" ? strings.hold.checking : isSoon ? strings.hold.endingSoon : strings.hold.timeLeft}
      </p>
      {!booking.extended && left.phase !== "over" && (
        <Button size="small" className="max-sm:order-1 max-sm:w-full" isBusy={extend.isPending} onClick={onExtend}>
          {strings.hold.extend}
        </Button>
      )}
      <p role="timer" aria-hidden className="font-display text-4xl font-extrabold tabular-nums">
        {left.text}
      </p>
      <p role="status" className="sr-only">
        {spoken > 0 && strings.hold.spoken(spoken >= 60 ? spoken / 60 : 0, spoken % 60)}
      </p>
    </div>
  );
}

function Summary({ booking, event, total }: { booking: Booking; event: Event; total: string }) {
  const strings = useStrings();
  return (
    <section className="overflow-hidden rounded-3xl border border-line bg-card shadow-card">
      <div className="flex gap-4 p-5">
        <Artwork id={event.id} category={event.category} className="size-24 shrink-0 rounded-2xl" />
        <div className="min-w-0">
          <h2 className="text-xl font-bold">{event.name}</h2>
          <p>
            <EventWhen event={event} />
          </p>
          <p className="text-soft">
            {event.locationName}, {event.hall}
          </p>
        </div>
      </div>
      <dl className="grid gap-3 border-t border-dashed border-line p-5">
        <div className="flex justify-between gap-4">
          <dt className="text-soft">{strings.ticket.seats}</dt>
          <dd className="font-medium tabular-nums">{booking.seats}</dd>
        </div>
        <div className="flex items-baseline justify-between gap-4">
          <dt className="font-semibold">{strings.book.total}</dt>
          <dd className="font-display text-2xl font-bold tabular-nums">{total}</dd>
        </div>
      </dl>
    </section>
  );
}

// Who books is asked while the seats are held; who is known only has to look.
function DetailsStep({ booking, submit }: { booking: Booking; submit: string }) {
  const strings = useStrings();
  const confirm = useConfirm(booking);
  const user = useQuery(userQuery(booking.userId));
  const isUntouched = draft.use() === null && confirm.isIdle;
  const [known, setKnown] = useState<Details | undefined>(user.data);
  // The clock runs, so nobody waits for an answer that may not come.
  if (!known && (user.data || user.failureCount > 0)) setKnown(user.data ?? noDetails);
  // Told elsewhere meanwhile, in the settings or another tab.
  else if (user.data && known !== user.data && isUntouched) setKnown(user.data);
  return (
    <section aria-labelledby="details" className="rounded-3xl border border-line bg-card p-5 shadow-card">
      <h2 id="details" className="text-xl font-bold">
        {strings.hold.details}
      </h2>
      <p className="mt-1 mb-4 text-soft">{strings.hold.detailsNote}</p>
      {known ? (
        <DetailsForm
          key={Object.values(known).join("\n")}
          start={draft.get() ?? known}
          submit={confirm.isPending ? strings.hold.confirming : submit}
          isBusy={confirm.isPending}
          error={confirm.error}
          onChange={draft.set}
          onDone={(details) => confirm.mutate({ before: known, after: details })}
        >
          <p className="text-center text-sm text-soft">{strings.hold.payNote}</p>
        </DetailsForm>
      ) : (
        <Skeleton className="h-56 rounded-2xl" />
      )}
    </section>
  );
}

export function Checkout({ booking, event }: { booking: Booking; event: Event }) {
  const strings = useStrings();
  const language = useLanguage();
  const navigate = useNavigate();
  const release = useCancel(booking.id);
  const [isAsking, setIsAsking] = useState(false);
  const total = isFree(event.price) ? strings.event.free : formatMoney(event.price, language, booking.seats);
  const onRelease = () =>
    release.mutate(undefined, {
      onSuccess: () => {
        say(strings.hold.released);
        navigate(`/events/${event.id}`, { replace: true });
      },
      onError: (error) => say(problemText(strings, reasonOf(error)), "bad"),
    });
  return (
    <div className="mx-auto max-w-2xl px-4 pt-8 sm:px-6">
      <Steps at={1} />
      <h1 className="mt-4 text-4xl font-extrabold tracking-tight">{strings.hold.title}</h1>
      <p className="mt-2 text-lg text-soft">{strings.hold.text}</p>
      <div className="mt-6 space-y-4">
        <Timer booking={booking} />
        <Summary booking={booking} event={event} total={total} />
        <DetailsStep
          booking={booking}
          submit={isFree(event.price) ? strings.hold.confirm : strings.hold.confirmFor(total)}
        />
        <Button look="quiet" className="w-full text-soft!" onClick={() => setIsAsking(true)}>
          {strings.hold.release}
        </Button>
      </div>
      <Confirm
        title={strings.hold.releaseTitle}
        text={strings.hold.releaseText}
        yes={strings.hold.release}
        no={strings.ticket.keep}
        isOpen={isAsking}
        isBusy={release.isPending}
        onYes={onRelease}
        onClose={() => setIsAsking(false)}
      />
    </div>
  );
}
