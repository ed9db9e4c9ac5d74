import { Settings2 } from "lucide-react";
import { Suspense, useState } from "react";
import { later } from "@/lib/later";
import { useStrings } from "@/strings";

const Settings = later(() => import("./settings"));

export const SETTINGS_BUTTON = "grid size-11 place-items-center rounded-xl hover:bg-sunken";

// What it opens is loaded when somebody wants it.
export function SettingsButton() {
  const strings = useStrings();
  const [isWanted, setIsWanted] = useState(false);
  const button = (
    <button
      type="button"
      aria-label={strings.app.menu}
      aria-haspopup="dialog"
      className={SETTINGS_BUTTON}
      onClick={() => setIsWanted(true)}
    >
      <Settings2 aria-hidden className="size-5" />
    </button>
  );
  return isWanted ? (
    <Suspense fallback={button}>
      <Settings />
    </Suspense>
  ) : (
    button
  );
}
