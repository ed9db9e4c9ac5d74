// A refusal of the API (google.rpc.Status), or that it could not be reached.

type Detail = {
  "@type"?: string;
  reason?: string;
  metadata?: Record<string, string>;
  fieldViolations?: { field: string; description: string }[];
};

export class Problem extends Error {
  constructor(
    readonly reason: string,
    message: string,
    readonly httpStatus: number,
    readonly fields: Record<string, string> = {},
    readonly metadata: Record<string, string> = {},
  ) {
    super(message);
  }

  static unreachable(): Problem {
    return new Problem("UNREACHABLE", "the server cannot be reached", 0);
  }

  static from(body: unknown, response: { status: number }): Problem {
    const status = (typeof body === "object" && body ? body : {}) as { message?: string; details?: Detail[] };
    const details = Array.isArray(status.details) ? status.details : [];
    const info = details.find((detail) => detail.reason);
    const fields: Record<string, string> = {};
    for (const detail of details)
      for (const violation of detail.fieldViolations ?? []) fields[violation.field] = violation.description;
    return new Problem(
      info?.reason ?? `HTTP_${response.status}`,
      status.message ?? "",
      response.status,
      fields,
      info?.metadata,
    );
  }

  // Nothing was decided, or nobody knows: the same request may be sent again.
  get isTransient(): boolean {
    return this.httpStatus === 0 || this.httpStatus === 429 || this.httpStatus >= 500;
  }
}

export const reasonOf = (error: unknown): string => (error instanceof Problem ? error.reason : "UNKNOWN");

// For queries: a refusal stays one however often it is asked.
export function isWorthRetrying(failures: number, error: unknown): boolean {
  return failures < 3 && error instanceof Problem && error.isTransient;
}
