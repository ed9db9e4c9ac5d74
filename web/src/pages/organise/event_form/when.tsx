import { EVENT_LIMITS } from "@/lib/event_form";
import { formatMoment, isSameClock, localZone } from "@/lib/time";
import { laterOn, momentOf, offsetName } from "@/lib/zoned";
import { useLanguage } from "@/strings";
import { useOrganise } from "@/strings/organise";
import { Section, TextField } from "../parts/fields";
import type { PartProps } from "./what";

const USUAL_MINUTES = 120;

// What a time on the venue's wall is for the one who writes it.
function Preview({ wall, zone }: { wall: string; zone: string }) {
  const { event } = useOrganise();
  const language = useLanguage();
  const moment = momentOf(wall, zone);
  if (!("time" in moment)) return null;
  const isElsewhere = !isSameClock(moment.time, zone, localZone());
  return (
    <>
      {isElsewhere && <span className="block">{event.preview(formatMoment(moment.time, language, localZone()))}</span>}
      {moment.kind === "twice" && <span className="block font-medium text-warn">{event.twice}</span>}
    </>
  );
}

export function When({ values, change, problem, zone }: PartProps & { zone: string }) {
  const { event } = useOrganise();
  const moment = momentOf(values.start, zone);
  const at = "time" in moment ? Date.parse(moment.time) : Date.now();
  const setStart = (start: string) => {
    const end = values.end || laterOn(start, USUAL_MINUTES);
    change({ start, end }, "event.start_time", "event.end_time");
  };
  return (
    <Section title={event.when} note={zone ? event.zoneNote(zone, offsetName(at, zone)) : event.zoneOpen}>
      <div className="grid gap-5 sm:grid-cols-2">
        <TextField
          id="event.start_time"
          type="datetime-local"
          label={event.start}
          hint={
            <>
              {event.startHint}
              {zone && <Preview wall={values.start} zone={zone} />}
            </>
          }
          problem={problem("event.start_time")}
          value={values.start}
          onChange={setStart}
        />
        <TextField
          id="event.end_time"
          type="datetime-local"
          label={event.end}
          hint={
            <>
              {event.endHint(EVENT_LIMITS.days)}
              {zone && <Preview wall={values.end} zone={zone} />}
            </>
          }
          problem={problem("event.end_time")}
          value={values.end}
          onChange={(end) => change({ end }, "event.end_time")}
        />
      </div>
    </Section>
  );
}
