import { MapPin } from "lucide-react";
import { memo } from "react";
import { Link } from "react-router";
import type { Event } from "@/api/client";
import { useLiveEvent } from "@/api/use_live";
import { Artwork } from "@/components/artwork";
import { SaleBadge } from "@/components/sale_badge";
import { Skeleton } from "@/components/skeleton";
import { formatMoney, isFree } from "@/lib/money";
import { dayOfMonth, formatDate, formatTime, isSameClock, localZone, shortMonth, zoneCity } from "@/lib/time";
import { categoryName, countryName, useLanguage, useStrings } from "@/strings";

const FRAME = "flex h-full flex-col overflow-hidden rounded-2xl border border-line bg-card shadow-card";

export const EventCard = memo(function EventCard({ event: listed, askedAt }: { event: Event; askedAt: number }) {
  const strings = useStrings();
  const language = useLanguage();
  const event = useLiveEvent(listed, askedAt);
  const zone = event.timeZone;
  const isElsewhere = !isSameClock(event.startTime, zone, localZone());
  return (
    <article
      className={`${FRAME} group relative transition-shadow hover:shadow-lift has-focus-visible:outline-3 has-focus-visible:outline-accent`}
    >
      <div className="relative aspect-[16/9] overflow-hidden">
        <Artwork
          id={event.id}
          category={event.category}
          className="size-full transition-transform duration-500 group-hover:scale-105"
        />
        <div
          aria-hidden
          className="absolute top-3 left-3 w-14 rounded-xl bg-card py-1.5 text-center leading-none shadow-card"
        >
          <div className="text-xs font-semibold text-accent uppercase">
            {shortMonth(event.startTime, language, zone)}
          </div>
          <div className="mt-1 font-display text-2xl font-bold tabular-nums">
            {dayOfMonth(event.startTime, language, zone)}
          </div>
        </div>
      </div>
      <div className="flex flex-1 flex-col gap-1.5 p-4">
        <p className="text-sm font-medium text-soft">{categoryName(strings, event.category)}</p>
        <h3 className="text-xl leading-tight font-bold">
          <Link to={`/events/${event.id}`} className="outline-none after:absolute after:inset-0">
            {event.name}
          </Link>
        </h3>
        <p className="text-[0.9375rem]">
          <time dateTime={event.startTime}>
            {formatDate(event.startTime, language, zone)}, {formatTime(event.startTime, language, zone)}
          </time>
          {isElsewhere && <span className="text-soft"> · {strings.event.venueTime(zoneCity(zone))}</span>}
        </p>
        <p className="flex items-start gap-1.5 text-[0.9375rem] text-soft">
          <MapPin aria-hidden className="mt-1 size-4 shrink-0" />
          {event.locationName}, {countryName(language, event.country)}
        </p>
        <div className="mt-auto flex flex-wrap items-center justify-between gap-2 pt-3">
          <SaleBadge event={event} />
          <span className="font-semibold">
            {isFree(event.price) ? strings.event.free : formatMoney(event.price, language)}
          </span>
        </div>
      </div>
    </article>
  );
});

export const CardSkeleton = () => (
  <div className={FRAME}>
    <Skeleton className="aspect-[16/9] rounded-none" />
    <div className="flex flex-1 flex-col gap-2.5 p-4">
      <Skeleton className="h-4 w-1/4" />
      <Skeleton className="h-6 w-4/5" />
      <Skeleton className="h-4 w-3/5" />
      <Skeleton className="h-4 w-2/3" />
      <Skeleton className="mt-3 h-7 w-2/5" />
    </div>
  </div>
);
