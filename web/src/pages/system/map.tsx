// The parts and what runs between them, drawn for the width that there is.
import { CalendarDays, Database, DoorOpen, MonitorSmartphone, Radio, Ticket } from "lucide-react";
import { type ReactNode, useRef } from "react";
import { Link } from "react-router";
import { classNames } from "@/lib/class_names";
import type { Flows, Parts } from "@/lib/system_view";
import { useWidth } from "@/lib/use_width";
import { useLanguage } from "@/strings";
import { useSystemStrings } from "@/strings/system";
import { type Box, ends, FLOWS, type FlowId, type Layout, type Line, layoutFor, NODES, type NodeId } from "./layout";
import { StateLine } from "./state";
import { rateText, sizeText, uptimeText } from "./words";

const icon = "size-5 shrink-0";
export const nodeIcons: Record<NodeId, ReactNode> = {
  browser: <MonitorSmartphone aria-hidden className={icon} />,
  gateway: <DoorOpen aria-hidden className={icon} />,
  event: <CalendarDays aria-hidden className={icon} />,
  booking: <Ticket aria-hidden className={icon} />,
  eventStore: <Database aria-hidden className={icon} />,
  bookingStore: <Database aria-hidden className={icon} />,
  bus: <Radio aria-hidden className={icon} />,
};

export const anchorOf = (node: NodeId): string => `part-${node}`;

function streamsOf({ event, booking }: Parts): number {
  const known = [event, booking].flatMap(({ process }) => [...(process?.outbox ?? []), ...(process?.consumers ?? [])]);
  return new Set(known.map(({ stream }) => stream)).size;
}

// The lines of a box below its state.
export function useFacts(parts: Parts, now: number): Record<NodeId, string[]> {
  const { map, units } = useSystemStrings();
  const language = useLanguage();
  const ofProcess = (node: "gateway" | "event" | "booking"): string[] => {
    const { process, state } = parts[node];
    if (!process || state === "unreachable") return [];
    return [
      `${process.version} · ${uptimeText(now - process.startTime, units, 1)}`,
      map.memory(sizeText(process.memoryBytes, language)),
    ];
  };
  const ofStore = (node: "eventStore" | "bookingStore"): string[] => {
    const { process, state } = parts[node];
    if (!process?.store || state === "unknown") return [];
    const waiting = process.outbox.reduce((sum, one) => sum + one.waiting, 0);
    return [map.onDisk(sizeText(process.store.sizeBytes, language)), map.waiting(waiting)];
  };
  return {
    browser: [],
    gateway: ofProcess("gateway"),
    event: ofProcess("event"),
    booking: ofProcess("booking"),
    eventStore: ofStore("eventStore"),
    bookingStore: ofStore("bookingStore"),
    bus: parts.bus.state === "unknown" ? [] : [map.streams(streamsOf(parts))],
  };
}

const rims = {
  serving: "border-line-strong",
  not_serving: "border-bad border-2 bg-bad-wash!",
  draining: "border-warn border-2",
  unreachable: "border-bad border-2 bg-bad-wash!",
  unknown: "border-line-strong border-dashed",
};

function Node({ node, box, parts, facts }: { node: NodeId; box: Box; parts: Parts; facts: string[] }) {
  const { nodes, map } = useSystemStrings();
  const { state } = parts[node];
  return (
    <Link
      to={`#${anchorOf(node)}`}
      replace
      style={{ left: box.x, top: box.y, width: box.width, height: box.height }}
      className={classNames(
        "absolute flex flex-col justify-center gap-0.5 overflow-hidden rounded-2xl border bg-card px-2.5 text-[0.8125rem] leading-snug shadow-card transition-colors hover:bg-sunken sm:px-3.5",
        rims[state],
      )}
    >
      <span className="flex items-center gap-2 font-display text-[0.9375rem] leading-tight font-bold sm:text-base">
        <span className="text-accent max-[26rem]:hidden">{nodeIcons[node]}</span>
        {nodes[node]}
      </span>
      {node === "browser" ? <span className="text-soft">{map.you}</span> : <StateLine state={state} />}
      {facts.map((fact) => (
        <span key={fact} className="text-soft tabular-nums max-sm:text-xs">
          {fact}
        </span>
      ))}
    </Link>
  );
}

const DOTS_MAX = 5;
const TRAVEL_MS = 1600;

// More dots where more happens; the number itself stands beside the line.
export const dotsOf = (rate: number | undefined): number =>
  rate ? Math.min(DOTS_MAX, 1 + Math.floor(Math.log10(1 + rate) * 1.5)) : 0;

function Dots({ path, rate }: { path: string; rate: number | undefined }) {
  const count = dotsOf(rate);
  return Array.from({ length: count }, (_, i) => (
    <circle
      // biome-ignore lint/suspicious/noArrayIndexKey: dots have no name
      key={`${count}-${i}`}
      r="4.5"
      className="animate-travel fill-accent motion-reduce:hidden"
      style={{
        offsetPath: `path("${path}")`,
        animationDuration: `${TRAVEL_MS}ms`,
        animationDelay: `${(-i * TRAVEL_MS) / count}ms`,
      }}
    />
  ));
}

type Look = "busy" | "quiet" | "broken" | "unknown";

const lineLooks: Record<Look, string> = {
  busy: "stroke-accent",
  quiet: "stroke-line-strong",
  broken: "stroke-bad",
  unknown: "stroke-line-strong",
};

function lookOf(flow: FlowId, parts: Parts, rate: number | undefined): Look {
  const states = ends[flow].map((node) => parts[node].state);
  if (states.some((state) => state === "unreachable" || state === "not_serving")) return "broken";
  if (states.includes("unknown")) return "unknown";
  return rate ? "busy" : "quiet";
}

function FlowLine({ id, line, look, rate }: { id: string; line: Line; look: Look; rate: number | undefined }) {
  return (
    <>
      <path
        d={line.path}
        fill="none"
        strokeWidth={look === "busy" ? 2.5 : 1.5}
        strokeDasharray={look === "broken" || look === "unknown" ? "5 5" : undefined}
        markerEnd={`url(#${id}-${look})`}
        className={classNames("transition-[stroke]", lineLooks[look])}
      />
      {look === "busy" && <Dots path={line.path} rate={rate} />}
    </>
  );
}

const fills: Record<Look, string> = {
  busy: "fill-accent",
  quiet: "fill-line-strong",
  broken: "fill-bad",
  unknown: "fill-line-strong",
};

const Heads = ({ id }: { id: string }) => (
  <defs>
    {(Object.keys(fills) as Look[]).map((look) => (
      <marker
        key={look}
        id={`${id}-${look}`}
        markerUnits="userSpaceOnUse"
        markerWidth="10"
        markerHeight="10"
        refX="9"
        refY="5"
        orient="auto"
      >
        <path d="M0 0.5 L10 5 L0 9.5 Z" className={fills[look]} />
      </marker>
    ))}
  </defs>
);

type Props = { parts: Parts; flows: Flows; now: number };

function Drawn({ parts, flows, now, width, layout }: Props & { width: number; layout: Layout }) {
  const language = useLanguage();
  const facts = useFacts(parts, now);
  return (
    <>
      <svg aria-hidden width={width} height={layout.height} className="absolute inset-0">
        <Heads id="head" />
        {FLOWS.map((flow) => (
          <FlowLine
            key={flow}
            id="head"
            line={layout.lines[flow]}
            look={lookOf(flow, parts, flows[flow])}
            rate={flows[flow]}
          />
        ))}
      </svg>
      {NODES.map((node) => (
        <Node key={node} node={node} box={layout.boxes[node]} parts={parts} facts={facts[node]} />
      ))}
      {FLOWS.map((flow) => {
        const { label } = layout.lines[flow];
        const look = lookOf(flow, parts, flows[flow]);
        const rate = look === "broken" || look === "unknown" ? undefined : flows[flow];
        return (
          <span
            key={flow}
            aria-hidden
            style={{ left: label.x, top: label.y }}
            className={classNames(
              "pointer-events-none absolute -translate-1/2 rounded-full bg-card px-1.5 text-xs leading-4.5 font-semibold whitespace-nowrap tabular-nums",
              rate ? "text-ink" : "text-soft",
            )}
          >
            {rate === undefined ? "–" : `${rateText(rate, language, true)}/s`}
          </span>
        );
      })}
    </>
  );
}

export function SystemMap({ parts, flows, now }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const layout = layoutFor(width);
  return (
    <div ref={box} className="relative" style={{ height: layout.height }}>
      {width > 0 && <Drawn parts={parts} flows={flows} now={now} width={width} layout={layout} />}
    </div>
  );
}
