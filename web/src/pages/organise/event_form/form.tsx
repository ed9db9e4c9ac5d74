import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useRef, useState } from "react";
import { useNavigate } from "react-router";
import type { Availability, Event, Location } from "@/api/client";
import type { Places } from "@/api/events";
import { freshEvent, useCreateEvent, useUpdateEvent } from "@/api/organise";
import { reasonOf } from "@/api/problem";
import { freshAvailability, salesQuery } from "@/api/sales";
import { serverClock } from "@/api/server_clock";
import { Button, ButtonLink } from "@/components/button";
import { say } from "@/components/say";
import { checkEvent, emptyEvent, eventBody, eventForm, type EventForm as Values } from "@/lib/event_form";
import { changed } from "@/lib/merge";
import { useTitle } from "@/lib/use_title";
import { useLanguage } from "@/strings";
import { useOrganise } from "@/strings/organise";
import { FormFrame } from "../parts/frame";
import { LeaveGuard } from "../parts/leave_guard";
import { Stale } from "../parts/stale";
import { Summary } from "../parts/summary";
import { useForm } from "../parts/use_form";
import { Price } from "./price";
import { What } from "./what";
import { When } from "./when";
import { Where } from "./where";

// Where to show what the server says of fields that are not on the form.
const alias = (field: string): string =>
  field === "event.price.nanos" || field === "event.price"
    ? "event.price.units"
    : field === "event.time_zone"
      ? "event.location_id"
      : field;

// An event keeps its zone as long as it stays where it is; elsewhere it gets that of the place.
function zoneOf(values: Values, event: Event | undefined, locations: Location[]): string {
  if (event && event.locationId === values.locationId) return event.timeZone;
  return locations.find(({ id }) => id === values.locationId)?.timeZone ?? "";
}

const readable = (wall: string): string => wall.replace("T", " ");

type Props = { event?: Event; newest?: Event; places: Places; locationId?: string };

// `event` is what the form began with; `newest` what others may have made of it since.
export function EventForm({ event: first, newest, places, locationId = "" }: Props) {
  const { locations } = places;
  const organise = useOrganise();
  const words = organise.event;
  const decimal = useLanguage() === "de" ? "," : ".";
  const navigate = useNavigate();
  const create = useCreateEvent();
  const update = useUpdateEvent();
  const [event, setEvent] = useState(first);
  const [isRefusedAsStale, setIsRefusedAsStale] = useState(false);
  const isDone = useRef(false);
  const hallOf = (values: Values) =>
    locations.find(({ id }) => id === values.locationId)?.halls.find(({ name }) => name === values.hall);
  const form = useForm<Values>({
    start: event
      ? eventForm(event, decimal)
      : emptyEvent(locationId, locations.find(({ id }) => id === locationId)?.halls),
    check: (values) => checkEvent(values, zoneOf(values, event, locations), hallOf(values), serverClock.now()),
    alias,
  });
  const { values } = form;
  const zone = zoneOf(values, event, locations);
  const isPublished = event?.state === "EVENT_STATE_PUBLISHED";
  const isBusy = create.isPending || update.isPending;
  const isStale = isRefusedAsStale || (!!event && !!newest && newest.etag !== event.etag && !isBusy && !isDone.current);
  useTitle(event ? event.name : words.newTitle);

  const finish = (id: string, text: string) => {
    isDone.current = true;
    say(text);
    navigate(`/organise/events/${id}`);
  };
  const refuseCapacity = async (id: string) => {
    let seats: Availability | undefined;
    try {
      seats = await freshAvailability(id);
    } catch {
      // Without the numbers it is still said why.
    }
    const wanted = Number(values.capacity || hallOf(values)?.capacity || 0);
    const text = seats ? words.capacityRefused(wanted, seats.sold, seats.held) : words.capacityRefusedPlain;
    form.refuse([{ field: "event.capacity", text }]);
  };
  const onError = (error: unknown) => {
    const reason = reasonOf(error);
    if (reason === "STALE_ETAG") setIsRefusedAsStale(true);
    else if (reason === "CAPACITY_BELOW_SOLD" && event) refuseCapacity(event.id);
    else form.refuseFor(error);
  };
  const submit = (submitted: FormEvent) => {
    submitted.preventDefault();
    if (isBusy || !form.isReady()) return;
    const body = eventBody(values, zone);
    if (!event) return create.mutate(body, { onSuccess: ({ id }) => finish(id, words.created), onError });
    const fields = changed(eventBody(form.base, event.timeZone), body);
    if (fields.length === 0) return finish(event.id, organise.form.unchanged);
    const part = Object.fromEntries(fields.map((field) => [field, body[field]]));
    const change = { id: event.id, etag: event.etag, fields: part };
    return update.mutate(change, { onSuccess: ({ id }) => finish(id, organise.form.saved), onError });
  };
  const labels: Record<keyof Values, string> = { ...words, locationId: words.location };
  const take = async () => {
    const theirs = await freshEvent(event?.id ?? "");
    const other = eventForm(theirs, decimal);
    const { taken, conflicts } = form.rebase(other);
    setEvent(theirs);
    setIsRefusedAsStale(false);
    const told = { ...other, locationId: theirs.locationName, start: readable(other.start), end: readable(other.end) };
    return {
      taken: taken.map((field) => labels[field]),
      conflicts: conflicts.map((field) => organise.form.theirs(labels[field], told[field])),
    };
  };
  const back = event ? `/organise/events/${event.id}` : "/organise";
  const props = { values, change: form.change, problem: form.problem };

  return (
    <FormFrame
      back={back}
      backText={event ? words.back : organise.board.all}
      title={event ? words.editTitle : words.newTitle}
      {...(!event && { lead: words.newLead })}
    >
      <Stale isStale={isStale} onTake={take} />
      <Summary wrong={form.wrong} tries={form.tries} />
      <form noValidate onSubmit={submit} className="mt-6 grid gap-6">
        <What {...props} />
        {event ? (
          <WhereSelling {...props} event={event} places={places} isFixed={isPublished} />
        ) : (
          <Where {...props} places={places} isFixed={false} taken={undefined} />
        )}
        <When {...props} zone={zone} />
        <Price {...props} />
        <div className="flex flex-col gap-3 sm:flex-row">
          <Button type="submit" look="main" size="large" isBusy={isBusy}>
            {event ? (isBusy ? organise.form.saving : organise.form.save) : isBusy ? words.creating : words.create}
          </Button>
          <ButtonLink size="large" to={back}>
            {organise.form.cancel}
          </ButtonLink>
        </div>
      </form>
      <LeaveGuard isDirty={() => form.isDirty && !isDone.current} />
    </FormFrame>
  );
}

// With the seats that are taken already: below them it cannot go.
function WhereSelling({ event, ...props }: Omit<Parameters<typeof Where>[0], "taken"> & { event: Event }) {
  const sales = useQuery(salesQuery(event));
  return <Where {...props} taken={sales.data?.availability} />;
}
