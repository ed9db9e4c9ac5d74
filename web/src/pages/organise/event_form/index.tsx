import { useQuery } from "@tanstack/react-query";
import { Building2, CircleHelp, Lock } from "lucide-react";
import { useState } from "react";
import { useParams, useSearchParams } from "react-router";
import type { Event } from "@/api/client";
import { eventQuery, locationsQuery, type Places } from "@/api/events";
import { Problem } from "@/api/problem";
import { serverClock } from "@/api/server_clock";
import { useLiveEvent } from "@/api/use_live";
import { ButtonLink } from "@/components/button";
import { Failed } from "@/components/failed";
import { Notice } from "@/components/notice";
import { Skeleton } from "@/components/skeleton";
import { useStrings } from "@/strings";
import { useOrganise } from "@/strings/organise";
import { EventForm } from "./form";

const Waiting = () => (
  <div className="mx-auto max-w-3xl space-y-6 px-4 pt-17 sm:px-6">
    <Skeleton className="h-10 w-1/2" />
    <Skeleton className="h-80 rounded-3xl" />
    <Skeleton className="h-64 rounded-3xl" />
  </div>
);

function NoLocations() {
  const { event, places } = useOrganise();
  return (
    <Notice
      icon={<Building2 />}
      title={event.noLocations}
      action={
        <ButtonLink look="main" to="/organise/locations/new">
          {places.newLocation}
        </ButtonLink>
      }
    >
      {places.emptyText}
    </Notice>
  );
}

function Locked({ event, children }: { event: Event; children: string }) {
  const words = useOrganise().event;
  return (
    <Notice
      icon={<Lock />}
      title={event.name}
      action={
        <ButtonLink look="main" to={`/organise/events/${event.id}`}>
          {words.back}
        </ButtonLink>
      }
    >
      {children}
    </Notice>
  );
}

function Edit({ event: asked, askedAt, places }: { event: Event; askedAt: number; places: Places }) {
  const { locked } = useOrganise().event;
  const newest = useLiveEvent(asked, askedAt);
  const [first] = useState(newest);
  if (newest.state === "EVENT_STATE_CANCELLED") return <Locked event={newest}>{locked.EVENT_STATE_CANCELLED}</Locked>;
  if (newest.state === "EVENT_STATE_PUBLISHED" && Date.parse(newest.startTime) <= serverClock.now())
    return <Locked event={newest}>{locked.started}</Locked>;
  return <EventForm event={first} newest={newest} places={places} />;
}

export default function EventFormPage() {
  const strings = useStrings();
  const organise = useOrganise();
  const { eventId = "" } = useParams();
  const [search] = useSearchParams();
  // Others may have made a location or a hall a moment ago.
  const places = useQuery({ ...locationsQuery, staleTime: 0 });
  const event = useQuery({ ...eventQuery(eventId), enabled: eventId !== "" });
  const isReady = places.data && (!eventId || event.data);
  if (isReady && places.data.locations.length === 0) return <NoLocations />;
  if (isReady && event.data)
    return <Edit key={eventId} event={event.data.event} askedAt={event.data.askedAt} places={places.data} />;
  if (isReady) return <EventForm places={places.data} locationId={search.get("location") ?? ""} />;
  const error = event.error ?? places.error;
  if (!error) return <Waiting />;
  const status = error instanceof Problem ? error.httpStatus : 0;
  if (error === event.error && (status === 404 || status === 400))
    return (
      <Notice
        icon={<CircleHelp />}
        title={strings.event.missingTitle}
        action={
          <ButtonLink look="main" to="/organise">
            {organise.board.all}
          </ButtonLink>
        }
      />
    );
  return (
    <Failed
      title={organise.board.failedTitle}
      error={error}
      onRetry={() => (event.error ? event.refetch() : places.refetch())}
    />
  );
}
