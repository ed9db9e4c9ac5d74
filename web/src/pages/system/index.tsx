// The system as it is at this moment, for who runs it and for who wants to see how it works.
import { useQuery } from "@tanstack/react-query";
import { CircleAlert, CircleCheck, EyeOff, Unplug } from "lucide-react";
import { Problem } from "@/api/problem";
import { serverClock } from "@/api/server_clock";
import { systemQuery } from "@/api/system";
import { Failed } from "@/components/failed";
import { Notice } from "@/components/notice";
import { Skeleton } from "@/components/skeleton";
import { classNames } from "@/lib/class_names";
import type { History } from "@/lib/system_history";
import { type Parts as AllParts, flowsOf, partsOf, waysOf } from "@/lib/system_view";
import { useSeconds } from "@/lib/use_seconds";
import { useTitle } from "@/lib/use_title";
import { useSystemStrings } from "@/strings/system";
import { Bus } from "./bus";
import { FlowTable } from "./flow_table";
import { Panel } from "./frame";
import { AtAGlance } from "./glance";
import { NODES } from "./layout";
import { SystemMap } from "./map";
import { Methods } from "./methods";
import { Parts } from "./parts";
import { Seats } from "./seats";
import { Try } from "./try";

// Long enough that one booking is seen, short enough that it is seen when it happens.
const FLOW_MS = 5000;
const FRAME = "mx-auto max-w-6xl px-4 pt-8 sm:px-6";

function Overall({ parts, isAway }: { parts: AllParts; isAway: boolean }) {
  const { overall, nodes, seats } = useSystemStrings();
  const troubled = NODES.filter((node) => !["serving", "unknown"].includes(parts[node].state)).map(
    (node) => nodes[node],
  );
  if ((parts.booking.process?.conservation?.errors ?? 0) > 0) troubled.push(seats.formula);
  const isWell = troubled.length === 0;
  const Icon = isAway ? Unplug : isWell ? CircleCheck : CircleAlert;
  return (
    <p
      role="status"
      className={classNames("flex items-center gap-2.5 text-lg font-bold", isWell ? "text-good" : "text-bad")}
    >
      <Icon aria-hidden className="size-6 shrink-0" />
      {isAway ? overall.away : isWell ? overall.well : overall.troubled(troubled.join(", "))}
    </p>
  );
}

function Head({ children }: { children?: React.ReactNode }) {
  const { title, lead } = useSystemStrings();
  return (
    <>
      <h1 className="text-4xl font-extrabold tracking-tight sm:text-5xl">{title}</h1>
      <p className="mt-2 max-w-2xl text-lg text-soft">{lead}</p>
      <div className="mt-4 flex min-h-14 flex-wrap items-center justify-between gap-x-6 gap-y-1 sm:min-h-8">
        {children}
      </div>
    </>
  );
}

function Shown({ history, isAway }: { history: History; isAway: boolean }) {
  const { age, map } = useSystemStrings();
  const now = useSeconds();
  const last = history.samples.at(-1);
  const heard = last?.at ?? 0;
  const seconds = Math.max(0, Math.round((now - heard) / 1000));
  const parts = partsOf(last, isAway);
  const flows = flowsOf(isAway ? [] : history.samples, FLOW_MS);
  const serverNow = serverClock.now();
  return (
    <div className={FRAME}>
      <Head>
        <Overall parts={parts} isAway={isAway} />
        <p className="text-sm text-soft tabular-nums">{seconds < 4 ? age.now : age.ago(seconds)}</p>
      </Head>
      <div className="mt-4 grid gap-6 *:min-w-0">
        <AtAGlance moments={history.glances} now={Math.max(now, heard)} isAway={isAway} />
        <Panel title={map.title} lead={map.lead}>
          <SystemMap parts={parts} flows={flows} now={serverNow} />
          <FlowTable flows={flows} />
        </Panel>
        <Seats process={last?.processes.find(({ conservation }) => conservation)} />
        <Bus ways={waysOf(last, parts.bus.state)} />
        <Methods samples={history.samples} />
        <Parts parts={parts} samples={history.samples} now={serverNow} />
        <Try />
      </div>
      {isAway && (
        <div className="fixed inset-x-0 bottom-0 z-40 animate-rise bg-warn-wash px-4 py-2.5 text-center text-sm font-medium text-warn">
          {age.stale(seconds)}
        </div>
      )}
    </div>
  );
}

const Waiting = () => (
  <div className={FRAME}>
    <Head />
    <div className="mt-4 space-y-6">
      <Skeleton className="h-38 rounded-3xl" />
      <Skeleton className="h-150 rounded-3xl" />
    </div>
  </div>
);

// Whoever runs the system may have it say nothing of itself.
const isOff = (error: unknown): boolean => error instanceof Problem && [404, 501].includes(error.httpStatus);

export default function SystemPage() {
  const words = useSystemStrings();
  useTitle(words.title);
  const query = useQuery(systemQuery);
  if (query.isError && isOff(query.error))
    return (
      <Notice icon={<EyeOff />} title={words.offTitle}>
        {words.offText}
      </Notice>
    );
  if (query.data) return <Shown history={query.data} isAway={query.isError} />;
  if (query.isPending) return <Waiting />;
  return <Failed title={words.failedTitle} error={query.error} onRetry={() => query.refetch()} />;
}
