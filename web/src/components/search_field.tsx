import { Search, X } from "lucide-react";
import { classNames } from "@/lib/class_names";

type Props = {
  label: string;
  clear: string; // what its button says
  value: string;
  onChange: (text: string) => void;
  isLarge?: boolean;
};

export function SearchField({ label, clear, value, onChange, isLarge }: Props) {
  return (
    <search className="relative block">
      <Search aria-hidden className="pointer-events-none absolute top-1/2 left-4 size-5 -translate-y-1/2 text-soft" />
      <input
        type="search"
        aria-label={label}
        placeholder={label}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        maxLength={200}
        autoComplete="off"
        enterKeyHint="search"
        className={classNames(
          "field pr-12! pl-12! [&::-webkit-search-cancel-button]:hidden",
          isLarge && "min-h-14! rounded-2xl! text-lg shadow-card",
        )}
      />
      {value && (
        <button
          type="button"
          aria-label={clear}
          onClick={() => onChange("")}
          className={classNames(
            "absolute top-1/2 grid size-10 -translate-y-1/2 place-items-center rounded-xl text-soft hover:bg-sunken",
            isLarge ? "right-2" : "right-1",
          )}
        >
          <X aria-hidden className="size-5" />
        </button>
      )}
    </search>
  );
}
