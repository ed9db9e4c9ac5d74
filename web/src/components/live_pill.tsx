import { useLiveStatus } from "@/api/use_live";
import { classNames } from "@/lib/class_names";
import { useStrings } from "@/strings";

// Whether the seats that are shown are those of this moment.
export function LivePill() {
  const strings = useStrings();
  const status = useLiveStatus();
  if (status === "resting") return null; // nothing here has been asked for that could change
  const isLive = status === "live";
  const isBroken = status === "stale" || status === "offline";
  const words = isBroken ? strings.live[status] : isLive ? strings.live.live : strings.live.connecting;
  return (
    <span role="status" title={words} className="inline-flex items-center gap-2 text-sm font-medium text-soft">
      <span
        aria-hidden
        className={classNames("size-2 rounded-full", isLive ? "bg-good" : isBroken ? "bg-warn" : "bg-line-strong")}
      />
      <span className={isBroken ? "sr-only" : ""}>{words}</span>
      {isBroken && <span aria-hidden>{status === "offline" ? "Offline" : "…"}</span>}
    </span>
  );
}

export function LiveBar() {
  const strings = useStrings();
  const status = useLiveStatus();
  if (status !== "stale" && status !== "offline") return null;
  return (
    <div className="fixed inset-x-0 bottom-0 z-40 animate-rise bg-warn-wash px-4 py-2.5 text-center text-sm font-medium text-warn print:hidden">
      {strings.live[status]}
    </div>
  );
}
