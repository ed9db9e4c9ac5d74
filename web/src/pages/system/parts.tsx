import { useLocation } from "react-router";
import { classNames } from "@/lib/class_names";
import type { Process, Sample } from "@/lib/system_process";
import { perSecond, spanOf } from "@/lib/system_rates";
import type { Parts as AllParts, Part } from "@/lib/system_view";
import { useLanguage } from "@/strings";
import { useSystemStrings } from "@/strings/system";
import { Panel } from "./frame";
import { NODES, type NodeId } from "./layout";
import { anchorOf, nodeIcons } from "./map";
import { StateLine } from "./state";
import { sizeText, uptimeText } from "./words";

type Fact = { name: string; value: string };

const CPU_SPAN_MS = 10_000;

function useProcessFacts(samples: readonly Sample[], now: number): (process: Process) => Fact[] {
  const { parts, units } = useSystemStrings();
  const language = useLanguage();
  return (process) => {
    const share = perSecond(spanOf(samples, process.name, CPU_SPAN_MS), ({ cpuSeconds }) => cpuSeconds);
    const percent = share?.toLocaleString(language, { style: "percent", maximumFractionDigits: 1 });
    const health = process.health.map(
      ({ name, isServing }) =>
        `${parts.healthNames[name] ?? name.split(".").at(-1)}: ${isServing ? parts.healthy : parts.unhealthy}`,
    );
    return [
      { name: parts.version, value: process.version },
      { name: parts.uptime, value: uptimeText(now - process.startTime, units) },
      { name: parts.memory, value: sizeText(process.memoryBytes, language) },
      { name: parts.cpu, value: percent ? parts.cpuShare(percent) : "–" },
      { name: parts.instance, value: process.instance },
      { name: parts.health, value: health.join(", ") || "–" },
    ];
  };
}

function useFacts(samples: readonly Sample[], now: number): (node: NodeId, part: Part) => Fact[] {
  const { parts } = useSystemStrings();
  const language = useLanguage();
  const processFacts = useProcessFacts(samples, now);
  return (node, { process, state }) => {
    if (!process || state === "unknown" || state === "unreachable") return [];
    if (node !== "eventStore" && node !== "bookingStore") return processFacts(process);
    if (!process.store) return [];
    return [
      { name: parts.onDisk, value: sizeText(process.store.sizeBytes, language) },
      { name: parts.commits, value: process.store.commits.toLocaleString(language) },
    ];
  };
}

function Card({ node, part, facts }: { node: NodeId; part: Part; facts: Fact[] }) {
  const { parts, nodes } = useSystemStrings();
  const isMeant = useLocation().hash === `#${anchorOf(node)}`;
  return (
    <li
      id={anchorOf(node)}
      className={classNames(
        "min-w-0 scroll-mt-24 rounded-2xl p-4 sm:p-5",
        isMeant ? "bg-accent-wash outline-2 outline-accent" : "bg-sunken",
      )}
    >
      <div className="flex flex-wrap items-center justify-between gap-x-3 gap-y-1">
        <h3 className="flex items-center gap-2.5 text-lg font-bold">
          <span className="text-accent">{nodeIcons[node]}</span>
          {nodes[node]}
        </h3>
        {node !== "browser" && <StateLine state={part.state} className="text-sm" />}
      </div>
      <p className="mt-2">{parts.what[node]}</p>
      <p className="mt-2">
        <strong>{parts.fails}:</strong> {parts.failing[node]}
      </p>
      {part.reason && (
        <p className="mt-2 font-medium break-words text-bad">
          {parts.reason}: {part.reason}
        </p>
      )}
      {facts.length > 0 && (
        <dl className="mt-3 grid gap-x-4 gap-y-1 border-t border-line pt-3 text-sm min-[26rem]:grid-cols-2">
          {facts.map(({ name, value }) => (
            <div key={name} className="min-w-0">
              <dt className="inline text-soft">{name}: </dt>
              <dd className="inline font-medium break-words tabular-nums">{value}</dd>
            </div>
          ))}
        </dl>
      )}
    </li>
  );
}

export function Parts({ parts: all, samples, now }: { parts: AllParts; samples: readonly Sample[]; now: number }) {
  const { parts } = useSystemStrings();
  const factsOf = useFacts(samples, now);
  return (
    <Panel title={parts.title}>
      <ul className="grid gap-4 lg:grid-cols-2">
        {NODES.map((node) => (
          <Card key={node} node={node} part={all[node]} facts={factsOf(node, all[node])} />
        ))}
      </ul>
    </Panel>
  );
}
