// The REST API, typed by its own description.
import createClient from "openapi-fetch";
import type { components, paths } from "./gen/schema";
import { Problem } from "./problem";
import { serverClock } from "./server_clock";

type Schemas = components["schemas"];
type Filled<T, Optional extends keyof T = never> = Required<Omit<T, Optional>> & Pick<T, Optional>;

// Replies carry every field of their own; only messages within and times may be missing.
export type Event = Filled<Schemas["Event"], "price" | "endTime" | "createTime" | "updateTime">;
export type Location = Filled<Schemas["Location"], "createTime" | "updateTime">;
export type User = Filled<Schemas["User"], "createTime">;
export type Booking = Schemas["Booking"];
export type Availability = Filled<Schemas["Availability"], "updateTime">;
export type Money = Schemas["Money"];
export type Hall = Schemas["Hall"];
export type EventQuery = NonNullable<paths["/v1/events"]["get"]["parameters"]["query"]>;
export type EventChange = Schemas["EventChange"];

const TIMEOUT_MS = 15_000;

// Each answer also tells what time it is for the server.
async function timedFetch(request: Request): Promise<Response> {
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(TIMEOUT_MS)]);
  const askedAt = Date.now();
  let response: Response;
  try {
    response = await fetch(request, { signal });
  } catch (error) {
    if (request.signal.aborted) throw error;
    throw Problem.unreachable();
  }
  serverClock.learn(response.headers.get("Date"), askedAt, Date.now());
  return response;
}

export const api = createClient<paths>({ fetch: timedFetch });

// The data of an answer; a refusal is thrown as a Problem.
export async function ask<T>(answer: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await answer;
  if (data !== undefined && response.ok) return data;
  throw Problem.from(error, response);
}
