import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import type { Event } from "@/api/client";
import { useCallOff, useDeleteEvent, usePublish } from "@/api/organise";
import { reasonOf } from "@/api/problem";
import { type Sales, salesQuery } from "@/api/sales";
import { countOf } from "@/api/sales_state";
import { Button } from "@/components/button";
import { Confirm, Dialog } from "@/components/dialog";
import { say } from "@/components/say";
import { useOrganise, useProblemText } from "@/strings/organise";

export type Asked = "publish" | "callOff" | "delete" | undefined;
type Props = { event: Event; isOpen: boolean; onClose: () => void };

// What went wrong; when others were faster the page shows the newest state, and one decides anew.
function useRefusal(onClose: () => void) {
  const { board } = useOrganise();
  const problemText = useProblemText();
  return (error: unknown) => {
    const reason = reasonOf(error);
    onClose();
    say(reason === "STALE_ETAG" ? board.stale : problemText(reason), "bad");
  };
}

function Publish({ event, isOpen, onClose }: Props) {
  const { board } = useOrganise();
  const publish = usePublish(event);
  const onError = useRefusal(onClose);
  const onYes = () =>
    publish.mutate(undefined, {
      onSuccess: () => {
        onClose();
        say(board.published);
      },
      onError,
    });
  return (
    <Dialog title={board.publishTitle} text={board.publishText(event.capacity)} isOpen={isOpen} onClose={onClose}>
      <ul className="list-disc space-y-2 pl-5">
        {board.publishPoints.map((point) => (
          <li key={point}>{point}</li>
        ))}
      </ul>
      <div className="mt-6 flex flex-col gap-3 sm:flex-row-reverse">
        <Button look="main" isBusy={publish.isPending} onClick={onYes}>
          {board.publishYes}
        </Button>
        <Button onClick={onClose}>{board.publishNo}</Button>
      </div>
    </Dialog>
  );
}

function Consequences({ sales }: { sales: Sales }) {
  const { board } = useOrganise();
  const confirmed = countOf(sales.bookings, "BOOKING_STATE_CONFIRMED");
  const holds = countOf(sales.bookings, "BOOKING_STATE_HELD");
  const { sold, held } = sales.availability;
  return (
    <ul className="list-disc space-y-2 pl-5">
      <li>
        {sold > 0 ? (
          <strong>{board.callOffBookings(confirmed.bookings, sold, sales.isWhole)}</strong>
        ) : (
          board.callOffNoBookings
        )}
      </li>
      <li>{held > 0 ? board.callOffHolds(holds.bookings, held) : board.callOffNoHolds}</li>
      <li>{board.callOffSale}</li>
      {sold > 0 && <li>{board.callOffRefund}</li>}
    </ul>
  );
}

// Says with the numbers of this moment what will happen. Where people have booked, a click is not enough.
function CallOff({ event, isOpen, onClose }: Props) {
  const organise = useOrganise();
  const { board } = organise;
  const sales = useQuery(salesQuery(event)).data;
  const callOff = useCallOff(event);
  const onError = useRefusal(onClose);
  const [typed, setTyped] = useState("");
  const hasBookings = !!sales && sales.availability.sold > 0;
  const isDraft = event.state === "EVENT_STATE_DRAFT";
  const isMeant = isDraft || (!!sales && (!hasBookings || typed.trim().toLowerCase() === board.callOffWord));
  const onYes = () =>
    isMeant &&
    callOff.mutate(undefined, {
      onSuccess: () => {
        onClose();
        say(board.calledOff);
      },
      onError,
    });
  return (
    <Dialog title={board.callOffTitle} text={board.callOffText(event.name)} isOpen={isOpen} onClose={onClose}>
      <form
        onSubmit={(submitted) => {
          submitted.preventDefault();
          onYes();
        }}
      >
        {sales ? <Consequences sales={sales} /> : <p>{board.callOffCounting}</p>}
        {hasBookings && (
          <div className="mt-5">
            <label htmlFor="call-off" className="mb-1 block font-semibold">
              {board.callOffType(board.callOffWord)}
            </label>
            <input
              id="call-off"
              className="field"
              value={typed}
              onChange={(changed) => setTyped(changed.target.value)}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
            />
          </div>
        )}
        <div className="mt-6 flex flex-col gap-3 sm:flex-row-reverse">
          <Button type="submit" look="danger" disabled={!isMeant} isBusy={callOff.isPending}>
            {board.callOffYes}
          </Button>
          <Button onClick={onClose}>{board.callOffNo}</Button>
        </div>
      </form>
    </Dialog>
  );
}

function Delete({ event, isOpen, onClose }: Props) {
  const { board } = useOrganise();
  const navigate = useNavigate();
  const remove = useDeleteEvent(event);
  const onError = useRefusal(onClose);
  const onYes = () =>
    remove.mutate(undefined, {
      onSuccess: () => {
        say(board.deleted);
        navigate("/organise?show=drafts", { replace: true });
      },
      onError,
    });
  return (
    <Confirm
      title={board.deleteTitle}
      text={board.deleteText}
      yes={board.deleteYes}
      no={board.deleteNo}
      isOpen={isOpen}
      isBusy={remove.isPending}
      onYes={onYes}
      onClose={onClose}
    />
  );
}

export function Dialogs({ event, asked, onClose }: { event: Event; asked: Asked; onClose: () => void }) {
  return (
    <>
      <Publish event={event} isOpen={asked === "publish"} onClose={onClose} />
      {asked === "callOff" && <CallOff event={event} isOpen onClose={onClose} />}
      <Delete event={event} isOpen={asked === "delete"} onClose={onClose} />
    </>
  );
}
