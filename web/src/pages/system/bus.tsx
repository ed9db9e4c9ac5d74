import { CircleCheck, Hourglass, Milestone, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { classNames } from "@/lib/class_names";
import { BOOKING, type Way } from "@/lib/system_view";
import { useLanguage } from "@/strings";
import { useSystemStrings } from "@/strings/system";
import { Panel } from "./frame";

const icon = "size-5 shrink-0";
const looks: Record<Way["says"], { box: string; icon: ReactNode }> = {
  caughtUp: { box: "bg-good-wash text-good", icon: <CircleCheck aria-hidden className={icon} /> },
  travelling: { box: "bg-sunken", icon: <Milestone aria-hidden className={icon} /> },
  late: { box: "bg-warn-wash text-warn", icon: <Hourglass aria-hidden className={icon} /> },
  broken: { box: "bg-bad-wash text-bad", icon: <TriangleAlert aria-hidden className={icon} /> },
  notTold: { box: "bg-sunken text-soft", icon: <Hourglass aria-hidden className={icon} /> },
};

function Fact({ name, value, isBad }: { name: string; value: string; isBad?: boolean }) {
  return (
    <div>
      <dt className="text-sm text-soft">{name}</dt>
      <dd className={classNames("font-display text-xl font-bold tabular-nums", isBad && "text-bad")}>{value}</dd>
    </div>
  );
}

function Says({ way }: { way: Way }) {
  const { bus } = useSystemStrings();
  const words = {
    caughtUp: bus.caughtUp,
    travelling: bus.travelling((way.outbox?.waiting ?? 0) + (way.lag ?? 0)),
    late: bus.late(Math.round(way.outbox?.oldestSeconds ?? 0)),
    broken: bus.broken,
    notTold: bus.notTold,
  };
  return (
    <p className={classNames("mt-4 flex min-h-18 items-center gap-2 rounded-xl p-3 font-medium", looks[way.says].box)}>
      {looks[way.says].icon}
      {words[way.says]}
    </p>
  );
}

function OneWay({ way }: { way: Way }) {
  const { bus, nodes, units } = useSystemStrings();
  const language = useLanguage();
  const [from, to] = way.from === BOOKING ? [nodes.booking, nodes.event] : [nodes.event, nodes.booking];
  const say = (value: number | undefined) => value?.toLocaleString(language) ?? "–";
  return (
    <div className="min-w-0">
      <h3 className="text-lg font-bold">{bus.way(from, to)}</h3>
      <p className="font-mono text-sm break-words text-soft">{way.stream || "–"}</p>
      <dl className="mt-3 grid grid-cols-2 gap-x-4 gap-y-3 min-[30rem]:grid-cols-3">
        <Fact name={bus.outbox} value={say(way.outbox?.waiting)} />
        <Fact name={bus.age} value={way.outbox ? units.second(way.outbox.oldestSeconds) : "–"} />
        <Fact name={bus.lag} value={say(way.lag)} />
        <Fact name={bus.published} value={say(way.outbox?.published)} />
        <Fact name={bus.applied} value={say(way.applied)} />
        <Fact name={bus.dead} value={say(way.deadLetters)} isBad={way.deadLetters > 0} />
      </dl>
      <Says way={way} />
      {way.deadLetters > 0 && <p className="mt-3 font-medium text-bad">{bus.deadText(way.deadLetters)}</p>}
    </div>
  );
}

export function Bus({ ways }: { ways: Way[] }) {
  const { bus } = useSystemStrings();
  return (
    <Panel title={bus.title} lead={bus.lead}>
      <div className="grid gap-8 lg:grid-cols-2">
        {ways.map((way) => (
          <OneWay key={way.from} way={way} />
        ))}
      </div>
    </Panel>
  );
}
