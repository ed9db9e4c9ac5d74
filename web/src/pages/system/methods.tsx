import { useState } from "react";
import { classNames } from "@/lib/class_names";
import type { Sample } from "@/lib/system_process";
import { type MethodRate, methodRates, spanOf } from "@/lib/system_rates";
import { BOOKING, EVENT, GATEWAY } from "@/lib/system_view";
import { useLanguage } from "@/strings";
import { useSystemStrings } from "@/strings/system";
import { Panel, Scrolls } from "./frame";
import { quantileText, rateText } from "./words";

const SPANS = [10, 60, 300];
const SERVERS = [
  { name: GATEWAY, node: "gateway" },
  { name: BOOKING, node: "booking" },
  { name: EVENT, node: "event" },
] as const;
const CELL = "px-3 py-2 text-right whitespace-nowrap";

function Row({ rate }: { rate: MethodRate }) {
  const { methods } = useSystemStrings();
  const language = useLanguage();
  const { method, perSecond, refused, faults } = rate;
  const count = (value: number) => value.toLocaleString(language);
  return (
    <tr className={classNames("border-t border-line", rate.ended === 0 && "text-soft")}>
      <th scope="row" className="px-3 py-2 font-medium break-words max-sm:max-w-36">
        {method.method}
        {method.isStream && <span className="ml-2 text-sm font-normal text-soft">{methods.streams}</span>}
      </th>
      <td className={classNames(CELL, perSecond > 0 && "font-semibold text-ink")}>{rateText(perSecond, language)}</td>
      <td className={CELL}>{count(refused)}</td>
      <td className={classNames(CELL, faults > 0 && "font-bold text-bad")}>{count(faults)}</td>
      <td className={CELL}>{method.isStream ? "–" : quantileText(rate.p50, language)}</td>
      <td className={CELL}>{method.isStream ? "–" : quantileText(rate.p99, language)}</td>
      <td className={CELL}>{count(method.inFlight)}</td>
      <td className={CELL}>{count(method.started)}</td>
    </tr>
  );
}

function Server({ node, rates }: { node: "gateway" | "event" | "booking"; rates: MethodRate[] }) {
  const { methods, nodes } = useSystemStrings();
  const columns = [methods.rate, methods.refused, methods.faults, methods.p50, methods.p99, methods.inFlight];
  return (
    <div>
      <h3 className="mb-2 text-lg font-bold">{nodes[node]}</h3>
      {rates.length === 0 ? (
        <p className="rounded-xl bg-sunken p-3 text-soft">{methods.none}</p>
      ) : (
        <Scrolls label={methods.table(nodes[node])}>
          <table className="w-full text-left tabular-nums">
            <thead className="bg-sunken text-sm">
              <tr>
                <th scope="col" className="px-3 py-2 sm:w-full">
                  {methods.method}
                </th>
                {[...columns, methods.total].map((name) => (
                  <th key={name} scope="col" className={CELL}>
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rates.map((rate) => (
                <Row key={rate.key} rate={rate} />
              ))}
            </tbody>
          </table>
        </Scrolls>
      )}
    </div>
  );
}

function Over({ value, onChange }: { value: number; onChange: (seconds: number) => void }) {
  const { methods } = useSystemStrings();
  return (
    <fieldset className="flex items-center gap-1 rounded-xl bg-sunken p-1">
      <legend className="sr-only">{methods.over}</legend>
      <span aria-hidden className="px-2 text-sm text-soft">
        {methods.over}
      </span>
      {SPANS.map((seconds) => (
        <label
          key={seconds}
          className={classNames(
            "relative grid min-h-9 cursor-pointer place-items-center rounded-lg px-3 text-sm font-semibold has-focus-visible:outline-3 has-focus-visible:outline-accent",
            value === seconds ? "bg-card text-ink shadow-card" : "text-soft hover:text-ink",
          )}
        >
          <input
            type="radio"
            name="over"
            className="absolute opacity-0"
            checked={value === seconds}
            onChange={() => onChange(seconds)}
          />
          {methods.spans[seconds]}
        </label>
      ))}
    </fieldset>
  );
}

export function Methods({ samples }: { samples: readonly Sample[] }) {
  const { methods } = useSystemStrings();
  const [seconds, setSeconds] = useState(60);
  const [isAll, setIsAll] = useState(false);
  return (
    <Panel title={methods.title} lead={methods.lead} aside={<Over value={seconds} onChange={setSeconds} />}>
      <div className="grid gap-6 *:min-w-0">
        {SERVERS.map(({ name, node }) => {
          const span = spanOf(samples, name, seconds * 1000);
          const rates = span ? methodRates(span) : [];
          return <Server key={name} node={node} rates={rates.filter(({ method }) => isAll || method.started > 0)} />;
        })}
      </div>
      <label className="mt-4 inline-flex min-h-11 cursor-pointer items-center gap-3 font-medium">
        <input
          type="checkbox"
          className="size-5 accent-accent"
          checked={isAll}
          onChange={(event) => setIsAll(event.target.checked)}
        />
        {methods.all}
      </label>
    </Panel>
  );
}
