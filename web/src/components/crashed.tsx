import { TriangleAlert } from "lucide-react";
import { useStrings } from "@/strings";
import { Button } from "./button";
import { Notice } from "./notice";

export function Crashed() {
  const strings = useStrings();
  return (
    <main role="alert">
      <Notice
        icon={<TriangleAlert />}
        title={strings.crashed.title}
        action={
          <Button look="main" onClick={() => location.reload()}>
            {strings.crashed.reload}
          </Button>
        }
      >
        {strings.crashed.text}
      </Notice>
    </main>
  );
}
