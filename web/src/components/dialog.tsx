import { X } from "lucide-react";
import { Dialog as Base } from "radix-ui";
import { type ReactNode, useRef } from "react";
import { useStrings } from "@/strings";
import { Button } from "./button";

type Props = { title: string; text?: string; isOpen: boolean; onClose: () => void; children?: ReactNode };

// A sheet from below on phones, in the middle on wider screens.
export function Dialog({ title, text, isOpen, onClose, children }: Props) {
  const strings = useStrings();
  const opener = useRef<Element | null>(null); // gets the focus back
  return (
    <Base.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <Base.Portal>
        <Base.Overlay className="fixed inset-0 z-40 animate-fade bg-black/50" />
        <Base.Content
          {...(!text && { "aria-describedby": undefined })}
          onOpenAutoFocus={() => {
            opener.current = document.activeElement;
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            if (opener.current instanceof HTMLElement) opener.current.focus({ preventScroll: true });
          }}
          className="fixed inset-x-0 bottom-0 z-50 max-h-[92dvh] animate-rise overflow-y-auto rounded-t-3xl bg-card p-6 shadow-lift sm:inset-0 sm:m-auto sm:h-fit sm:w-[28rem] sm:rounded-3xl"
        >
          <Base.Title className="pr-10 text-2xl font-bold">{title}</Base.Title>
          {text && <Base.Description className="mt-2 text-soft">{text}</Base.Description>}
          <Base.Close
            aria-label={strings.app.close}
            className="absolute top-4 right-4 grid size-11 place-items-center rounded-xl text-soft hover:bg-sunken"
          >
            <X aria-hidden className="size-5" />
          </Base.Close>
          <div className="mt-6">{children}</div>
        </Base.Content>
      </Base.Portal>
    </Base.Root>
  );
}

type Question = Omit<Props, "children"> & { yes: string; no: string; isBusy: boolean; onYes: () => void };

export const Confirm = ({ yes, no, isBusy, onYes, ...rest }: Question) => (
  <Dialog {...rest}>
    <div className="flex flex-col gap-3 sm:flex-row-reverse">
      <Button look="danger" isBusy={isBusy} onClick={onYes}>
        {yes}
      </Button>
      <Button onClick={rest.onClose}>{no}</Button>
    </div>
  </Dialog>
);
