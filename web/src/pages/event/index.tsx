import { useQuery } from "@tanstack/react-query";
import { ArrowLeft, CalendarDays, CircleHelp, MapPin } from "lucide-react";
import type { ReactNode } from "react";
import { Link, useParams } from "react-router";
import type { Event } from "@/api/client";
import { eventQuery, locationQuery } from "@/api/events";
import { Problem } from "@/api/problem";
import { useLiveEvent } from "@/api/use_live";
import { Artwork } from "@/components/artwork";
import { ButtonLink } from "@/components/button";
import { EventWhen } from "@/components/event_when";
import { Failed } from "@/components/failed";
import { LivePill } from "@/components/live_pill";
import { Notice } from "@/components/notice";
import { SaleBadge } from "@/components/sale_badge";
import { Skeleton } from "@/components/skeleton";
import { formatMoney, isFree } from "@/lib/money";
import { useTitle } from "@/lib/use_title";
import { categoryName, countryName, useLanguage, useStrings } from "@/strings";
import { BookPanel } from "./book_panel";

function Fact({ icon, title, children }: { icon: ReactNode; title: string; children: ReactNode }) {
  return (
    <div className="relative min-h-12 pl-16">
      <dt className="text-sm font-semibold text-soft">
        <span aria-hidden className="absolute left-0 grid size-12 place-items-center rounded-2xl bg-sunken text-accent">
          {icon}
        </span>
        {title}
      </dt>
      <dd>{children}</dd>
    </div>
  );
}

function Seats({ event }: { event: Event }) {
  const strings = useStrings();
  const language = useLanguage();
  const share = event.capacity > 0 ? event.seatsAvailable / event.capacity : 0;
  return (
    <section aria-labelledby="seats" className="rounded-2xl bg-sunken p-5">
      <div className="flex items-center justify-between gap-3">
        <h2 id="seats" className="font-semibold">
          {strings.event.availability}
        </h2>
        <LivePill />
      </div>
      <p className="mt-1" aria-live="polite">
        <span className="font-display text-3xl font-bold tabular-nums">
          {event.seatsAvailable.toLocaleString(language)}
        </span>{" "}
        <span className="text-soft">{strings.event.ofCapacity(event.capacity)}</span>
      </p>
      <div aria-hidden className="mt-3 h-2 overflow-hidden rounded-full bg-line">
        <div
          className="h-full rounded-full bg-accent transition-[width] duration-500"
          style={{ width: `${share * 100}%` }}
        />
      </div>
    </section>
  );
}

function Shown({ event: asked, askedAt }: { event: Event; askedAt: number }) {
  const strings = useStrings();
  const language = useLanguage();
  const event = useLiveEvent(asked, askedAt);
  const location = useQuery(locationQuery(event.locationId)).data;
  useTitle(event.name);
  return (
    <article className="mx-auto max-w-6xl px-4 pt-4 sm:px-6">
      <Link to="/" className="inline-flex min-h-11 items-center gap-2 font-medium text-soft hover:text-ink">
        <ArrowLeft aria-hidden className="size-4" />
        {strings.event.allEvents}
      </Link>
      <Artwork id={event.id} category={event.category} className="mt-2 h-44 w-full rounded-3xl sm:h-72" />
      <div className="mt-6 grid gap-8 lg:grid-cols-[1fr_24rem] lg:grid-rows-[auto_1fr]">
        <div className="min-w-0">
          <p className="font-semibold text-accent">{categoryName(strings, event.category)}</p>
          <h1 className="mt-1 text-4xl font-extrabold tracking-tight break-words sm:text-5xl">{event.name}</h1>
          <div className="mt-4 flex flex-wrap items-center gap-x-4 gap-y-2">
            <SaleBadge event={event} />
            <span className="text-lg font-semibold">
              {isFree(event.price) ? (
                strings.event.free
              ) : (
                <>
                  {formatMoney(event.price, language)}{" "}
                  <span className="font-normal text-soft">{strings.event.perSeat}</span>
                </>
              )}
            </span>
          </div>
          <dl className="mt-8 space-y-5">
            <Fact icon={<CalendarDays />} title={strings.event.dateAndTime}>
              <EventWhen event={event} />
            </Fact>
            <Fact icon={<MapPin />} title={strings.event.venue}>
              <span className="font-semibold">{event.locationName}</span>, {event.hall}
              <span className="block min-h-12 text-soft sm:min-h-6">
                {location ? `${location.address}, ` : ""}
                {countryName(language, event.country)}
              </span>
            </Fact>
          </dl>
        </div>
        <div className="space-y-4 lg:sticky lg:top-20 lg:row-span-2 lg:self-start">
          <BookPanel event={event} />
          {event.state !== "EVENT_STATE_CANCELLED" && <Seats event={event} />}
        </div>
        {event.description && (
          <section className="lg:col-start-1">
            <h2 className="text-2xl font-bold">{strings.event.about}</h2>
            <p className="mt-2 max-w-prose text-lg whitespace-pre-line">{event.description}</p>
          </section>
        )}
      </div>
    </article>
  );
}

const Waiting = () => (
  <div className="mx-auto max-w-6xl px-4 pt-4 sm:px-6">
    <Skeleton className="mt-13 h-44 rounded-3xl sm:h-72" />
    <div className="mt-6 grid gap-8 lg:grid-cols-[1fr_24rem]">
      <Skeleton className="h-40" />
      <Skeleton className="h-80 rounded-3xl" />
    </div>
  </div>
);

export default function EventPage() {
  const strings = useStrings();
  const { eventId = "" } = useParams();
  const query = useQuery(eventQuery(eventId));
  if (query.data) return <Shown event={query.data.event} askedAt={query.data.askedAt} />;
  if (query.isPending) return <Waiting />;
  const status = query.error instanceof Problem ? query.error.httpStatus : 0;
  if (status !== 404 && status !== 400)
    return <Failed title={strings.event.failedTitle} error={query.error} onRetry={() => query.refetch()} />;
  return (
    <Notice
      icon={<CircleHelp />}
      title={strings.event.missingTitle}
      action={
        <ButtonLink look="main" to="/">
          {strings.event.allEvents}
        </ButtonLink>
      }
    >
      {strings.event.missingText}
    </Notice>
  );
}
