// What the system tells of itself, asked for again and again while somebody looks.
import { queryOptions } from "@tanstack/react-query";
import { extend, type History, NOTHING } from "@/lib/system_history";
import { api, ask } from "./client";
import { queryClient } from "./query_client";
import { readProcesses } from "./system_state";

const POLL_MS = 2000;
const TIMEOUT_MS = 5000;

const queryKey = ["system"] as const;

// A tab that nobody sees does not ask; a failure is no reason to wait longer.
export const systemQuery = queryOptions({
  queryKey,
  queryFn: async ({ signal }): Promise<History> => {
    const patience = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const answer = await ask(api.GET("/v1/system/processes", { signal: patience }));
    const before = queryClient.getQueryData<History>(queryKey) ?? NOTHING;
    return extend(before, { at: Date.now(), processes: readProcesses(answer) });
  },
  staleTime: 0,
  retry: false,
  refetchInterval: POLL_MS,
  structuralSharing: false,
});
