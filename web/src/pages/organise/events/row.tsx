import { memo } from "react";
import { Link } from "react-router";
import type { Event } from "@/api/client";
import { useLiveEvent } from "@/api/use_live";
import { Artwork } from "@/components/artwork";
import { SaleBadge } from "@/components/sale_badge";
import { formatDate, formatTime } from "@/lib/time";
import { useLanguage } from "@/strings";
import { useOrganise } from "@/strings/organise";

export const Row = memo(function Row({ event: listed, askedAt }: { event: Event; askedAt: number }) {
  const { list } = useOrganise();
  const language = useLanguage();
  const event = useLiveEvent(listed, askedAt);
  const taken = Math.max(0, event.capacity - event.seatsAvailable);
  const isSelling = event.state === "EVENT_STATE_PUBLISHED";
  return (
    <article className="relative grid grid-cols-[auto_1fr] items-center gap-x-4 gap-y-3 rounded-2xl border border-line bg-card p-3 shadow-card transition-shadow hover:shadow-lift has-focus-visible:outline-3 has-focus-visible:outline-accent md:grid-cols-[auto_1fr_16rem]">
      <Artwork id={event.id} category={event.category} className="size-16 rounded-xl sm:size-20" />
      <div className="min-w-0">
        <h3 className="text-lg leading-tight font-bold break-words">
          <Link to={`/organise/events/${event.id}`} className="outline-none after:absolute after:inset-0">
            {event.name}
          </Link>
        </h3>
        <p className="text-[0.9375rem]">
          <time dateTime={event.startTime}>
            {formatDate(event.startTime, language, event.timeZone)},{" "}
            {formatTime(event.startTime, language, event.timeZone)}
          </time>
        </p>
        <p className="truncate text-[0.9375rem] text-soft">
          {event.locationName}, {event.hall}
        </p>
      </div>
      <div className="min-w-0 max-md:col-span-2">
        <SaleBadge event={event} />
        {isSelling && (
          <>
            <div aria-hidden className="mt-2 h-2 overflow-hidden rounded-full bg-sunken">
              <div
                className="h-full rounded-full bg-accent transition-[width] duration-500"
                style={{ width: `${event.capacity > 0 ? (taken / event.capacity) * 100 : 0}%` }}
              />
            </div>
            <p className="mt-1 text-sm text-soft tabular-nums">{list.taken(taken, event.capacity)}</p>
          </>
        )}
      </div>
    </article>
  );
});
