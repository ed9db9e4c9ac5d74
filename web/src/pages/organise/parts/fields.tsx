import { type ComponentProps, type ReactNode, useId } from "react";
import { classNames } from "@/lib/class_names";
import { useOrganise } from "@/strings/organise";

type Frame = {
  id: string; // the field's name in refusals: a summary of what is wrong leads to it
  label: string;
  hint?: ReactNode;
  problem?: string | undefined;
  isOptional?: boolean;
  className?: string;
};

type Described = { id: string; "aria-describedby"?: string; "aria-invalid"?: boolean };

// A label, what is allowed, what is wrong, and in between what somebody fills in.
export function Field({
  id,
  label,
  hint,
  problem,
  isOptional,
  className,
  children,
}: Frame & { children: (described: Described) => ReactNode }) {
  const { form } = useOrganise();
  const describedBy = [hint && `${id}-hint`, problem && `${id}-problem`].filter(Boolean).join(" ");
  return (
    <div className={classNames("min-w-0", className)}>
      <label htmlFor={id} className="mb-1 block font-semibold">
        {label}
        {isOptional && <span className="font-normal text-soft"> ({form.optional})</span>}
      </label>
      {children({
        id,
        ...(describedBy && { "aria-describedby": describedBy }),
        ...(problem && { "aria-invalid": true }),
      })}
      {problem && (
        <p id={`${id}-problem`} className="mt-1 text-sm font-medium text-bad">
          {problem}
        </p>
      )}
      {hint && (
        <p id={`${id}-hint`} className="mt-1 text-sm text-soft">
          {hint}
        </p>
      )}
    </div>
  );
}

type Change = { value: string; onChange: (value: string) => void };
type Rest<Tag extends "input" | "textarea" | "select"> = Omit<
  ComponentProps<Tag>,
  "value" | "onChange" | "id" | "className" | "children"
>;

const FIELD = "field aria-invalid:border-bad aria-invalid:border-2";

// What stands around a field, and what it is itself.
function split<Props extends Frame>({ id, label, hint, problem, isOptional, className, ...rest }: Props) {
  return { frame: { id, label, hint, problem, isOptional: isOptional ?? false, className: className ?? "" }, rest };
}

export function TextField(props: Frame & Change & Rest<"input">) {
  const { frame, rest } = split(props);
  return (
    <Field {...frame}>
      {(described) => (
        <input
          {...rest}
          {...described}
          className={FIELD}
          required={!frame.isOptional}
          onChange={(event) => props.onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

export function TextArea(props: Frame & Change & Rest<"textarea">) {
  const { frame, rest } = split(props);
  return (
    <Field {...frame}>
      {(described) => (
        <textarea
          {...rest}
          {...described}
          className={classNames(FIELD, "py-2.5")}
          onChange={(event) => props.onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

export function SelectField(props: Frame & Change & Rest<"select"> & { children: ReactNode }) {
  const { frame, rest } = split(props);
  return (
    <Field {...frame}>
      {(described) => (
        <select
          {...rest}
          {...described}
          className={classNames(FIELD, "disabled:bg-sunken")}
          required={!frame.isOptional}
          onChange={(event) => props.onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

export function Section({ title, note, children }: { title: string; note?: ReactNode; children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="rounded-3xl border border-line bg-card p-5 shadow-card sm:p-6">
      <h2 id={id} className="text-2xl font-bold">
        {title}
      </h2>
      {note && <p className="mt-1 text-soft">{note}</p>}
      <div className="mt-4 grid gap-5">{children}</div>
    </section>
  );
}
