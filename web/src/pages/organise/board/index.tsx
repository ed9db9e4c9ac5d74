import { useQuery } from "@tanstack/react-query";
import { Ban, CircleHelp, ExternalLink, Pencil, Rocket, Trash2 } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useParams } from "react-router";
import type { Event } from "@/api/client";
import { eventQuery } from "@/api/events";
import { live } from "@/api/live";
import { Problem } from "@/api/problem";
import { isStillCancelling, salesQuery, useSales } from "@/api/sales";
import { serverClock } from "@/api/server_clock";
import { useLiveEvent } from "@/api/use_live";
import { Artwork } from "@/components/artwork";
import { Button, ButtonLink } from "@/components/button";
import { EventWhen } from "@/components/event_when";
import { Failed } from "@/components/failed";
import { Notice } from "@/components/notice";
import { SaleBadge } from "@/components/sale_badge";
import { Skeleton } from "@/components/skeleton";
import { formatMoney, isFree } from "@/lib/money";
import { useTitle } from "@/lib/use_title";
import { useLanguage, useStrings } from "@/strings";
import { useOrganise } from "@/strings/organise";
import { BackLink } from "../parts/frame";
import { Attendees } from "./attendees";
import { type Asked, Dialogs } from "./dialogs";
import { Numbers } from "./numbers";
import { Sales } from "./sales";

const icon = "size-5";

function Actions({ event, onAsk }: { event: Event; onAsk: (asked: Asked) => void }) {
  const { board } = useOrganise();
  const isDraft = event.state === "EVENT_STATE_DRAFT";
  const isPublished = event.state === "EVENT_STATE_PUBLISHED";
  const hasBegun = Date.parse(event.startTime) <= serverClock.now();
  return (
    <div className="mt-6 flex flex-wrap gap-3">
      {isDraft && !hasBegun && (
        <Button look="main" icon={<Rocket aria-hidden className={icon} />} onClick={() => onAsk("publish")}>
          {board.publish}
        </Button>
      )}
      {(isDraft || (isPublished && !hasBegun)) && (
        <ButtonLink to={`/organise/events/${event.id}/edit`} icon={<Pencil aria-hidden className={icon} />}>
          {board.edit}
        </ButtonLink>
      )}
      {!isDraft && (
        <ButtonLink to={`/events/${event.id}`} icon={<ExternalLink aria-hidden className={icon} />}>
          {board.public}
        </ButtonLink>
      )}
      {isDraft && (
        <Button
          look="quiet"
          className="text-bad!"
          icon={<Trash2 aria-hidden className={icon} />}
          onClick={() => onAsk("delete")}
        >
          {board.deleteDraft}
        </Button>
      )}
      {isPublished && (
        <Button
          look="quiet"
          className="text-bad!"
          icon={<Ban aria-hidden className={icon} />}
          onClick={() => onAsk("callOff")}
        >
          {board.callOff}
        </Button>
      )}
    </div>
  );
}

function Head({ event }: { event: Event }) {
  const strings = useStrings();
  const language = useLanguage();
  return (
    <header className="mt-2 flex items-start gap-5">
      <Artwork id={event.id} category={event.category} className="size-28 shrink-0 rounded-3xl max-sm:hidden" />
      <div className="min-w-0">
        <h1 className="text-3xl font-extrabold tracking-tight break-words sm:text-4xl">{event.name}</h1>
        <p className="mt-2">
          <EventWhen event={event} />
        </p>
        <p className="text-soft">
          {event.locationName}, {event.hall}
        </p>
        <div className="mt-3 flex flex-wrap items-center gap-3">
          <SaleBadge event={event} />
          <span className="font-semibold">
            {isFree(event.price)
              ? strings.event.free
              : `${formatMoney(event.price, language)} ${strings.event.perSeat}`}
          </span>
        </div>
      </div>
    </header>
  );
}

function Draft({ event }: { event: Event }) {
  const organise = useOrganise();
  const { board } = organise;
  const hasBegun = Date.parse(event.startTime) <= serverClock.now();
  return (
    <section aria-labelledby="draft" className="rounded-3xl bg-sunken p-5 sm:p-6">
      <h2 id="draft" className="text-2xl font-bold">
        {board.draftTitle}
      </h2>
      <p className="mt-1">{board.draftText}</p>
      <p className="mt-1 text-soft">{organise.event.hallOption(event.hall, event.capacity)}</p>
      {hasBegun && <p className="mt-2 font-medium text-warn">{board.startedDraft}</p>}
      {event.description && <p className="mt-4 max-w-prose whitespace-pre-line">{event.description}</p>}
    </section>
  );
}

// While its bookings are being cancelled, how far that is.
function CalledOff({ event }: { event: Event }) {
  const { board } = useOrganise();
  const sales = useQuery(salesQuery(event)).data;
  const ended = sales?.bookings.filter(({ history }) => history?.at(-1)?.reason === "event cancelled").length ?? 0;
  const left = sales ? sales.availability.sold + sales.availability.held : 0;
  const isCancelling = !!sales && isStillCancelling(event, sales.availability);
  return (
    <section aria-labelledby="called-off" className="rounded-3xl bg-bad-wash p-5 sm:p-6">
      <h2 id="called-off" className="text-2xl font-bold text-bad">
        {board.cancelledTitle}
      </h2>
      <p role="status" className="mt-1 min-h-6">
        {sales &&
          (isCancelling
            ? board.cancelling(left)
            : sales.isSettled
              ? board.cancelledAll(ended, sales.isWhole)
              : board.cancelledCounting)}
      </p>
    </section>
  );
}

function Selling({ event }: { event: Event }) {
  const { board } = useOrganise();
  const sales = useSales(event);
  if (sales.isError && !sales.data)
    return <Failed title={board.salesFailed} error={sales.error} onRetry={() => sales.refetch()} />;
  return (
    <>
      <Numbers event={event} seats={sales.data?.availability} />
      <Sales event={event} sales={sales.data} />
      <Attendees event={event} sales={sales.data} />
    </>
  );
}

function Shown({ event: asked, askedAt }: { event: Event; askedAt: number }) {
  const { board } = useOrganise();
  const event = useLiveEvent(asked, askedAt);
  const [question, setQuestion] = useState<Asked>();
  useTitle(event.name);
  // What was just made here is known without having been asked for, and so nobody has started the stream.
  useEffect(() => live.start(), []);
  // Another state is another page: it begins at its top.
  const shownState = useRef(event.state);
  useEffect(() => {
    if (shownState.current === event.state) return;
    shownState.current = event.state;
    scrollTo(0, 0);
    document.getElementById("content")?.focus({ preventScroll: true });
  }, [event.state]);
  return (
    <div className="mx-auto max-w-6xl px-4 pt-4 sm:px-6">
      <BackLink to="/organise">{board.all}</BackLink>
      <Head event={event} />
      <Actions event={event} onAsk={setQuestion} />
      <div className="mt-6 grid gap-6 *:min-w-0">
        {event.state === "EVENT_STATE_DRAFT" && <Draft event={event} />}
        {event.state === "EVENT_STATE_CANCELLED" && <CalledOff event={event} />}
        {event.state !== "EVENT_STATE_DRAFT" && <Selling event={event} />}
      </div>
      <Dialogs event={event} asked={question} onClose={() => setQuestion(undefined)} />
    </div>
  );
}

const Waiting = () => (
  <div className="mx-auto max-w-6xl space-y-6 px-4 pt-17 sm:px-6">
    <Skeleton className="h-40 w-2/3" />
    <Skeleton className="h-44 rounded-3xl" />
    <Skeleton className="h-96 rounded-3xl" />
  </div>
);

export default function BoardPage() {
  const strings = useStrings();
  const { board } = useOrganise();
  const { eventId = "" } = useParams();
  const query = useQuery(eventQuery(eventId));
  const status = query.error instanceof Problem ? query.error.httpStatus : 0;
  const isMissing = status === 404 || status === 400;
  if (query.data && !isMissing) return <Shown key={eventId} event={query.data.event} askedAt={query.data.askedAt} />;
  if (query.isPending) return <Waiting />;
  if (!isMissing) return <Failed title={board.failedTitle} error={query.error} onRetry={() => query.refetch()} />;
  return (
    <Notice
      icon={<CircleHelp />}
      title={strings.event.missingTitle}
      action={
        <ButtonLink look="main" to="/organise">
          {board.all}
        </ButtonLink>
      }
    >
      {strings.event.missingText}
    </Notice>
  );
}
