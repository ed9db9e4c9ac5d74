// The one who books in this browser.
import { queryOptions, useMutation } from "@tanstack/react-query";
import { account } from "@/lib/account";
import { changedDetails, type Details, draft } from "@/lib/details";
import { newKey } from "@/lib/key";
import { api, ask, type User } from "./client";
import { type Desk, renew, userOf } from "./guest";
import { again, inTurn } from "./patience";
import { learn, queryClient } from "./query_client";

export const userQuery = (userId: string) =>
  queryOptions({
    queryKey: ["users", userId],
    queryFn: async ({ signal }) =>
      (await ask(api.GET("/v1/users/{userId}", { params: { path: { userId } }, signal }))) as User,
    enabled: userId !== "",
    staleTime: 5_000,
  });

const desk: Desk = {
  load: account.get,
  save: account.set,
  newKey,
  create: async (key) => {
    const params = { header: { "Idempotency-Key": key } };
    const user = await again(() => ask(api.POST("/v1/users", { params, body: {} })));
    return user.id ?? "";
  },
};

export const userOfThisBrowser = (): Promise<string> => inTurn("account", () => userOf(desk));
export const renewUser = (userId: string): void => renew(desk, userId);

export async function tell(userId: string, details: Partial<Details>): Promise<User> {
  const params = { path: { userId }, query: { updateMask: Object.keys(details).join(",") } };
  const user = (await ask(api.PATCH("/v1/users/{userId}", { params, body: details }))) as User;
  await learn(userQuery(userId).queryKey, user);
  draft.set(null);
  return user;
}

export const useTell = (userId: string) =>
  useMutation({
    mutationFn: async ({ before, after }: { before: Details; after: Details }) => {
      const news = changedDetails(before, after);
      if (Object.keys(news).length > 0) await tell(userId, news);
    },
  });

export function forgetMe(): void {
  account.set(null);
  draft.set(null);
  queryClient.removeQueries({ queryKey: ["bookings"] });
  queryClient.removeQueries({ queryKey: ["users"] });
}
