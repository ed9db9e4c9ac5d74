import { useEffect } from "react";
import { useBlocker } from "react-router";
import { Confirm } from "@/components/dialog";
import { useOrganise } from "@/strings/organise";

// Who leaves a form that is not saved is asked first, also by the browser when the tab is closed.
export function LeaveGuard({ isDirty }: { isDirty: () => boolean }) {
  const { form } = useOrganise();
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) => isDirty() && currentLocation.pathname !== nextLocation.pathname,
  );
  useEffect(() => {
    const onLeave = (event: BeforeUnloadEvent) => {
      if (isDirty()) event.preventDefault();
    };
    addEventListener("beforeunload", onLeave);
    return () => removeEventListener("beforeunload", onLeave);
  }, [isDirty]);
  return (
    <Confirm
      title={form.leaveTitle}
      text={form.leaveText}
      yes={form.leave}
      no={form.stay}
      isOpen={blocker.state === "blocked"}
      isBusy={false}
      onYes={() => blocker.proceed?.()}
      onClose={() => blocker.reset?.()}
    />
  );
}
