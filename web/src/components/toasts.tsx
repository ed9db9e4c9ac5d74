import { CircleAlert, CircleCheck, X } from "lucide-react";
import { Toast } from "radix-ui";
import { classNames } from "@/lib/class_names";
import { useStrings } from "@/strings";
import { forgetNote, useNotes } from "./say";

export default function Toasts() {
  const strings = useStrings();
  const shown = useNotes();
  return (
    <Toast.Provider duration={6000} label={strings.app.name}>
      {shown.map((note) => (
        <Toast.Root
          key={note.id}
          type={note.tone === "bad" ? "foreground" : "background"}
          onOpenChange={(isOpen) => !isOpen && forgetNote(note.id)}
          className="flex animate-rise items-start gap-3 rounded-2xl border border-line bg-card p-4 shadow-lift"
        >
          <span className={classNames("mt-0.5", note.tone === "bad" ? "text-bad" : "text-good")}>
            {note.tone === "bad" ? (
              <CircleAlert aria-hidden className="size-5" />
            ) : (
              <CircleCheck aria-hidden className="size-5" />
            )}
          </span>
          <Toast.Description className="flex-1">{note.text}</Toast.Description>
          <Toast.Close
            aria-label={strings.app.close}
            className="-m-2 grid size-9 place-items-center rounded-lg text-soft hover:bg-sunken"
          >
            <X aria-hidden className="size-4" />
          </Toast.Close>
        </Toast.Root>
      ))}
      <Toast.Viewport className="fixed inset-x-4 bottom-4 z-50 flex flex-col gap-2 sm:left-auto sm:w-96 print:hidden" />
    </Toast.Provider>
  );
}
