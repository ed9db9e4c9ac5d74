import { GitMerge, UsersRound } from "lucide-react";
import { useState } from "react";
import { Problem } from "@/api/problem";
import { Button } from "@/components/button";
import { useOrganise, useProblemText } from "@/strings/organise";

export type Rebased = { taken: string[]; conflicts: string[] }; // labels of fields

// Somebody else saved first. Nothing entered here is lost: the other changes are put beneath it.
export function Stale({ isStale, onTake }: { isStale: boolean; onTake: () => Promise<Rebased> }) {
  const organise = useOrganise();
  const problemText = useProblemText();
  const [isBusy, setIsBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const [rebased, setRebased] = useState<Rebased>();
  const take = async () => {
    setIsBusy(true);
    setProblem("");
    try {
      setRebased(await onTake());
    } catch (error) {
      const isGone = error instanceof Problem && error.httpStatus === 404;
      setProblem(isGone ? organise.form.staleGone : problemText(error instanceof Problem ? error.reason : ""));
    }
    setIsBusy(false);
  };
  if (isStale)
    return (
      <section role="alert" aria-labelledby="stale" className="mt-6 rounded-2xl border-2 border-warn bg-warn-wash p-5">
        <h2 id="stale" className="flex items-center gap-2 text-xl font-bold text-warn">
          <UsersRound aria-hidden className="size-5" />
          {organise.form.staleTitle}
        </h2>
        <p className="mt-1">{organise.form.staleText}</p>
        {problem && <p className="mt-2 font-medium text-bad">{problem}</p>}
        <Button className="mt-4" isBusy={isBusy} icon={<GitMerge aria-hidden className="size-5" />} onClick={take}>
          {isBusy ? organise.form.taking : organise.form.take}
        </Button>
      </section>
    );
  if (!rebased) return null;
  const { taken, conflicts } = rebased;
  return (
    <div role="status" className="mt-6 rounded-2xl bg-sunken p-5">
      {taken.length > 0 && <p>{organise.form.taken(taken.join(", "))}</p>}
      {conflicts.length > 0 && <p className="font-medium">{organise.form.conflicts(conflicts.join(", "))}</p>}
      {taken.length + conflicts.length === 0 && <p>{organise.form.takenNone}</p>}
      <p className="text-soft">{organise.form.review}</p>
    </div>
  );
}
