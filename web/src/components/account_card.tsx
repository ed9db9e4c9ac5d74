import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { reasonOf } from "@/api/problem";
import { forgetMe, userQuery, useTell } from "@/api/users";
import { account } from "@/lib/account";
import { type Details, isComplete } from "@/lib/details";
import { problemText, useStrings } from "@/strings";
import { Button } from "./button";
import { DetailsForm } from "./details_form";
import { Confirm } from "./dialog";
import { say } from "./say";

function Edit({ userId, start, onClose }: { userId: string; start: Details; onClose: () => void }) {
  const strings = useStrings();
  const tell = useTell(userId);
  const onDone = (after: Details) =>
    tell.mutate(
      { before: start, after },
      {
        onSuccess: () => {
          say(strings.account.saved);
          onClose();
        },
      },
    );
  return (
    <DetailsForm start={start} submit={strings.account.save} isBusy={tell.isPending} error={tell.error} onDone={onDone}>
      <Button onClick={onClose}>{strings.account.cancel}</Button>
    </DetailsForm>
  );
}

function Who({ userId }: { userId: string }) {
  const strings = useStrings();
  const user = useQuery(userQuery(userId));
  if (user.data && isComplete(user.data))
    return (
      <p className="break-words">
        <span className="font-semibold">
          {user.data.firstName} {user.data.lastName}
        </span>
        <br />
        {user.data.email}
      </p>
    );
  if (user.isError) return <p className="text-bad">{problemText(strings, reasonOf(user.error))}</p>;
  return <p className="text-soft">{user.data ? strings.account.guest : "…"}</p>;
}

// Who books in this browser: to look at, to put right, to be forgotten.
export function AccountCard() {
  const strings = useStrings();
  const userId = account.use()?.userId ?? "";
  const user = useQuery(userQuery(userId)).data;
  const [start, setStart] = useState<Details>(); // of what is edited
  const [isAsking, setIsAsking] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const shown = userId && (start ? "form" : "words");
  // What was pressed is gone when something else is shown; so the focus goes there.
  const before = useRef(shown);
  useEffect(() => {
    if (before.current === shown) return;
    before.current = shown;
    (box.current?.querySelector<HTMLElement>("input, button") ?? box.current)?.focus();
  }, [shown]);
  const forget = () => {
    forgetMe();
    setStart(undefined);
    setIsAsking(false);
    say(strings.app.forgotten);
  };
  return (
    <div ref={box} tabIndex={-1} className="outline-none">
      <h2 className="mb-1.5 font-sans text-sm font-semibold text-soft">{strings.app.account}</h2>
      {!userId && <p>{strings.account.nobody}</p>}
      {userId && start && <Edit userId={userId} start={start} onClose={() => setStart(undefined)} />}
      {userId && !start && (
        <>
          <Who userId={userId} />
          <div className="mt-2 flex flex-col items-start gap-1">
            {user && (
              <Button size="small" onClick={() => setStart(user)}>
                {isComplete(user) ? strings.account.edit : strings.account.add}
              </Button>
            )}
            <Button size="small" look="quiet" className="-ml-3 text-bad!" onClick={() => setIsAsking(true)}>
              {strings.app.forget}
            </Button>
          </div>
        </>
      )}
      <Confirm
        title={strings.app.forgetTitle}
        text={strings.app.forgetText}
        yes={strings.app.forget}
        no={strings.ticket.keep}
        isOpen={isAsking}
        isBusy={false}
        onYes={forget}
        onClose={() => setIsAsking(false)}
      />
    </div>
  );
}
