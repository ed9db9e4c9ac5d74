import { CloudOff } from "lucide-react";
import { reasonOf } from "@/api/problem";
import { problemText, useStrings } from "@/strings";
import { Button } from "./button";
import { Notice } from "./notice";

export function Failed({ title, error, onRetry }: { title: string; error: unknown; onRetry: () => void }) {
  const strings = useStrings();
  return (
    <div role="alert">
      <Notice
        icon={<CloudOff />}
        title={title}
        action={
          <Button look="main" onClick={onRetry}>
            {strings.app.retry}
          </Button>
        }
      >
        {problemText(strings, reasonOf(error))}
      </Notice>
    </div>
  );
}
