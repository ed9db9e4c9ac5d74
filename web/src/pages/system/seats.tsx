import { CircleHelp, OctagonAlert, Scale } from "lucide-react";
import { classNames } from "@/lib/class_names";
import type { Process } from "@/lib/system_process";
import { useSystemStrings } from "@/strings/system";
import { Panel } from "./frame";

// Whether the promise that matters most is kept, as counted by the service that keeps it.
export function Seats({ process }: { process: Process | undefined }) {
  const { seats } = useSystemStrings();
  const told = process?.conservation;
  const isBad = !!told && told.errors > 0;
  const Icon = !told ? CircleHelp : isBad ? OctagonAlert : Scale;
  const words = !told ? seats.notTold : isBad ? seats.bad(told.errors) : told.checked > 0 ? seats.well : seats.never;
  return (
    <Panel title={seats.title} lead={seats.lead}>
      <div
        className={classNames(
          "flex flex-wrap items-center gap-x-6 gap-y-4 rounded-2xl p-4 sm:p-5",
          !told ? "bg-sunken text-soft" : isBad ? "border-2 border-bad bg-bad-wash text-bad" : "bg-good-wash text-good",
        )}
      >
        <Icon aria-hidden className="size-10 shrink-0" />
        <div className="min-w-0 flex-1 basis-64">
          <p className="font-display text-xl font-bold break-words sm:text-2xl">{seats.formula}</p>
          <p className="mt-1 min-h-6 font-semibold tabular-nums">
            {told && (
              <>
                {seats.checked(told.checked)}, {seats.errors(told.errors)}{" "}
                <span className="font-normal">{seats.since}</span>
              </>
            )}
          </p>
          <p className="mt-1 min-h-12 sm:min-h-6">{words}</p>
        </div>
      </div>
    </Panel>
  );
}
