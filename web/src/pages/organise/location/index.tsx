import { useQuery } from "@tanstack/react-query";
import { CalendarPlus, CircleHelp, Trash2 } from "lucide-react";
import { type FormEvent, useRef, useState } from "react";
import { useNavigate, useParams } from "react-router";
import type { Location } from "@/api/client";
import { locationQuery } from "@/api/events";
import { freshEvent, freshLocation, useCreateLocation, useDeleteLocation, useUpdateLocation } from "@/api/organise";
import { Problem, reasonOf } from "@/api/problem";
import { Button, ButtonLink } from "@/components/button";
import { Confirm } from "@/components/dialog";
import { Failed } from "@/components/failed";
import { Notice } from "@/components/notice";
import { say } from "@/components/say";
import { Skeleton } from "@/components/skeleton";
import {
  checkLocation,
  emptyLocation,
  hallField,
  type LocationForm,
  locationBody,
  locationForm,
} from "@/lib/location_form";
import { changed } from "@/lib/merge";
import { localZone } from "@/lib/time";
import { useTitle } from "@/lib/use_title";
import { useOrganise, useProblemText } from "@/strings/organise";
import type { OrganiseStrings } from "@/strings/organise_en";
import { FormFrame } from "../parts/frame";
import { LeaveGuard } from "../parts/leave_guard";
import { Stale } from "../parts/stale";
import { Summary } from "../parts/summary";
import { useForm, type Wrong } from "../parts/use_form";
import { HALLS, Halls } from "./halls";
import { Place } from "./place";

const LIST = "/organise/locations";

// Which hall is used by which event, in words, beside that hall.
async function hallInUse(organise: OrganiseStrings, error: Problem, values: LocationForm): Promise<Wrong> {
  const { event_id: eventId, hall: name = "" } = error.metadata;
  if (!eventId) return { field: HALLS, text: organise.location.hallInUse };
  const event = await freshEvent(eventId);
  const index = values.halls.findIndex((hall) => hall.name.trim() === name);
  return index < 0
    ? { field: HALLS, text: organise.location.hallMissing(event.name, name) }
    : { field: hallField(index, "capacity"), text: organise.location.hallTooSmall(event.name, name, event.capacity) };
}

function Delete({ location, onDeleted }: { location: Location; onDeleted: () => void }) {
  const organise = useOrganise();
  const problemText = useProblemText();
  const remove = useDeleteLocation(location);
  const [isAsking, setIsAsking] = useState(false);
  const onYes = () =>
    remove.mutate(undefined, {
      onSuccess: onDeleted,
      onError: (error) => {
        setIsAsking(false);
        say(problemText(reasonOf(error)), "bad");
      },
    });
  return (
    <>
      <Button
        look="quiet"
        className="text-bad! sm:ml-auto"
        icon={<Trash2 aria-hidden className="size-5" />}
        onClick={() => setIsAsking(true)}
      >
        {organise.location.deleteIt}
      </Button>
      <Confirm
        title={organise.location.deleteTitle(location.name)}
        text={organise.location.deleteText}
        yes={organise.location.deleteIt}
        no={organise.location.keep}
        isOpen={isAsking}
        isBusy={remove.isPending}
        onYes={onYes}
        onClose={() => setIsAsking(false)}
      />
    </>
  );
}

function Form({ location: first }: { location?: Location }) {
  const organise = useOrganise();
  const words = organise.location;
  const navigate = useNavigate();
  const create = useCreateLocation();
  const update = useUpdateLocation();
  const [location, setLocation] = useState(first);
  const [isStale, setIsStale] = useState(false);
  const isDone = useRef(false);
  const form = useForm<LocationForm>({
    start: location ? locationForm(location) : emptyLocation(localZone()),
    check: checkLocation,
  });
  const isBusy = create.isPending || update.isPending;
  useTitle(location ? location.name : words.newTitle);

  const finish = (text: string) => {
    isDone.current = true;
    say(text);
    navigate(LIST);
  };
  const onError = async (error: unknown) => {
    const reason = reasonOf(error);
    if (reason === "STALE_ETAG") setIsStale(true);
    else if (reason === "HALL_IN_USE" && error instanceof Problem) {
      try {
        form.refuse([await hallInUse(organise, error, form.values)]);
      } catch {
        form.refuse([{ field: HALLS, text: words.hallInUse }]);
      }
    } else form.refuseFor(error);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isBusy || !form.isReady()) return;
    const body = locationBody(form.values);
    if (!location) return create.mutate(body, { onSuccess: () => finish(words.created(body.name)), onError });
    const fields = changed(locationBody(form.base), body);
    if (fields.length === 0) return finish(organise.form.unchanged);
    const part = Object.fromEntries(fields.map((field) => [field, body[field]]));
    const change = { id: location.id, etag: location.etag, fields: part };
    return update.mutate(change, { onSuccess: () => finish(organise.form.saved), onError });
  };
  const labels: Record<keyof LocationForm, string> = { ...words };
  const take = async () => {
    const theirs = await freshLocation(location?.id ?? "");
    const other = locationForm(theirs);
    const { taken, conflicts } = form.rebase(other);
    setLocation(theirs);
    setIsStale(false);
    const hallNames = other.halls.map(({ name, capacity }) => `${name}: ${capacity}`).join(", ");
    const told = { ...other, halls: hallNames };
    return {
      taken: taken.map((field) => labels[field]),
      conflicts: conflicts.map((field) => organise.form.theirs(labels[field], told[field])),
    };
  };

  return (
    <FormFrame back={LIST} backText={organise.locations} title={location ? words.editTitle : words.newTitle}>
      <Stale isStale={isStale} onTake={take} />
      <Summary wrong={form.wrong} tries={form.tries} />
      <form noValidate onSubmit={submit} className="mt-6 grid gap-6">
        <Place values={form.values} change={form.change} problem={form.problem} />
        <Halls
          halls={form.values.halls}
          onChange={(halls, ...fields) => form.change({ halls }, ...fields)}
          problem={form.problem}
        />
        <div className="flex flex-col gap-3 sm:flex-row">
          <Button type="submit" look="main" size="large" isBusy={isBusy}>
            {location ? (isBusy ? organise.form.saving : organise.form.save) : isBusy ? words.creating : words.create}
          </Button>
          <ButtonLink size="large" to={LIST}>
            {organise.form.cancel}
          </ButtonLink>
          {location && (
            <Delete
              location={location}
              onDeleted={() => {
                finish(words.deleted);
              }}
            />
          )}
        </div>
      </form>
      {location && (
        <p className="mt-6">
          <ButtonLink
            look="quiet"
            to={`/organise/events/new?location=${location.id}`}
            icon={<CalendarPlus aria-hidden className="size-5" />}
          >
            {words.planEvent}
          </ButtonLink>
        </p>
      )}
      <LeaveGuard isDirty={() => form.isDirty && !isDone.current} />
    </FormFrame>
  );
}

const Waiting = () => (
  <div className="mx-auto max-w-3xl space-y-6 px-4 pt-17 sm:px-6">
    <Skeleton className="h-10 w-1/2" />
    <Skeleton className="h-96 rounded-3xl" />
    <Skeleton className="h-64 rounded-3xl" />
  </div>
);

function Edit({ locationId }: { locationId: string }) {
  const organise = useOrganise();
  // What is edited is what the server has now, not what was read a while ago.
  const query = useQuery({ ...locationQuery(locationId), staleTime: 0, refetchOnWindowFocus: false });
  if (query.data && query.isFetchedAfterMount) return <Form location={query.data} />;
  if (!query.isError) return <Waiting />;
  const status = query.error instanceof Problem ? query.error.httpStatus : 0;
  if (status !== 404 && status !== 400)
    return <Failed title={organise.location.failedTitle} error={query.error} onRetry={() => query.refetch()} />;
  return (
    <Notice
      icon={<CircleHelp />}
      title={organise.location.missingTitle}
      action={
        <ButtonLink look="main" to={LIST}>
          {organise.locations}
        </ButtonLink>
      }
    >
      {organise.location.missingText}
    </Notice>
  );
}

export default function LocationPage() {
  const { locationId = "" } = useParams();
  return locationId ? <Edit key={locationId} locationId={locationId} /> : <Form />;
}
