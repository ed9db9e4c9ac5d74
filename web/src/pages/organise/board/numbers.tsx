import type { Availability, Event } from "@/api/client";
import { LivePill } from "@/components/live_pill";
import { Skeleton } from "@/components/skeleton";
import { classNames } from "@/lib/class_names";
import { formatMoney, isFree } from "@/lib/money";
import { useLanguage, useStrings } from "@/strings";
import { useOrganise } from "@/strings/organise";

function Tile({ name, value, note, mark }: { name: string; value: string; note?: string; mark?: string }) {
  return (
    <div className="min-w-0">
      <dt className="flex items-center gap-2 font-semibold text-soft">
        {mark && <span aria-hidden className={classNames("size-3 rounded-full", mark)} />}
        {name}
      </dt>
      <dd>
        <span className="font-display text-3xl font-bold tabular-nums">{value}</span>
        {note && <span className="block text-sm text-soft">{note}</span>}
      </dd>
    </div>
  );
}

export function Numbers({ event, seats }: { event: Event; seats: Availability | undefined }) {
  const strings = useStrings();
  const { board } = useOrganise();
  const language = useLanguage();
  const share = (part: number) => ({ width: `${seats?.capacity ? (part / seats.capacity) * 100 : 0}%` });
  const revenue = isFree(event.price) ? strings.event.free : formatMoney(event.price, language, seats?.sold ?? 0);
  return (
    <section aria-labelledby="numbers" className="rounded-3xl border border-line bg-card p-5 shadow-card sm:p-6">
      <div className="flex items-center justify-between gap-3">
        <h2 id="numbers" className="text-2xl font-bold">
          {board.numbers}
        </h2>
        <LivePill />
      </div>
      {seats ? (
        <dl className="mt-4 grid grid-cols-2 gap-4 lg:grid-cols-4">
          <Tile
            name={board.sold}
            value={seats.sold.toLocaleString(language)}
            note={board.ofCapacity(seats.capacity)}
            mark="bg-accent"
          />
          <Tile name={board.held} value={seats.held.toLocaleString(language)} mark="bg-warn" />
          <Tile
            name={board.free}
            value={seats.seatsAvailable.toLocaleString(language)}
            mark="border border-line-strong bg-sunken"
          />
          <Tile name={board.revenue} value={revenue} note={board.revenueNote} />
        </dl>
      ) : (
        <Skeleton className="mt-4 h-38 lg:h-20" />
      )}
      <div aria-hidden className="mt-5 flex h-3 overflow-hidden rounded-full bg-sunken">
        <div className="bg-accent transition-[width] duration-500" style={share(seats?.sold ?? 0)} />
        <div className="bg-warn transition-[width] duration-500" style={share(seats?.held ?? 0)} />
      </div>
    </section>
  );
}
