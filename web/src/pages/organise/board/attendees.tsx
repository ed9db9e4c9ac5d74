import { ChevronLeft, ChevronRight, Download, Users } from "lucide-react";
import { type ReactNode, useEffect, useId, useMemo, useState } from "react";
import type { Booking, Event } from "@/api/client";
import { isGuest, people, usePeople } from "@/api/people";
import type { Sales } from "@/api/sales";
import { Button } from "@/components/button";
import { say } from "@/components/say";
import { SearchField } from "@/components/search_field";
import { Skeleton } from "@/components/skeleton";
import {
  type Attendee,
  attendeeRows,
  bookedAt,
  matches,
  type Slice,
  type StateFilter,
  sliceOf,
  wordsOf,
} from "@/lib/attendees";
import { csv, fileName } from "@/lib/csv";
import { save } from "@/lib/ics";
import { formatDate, formatTime } from "@/lib/time";
import { useDebounced } from "@/lib/use_debounced";
import { useLanguage, useStrings } from "@/strings";
import { useOrganise } from "@/strings/organise";

const PAGE_SIZE = 25;
const TYPING_MS = 200;
const states: StateFilter[] = [
  "",
  "BOOKING_STATE_CONFIRMED",
  "BOOKING_STATE_HELD",
  "BOOKING_STATE_CANCELLED",
  "BOOKING_STATE_EXPIRED",
];

const attendeeOf = (booking: Booking): Attendee => {
  const person = people.get(booking.userId);
  return { booking, user: person?.user, isRead: !!person };
};

// Those of a state in which all words occur. For words, all names have to be known.
function useAttendees(bookings: Booking[], state: StateFilter, text: string, page: number) {
  const version = usePeople();
  const words = useMemo(() => wordsOf(text), [text]);
  const ofState = useMemo(() => bookings.filter((booking) => !state || booking.state === state), [bookings, state]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the version stands for what is known of people
  const found = useMemo(
    () => (words.length > 0 ? ofState.filter((booking) => matches(attendeeOf(booking), words)) : ofState),
    [ofState, words, version],
  );
  const slice = sliceOf(found.length, page, PAGE_SIZE);
  const shown = found.slice(slice.from, slice.to);
  const needed = words.length > 0 ? ofState : shown;
  const key = needed.map(({ id, state }) => id + state).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked for when others are needed
  useEffect(() => {
    people.load(needed.map(({ userId }) => userId));
  }, [key]);
  const ids = useMemo(() => new Set(ofState.map(({ userId }) => userId)), [ofState]);
  const unread = words.length > 0 ? ids.size - people.countKnown(ids) : 0;
  return { found, shown: shown.map(attendeeOf), slice, all: ids.size, unread };
}

function Name({ attendee: { user, isRead } }: { attendee: Attendee }) {
  const { attendees } = useOrganise();
  if (!isRead) return <Skeleton className="h-5 w-32" />;
  if (!user) return <span className="text-soft">{attendees.unknown}</span>;
  if (isGuest(user)) return <span className="text-soft">{attendees.guest}</span>;
  return `${user.firstName} ${user.lastName}`;
}

const Cell = ({ children, className = "" }: { children?: ReactNode; className?: string }) => (
  <td className={`px-3 py-2.5 ${className}`}>{children}</td>
);

function Row({ attendee, zone }: { attendee: Attendee; zone: string }) {
  const strings = useStrings();
  const language = useLanguage();
  const { booking, user } = attendee;
  const at = bookedAt(booking);
  return (
    <tr className="border-t border-line">
      <th scope="row" className="max-w-64 px-3 py-2.5 font-semibold break-words">
        <Name attendee={attendee} />
      </th>
      <Cell className="max-w-72 break-all">{user?.email}</Cell>
      <Cell className="text-right tabular-nums">{booking.seats}</Cell>
      <Cell className="whitespace-nowrap">{strings.bookings.states[booking.state]}</Cell>
      <Cell className="whitespace-nowrap tabular-nums">
        {at && (
          <time dateTime={at}>
            {formatDate(at, language, zone)}, {formatTime(at, language, zone)}
          </time>
        )}
      </Cell>
    </tr>
  );
}

function Table({ shown, zone }: { shown: Attendee[]; zone: string }) {
  const { attendees } = useOrganise();
  const columns = [attendees.name, attendees.email, attendees.seats, attendees.stateColumn, attendees.bookedAt];
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section aria-label={attendees.region} tabIndex={0} className="overflow-x-auto rounded-xl border border-line">
      <table className="w-full min-w-[44rem] text-left">
        <thead className="bg-sunken text-sm">
          <tr>
            {columns.map((name) => (
              <th key={name} scope="col" className={`px-3 py-2 ${name === attendees.seats ? "text-right" : ""}`}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((attendee) => (
            <Row key={attendee.booking.id} attendee={attendee} zone={zone} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Pages({ slice, count, onGo }: { slice: Slice; count: number; onGo: (page: number) => void }) {
  const { attendees } = useOrganise();
  if (slice.pages < 2) return null;
  return (
    <nav aria-label={attendees.pages} className="mt-3 flex items-center justify-end gap-2">
      <p className="mr-2 text-soft tabular-nums">{attendees.page(slice.from + 1, slice.to, count)}</p>
      <Button
        size="small"
        aria-label={attendees.previous}
        disabled={slice.page === 0}
        icon={<ChevronLeft aria-hidden className="size-5" />}
        onClick={() => onGo(slice.page - 1)}
      />
      <Button
        size="small"
        aria-label={attendees.next}
        disabled={slice.page === slice.pages - 1}
        icon={<ChevronRight aria-hidden className="size-5" />}
        onClick={() => onGo(slice.page + 1)}
      />
    </nav>
  );
}

function useDownload(event: Event, found: Booking[]) {
  const strings = useStrings();
  const { attendees } = useOrganise();
  const [isBusy, setIsBusy] = useState(false);
  const download = async () => {
    setIsBusy(true);
    await people.load(found.map(({ userId }) => userId));
    setIsBusy(false);
    if (people.hasFailed) return say(attendees.namesFailed, "bad"); // half a list would be taken for a whole one
    const { firstName, lastName, email, seats, stateColumn, bookedAt: booked, bookingId } = attendees;
    const header = [firstName, lastName, email, seats, stateColumn, attendees.zoneHeader(booked, event.timeZone)];
    const rows = attendeeRows(found.map(attendeeOf), event.timeZone, (state) => strings.bookings.states[state]);
    const text = csv([...header, bookingId], rows);
    save(fileName(`${attendees.csvFile}-${event.name}`, "csv"), "text/csv;charset=utf-8", text);
    return say(attendees.csvMade(rows.length));
  };
  return { isBusy, download };
}

function Shown({ event, sales }: { event: Event; sales: Sales }) {
  const strings = useStrings();
  const organise = useOrganise();
  const { attendees } = organise;
  const id = useId();
  // Until somebody chooses: those who will come; when nobody will, all.
  const [chosen, setState] = useState<StateFilter>();
  const state = chosen ?? (event.state === "EVENT_STATE_CANCELLED" ? "" : "BOOKING_STATE_CONFIRMED");
  const [text, setText] = useState("");
  const [page, setPage] = useState(0);
  const rested = useDebounced(text, TYPING_MS);
  const { found, shown, slice, all, unread } = useAttendees(sales.bookings, state, rested, page);
  const { isBusy, download } = useDownload(event, found);
  const seats = found.reduce((sum, booking) => sum + booking.seats, 0);
  usePeople();
  return (
    <>
      <div className="mt-4 flex flex-col gap-3 md:flex-row md:items-end">
        <div className="min-w-0 flex-1">
          <SearchField
            label={attendees.search}
            clear={organise.list.clearSearch}
            value={text}
            onChange={(words) => {
              setText(words);
              setPage(0);
            }}
          />
        </div>
        <div className="flex items-center gap-3">
          <label htmlFor={id} className="font-semibold">
            {attendees.state}
          </label>
          <select
            id={id}
            className="field w-44!"
            value={state}
            onChange={(change) => {
              setState(change.target.value as StateFilter);
              setPage(0);
            }}
          >
            {states.map((one) => (
              <option key={one} value={one}>
                {one ? strings.bookings.states[one] : attendees.all}
              </option>
            ))}
          </select>
        </div>
        <Button isBusy={isBusy} icon={<Download aria-hidden className="size-5" />} onClick={download}>
          {attendees.csv}
        </Button>
      </div>
      <p role="status" className="my-3 min-h-6 font-semibold">
        {unread > 0 ? attendees.naming(all - unread, all) : attendees.count(found.length, seats)}
      </p>
      {people.hasFailed && <p className="mb-3 font-medium text-bad">{attendees.namesFailed}</p>}
      {found.length > 0 ? (
        <Table shown={shown} zone={event.timeZone} />
      ) : (
        <p className="rounded-xl bg-sunken p-6 text-center text-soft">{unread === 0 && attendees.nothing}</p>
      )}
      <Pages slice={slice} count={found.length} onGo={setPage} />
      {!sales.isWhole && <p className="mt-3 text-soft">{attendees.limited(sales.bookings.length)}</p>}
    </>
  );
}

export function Attendees({ event, sales }: { event: Event; sales: Sales | undefined }) {
  const { attendees } = useOrganise();
  return (
    <section aria-labelledby="attendees" className="rounded-3xl border border-line bg-card p-5 shadow-card sm:p-6">
      <h2 id="attendees" className="text-2xl font-bold">
        {attendees.title}
      </h2>
      {!sales && <Skeleton className="mt-4 h-64" />}
      {sales?.bookings.length === 0 && (
        <p className="mt-4 flex items-center gap-3 rounded-2xl bg-sunken p-6 text-soft">
          <Users aria-hidden className="size-6 text-accent" />
          {attendees.empty}
        </p>
      )}
      {sales && sales.bookings.length > 0 && <Shown event={event} sales={sales} />}
    </section>
  );
}
