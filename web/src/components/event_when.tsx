import type { Event } from "@/api/client";
import { formatEnd, formatLongDate, formatMoment, formatTime, isSameClock, localZone, zoneCity } from "@/lib/time";
import { useLanguage, useStrings } from "@/strings";

// When, as the clocks at the venue say, and as the reader's say where that is something else.
export function EventWhen({ event }: { event: Event }) {
  const strings = useStrings();
  const language = useLanguage();
  const zone = event.timeZone;
  const isElsewhere = !isSameClock(event.startTime, zone, localZone());
  return (
    <>
      <time dateTime={event.startTime} className="font-semibold">
        {formatLongDate(event.startTime, language, zone)}, {formatTime(event.startTime, language, zone)}
      </time>
      {event.endTime && <span> {strings.event.until(formatEnd(event.startTime, event.endTime, language, zone))}</span>}
      {isElsewhere && (
        <span className="block text-soft">
          {strings.event.venueTime(zoneCity(zone))} ·{" "}
          {strings.event.yourTime(formatMoment(event.startTime, language, localZone()))}
        </span>
      )}
    </>
  );
}
