import type { Glance as Moment } from "@/lib/system_view";
import { useLanguage } from "@/strings";
import { useSystemStrings } from "@/strings/system";
import { Spark } from "./spark";
import { durationText, rateText } from "./words";

type Props = { moments: readonly Moment[]; now: number; isAway: boolean };
type Name = "requests" | "bookings" | "slowest" | "waiting";

function Tile({ name, moments, now, isAway }: { name: Name } & Props) {
  const { glance } = useSystemStrings();
  const language = useLanguage();
  const say = (value: number) => (name === "slowest" ? durationText(value, language) : rateText(value, language));
  const value = isAway ? undefined : moments.at(-1)?.[name];
  const values = moments.flatMap((moment) => moment[name] ?? []);
  const unit = name === "waiting" ? glance.records(value ?? 0) : name === "slowest" ? "\u00a0" : glance.perSecond;
  const label =
    values.length > 0
      ? glance.chart(glance[name], say(Math.min(...values)), say(Math.max(...values)))
      : glance.chartEmpty(glance[name]);
  return (
    <div className="min-w-0 rounded-3xl border border-line bg-card p-4 shadow-card sm:p-5">
      <dt className="text-sm font-semibold text-soft max-sm:min-h-10">{glance[name]}</dt>
      <dd>
        <span className="font-display text-2xl font-bold tabular-nums sm:text-3xl">
          {value === undefined ? "–" : say(value)}
        </span>{" "}
        <span className="text-sm whitespace-nowrap text-soft max-[26rem]:block">{unit}</span>
        <Spark dots={moments.map((moment) => ({ at: moment.at, value: moment[name] }))} now={now} label={label} />
      </dd>
    </div>
  );
}

const NAMES: Name[] = ["requests", "bookings", "slowest", "waiting"];

export function AtAGlance(props: Props) {
  const { glance } = useSystemStrings();
  return (
    <section aria-labelledby="glance">
      <h2 id="glance" className="sr-only">
        {glance.title}
      </h2>
      <dl className="grid grid-cols-2 gap-3 sm:gap-4 lg:grid-cols-4">
        {NAMES.map((name) => (
          <Tile key={name} name={name} {...props} />
        ))}
      </dl>
    </section>
  );
}
