import { ChartColumn } from "lucide-react";
import { useMemo, useRef } from "react";
import type { Event } from "@/api/client";
import type { Sales as SalesData } from "@/api/sales";
import { serverClock } from "@/api/server_clock";
import { Skeleton } from "@/components/skeleton";
import { salesSeries } from "@/lib/sales_series";
import { formatMoment, formatSeconds, formatShortDay, formatTime, isSameClock, localZone, zoneCity } from "@/lib/time";
import { useWidth } from "@/lib/use_width";
import { useLanguage } from "@/strings";
import { useOrganise } from "@/strings/organise";
import { CHART_HEIGHT, Chart } from "./chart";

const HEIGHT = { minHeight: CHART_HEIGHT };

function Shown({ event, sales, width }: { event: Event; sales: SalesData; width: number }) {
  const { chart } = useOrganise();
  const language = useLanguage();
  const zone = event.timeZone;
  const series = useMemo(() => {
    // A sale ends when the event begins; later there are only cancellations.
    const now = Math.min(serverClock.now(), Date.parse(event.startTime));
    const soldNow = sales.availability.sold;
    return salesSeries(sales.bookings, { now, timeZone: zone, soldNow, isWhole: sales.isWhole });
  }, [sales, zone, event.startTime]);
  if (!series)
    return (
      <div style={HEIGHT} className="grid place-items-center rounded-2xl bg-sunken p-6 text-center text-soft">
        <div>
          <ChartColumn aria-hidden className="mx-auto mb-2 size-8 text-accent" />
          <p>{chart.empty}</p>
        </div>
      </div>
    );
  const text = (at: number) => new Date(at).toISOString();
  const { unit, count } = series.step;
  const isLong = unit === "day" || (unit === "hour" && series.intervals.length * count > 24);
  const short = isLong ? formatShortDay : unit === "second" ? formatSeconds : formatTime;
  const long = unit === "second" ? formatSeconds : formatMoment;
  const words = {
    when: (at: number) => long(text(at), language, zone),
    short: (at: number) => short(text(at), language, zone),
  };
  const rows = series.intervals.filter(({ sold, returned }) => sold > 0 || returned > 0);
  return (
    <>
      <div style={HEIGHT}>{width > 0 && <Chart series={series} width={width} words={words} />}</div>
      {!sales.isWhole && <p className="mt-3 text-soft">{chart.limited(sales.bookings.length, series.before)}</p>}
      <details className="mt-3">
        <summary className="min-h-11 content-center font-semibold">{chart.table}</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
        <section aria-label={chart.table} tabIndex={0} className="max-h-80 overflow-auto rounded-xl border border-line">
          <table className="w-full text-left tabular-nums">
            <thead className="sticky top-0 bg-sunken text-sm">
              <tr>
                {[chart.from, chart.soldColumn, chart.returnedColumn, chart.totalColumn].map((name, i) => (
                  <th key={name} scope="col" className={i ? "px-3 py-2 text-right" : "px-3 py-2"}>
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map(({ from, sold, returned, total }) => (
                <tr key={from} className="border-t border-line">
                  <th scope="row" className="px-3 py-2 font-normal">
                    {words.when(from)}
                  </th>
                  {[sold, returned, total].map((value, i) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: columns stay where they are
                    <td key={i} className="px-3 py-2 text-right">
                      {value.toLocaleString(language)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      </details>
    </>
  );
}

export function Sales({ event, sales }: { event: Event; sales: SalesData | undefined }) {
  const { chart } = useOrganise();
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const isElsewhere = !isSameClock(event.startTime, event.timeZone, localZone());
  return (
    <section aria-labelledby="sales" className="rounded-3xl border border-line bg-card p-5 shadow-card sm:p-6">
      <h2 id="sales" className="text-2xl font-bold">
        {chart.title}
      </h2>
      <p className="mt-1 mb-2 text-sm text-soft">
        {chart.total}
        {isElsewhere && ` · ${chart.zone(zoneCity(event.timeZone))}`}
      </p>
      <div ref={box}>
        {sales ? (
          <Shown event={event} sales={sales} width={width} />
        ) : (
          <div style={HEIGHT}>
            <Skeleton className="h-72" />
          </div>
        )}
      </div>
    </section>
  );
}
