import { Settings2 } from "lucide-react";
import { Popover } from "radix-ui";
import { chooseTheme, type Theme, theme } from "@/lib/theme";
import { chooseLanguage, type Language, languages, useLanguage, useStrings } from "@/strings";
import { AccountCard } from "./account_card";
import { SETTINGS_BUTTON } from "./settings_button";

const themes: Theme[] = ["system", "light", "dark"];

function Choice<T extends string>(props: {
  label: string;
  name: string;
  value: T;
  choices: [T, string][];
  onChoose: (value: T) => void;
}) {
  return (
    <fieldset>
      <legend className="mb-1.5 text-sm font-semibold text-soft">{props.label}</legend>
      <div className="flex rounded-xl bg-sunken p-1">
        {props.choices.map(([value, words]) => (
          <label
            key={value}
            className="flex min-h-10 flex-1 cursor-pointer items-center justify-center rounded-lg px-2 text-center text-sm leading-tight has-checked:bg-card has-checked:font-semibold has-checked:shadow-card has-focus-visible:outline-3 has-focus-visible:outline-accent"
          >
            <input
              type="radio"
              className="sr-only"
              name={props.name}
              checked={value === props.value}
              onChange={() => props.onChoose(value)}
            />
            {words}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

export default function Settings() {
  const strings = useStrings();
  const language = useLanguage();
  return (
    <Popover.Root defaultOpen>
      <Popover.Trigger aria-label={strings.app.menu} className={SETTINGS_BUTTON}>
        <Settings2 aria-hidden className="size-5" />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          aria-label={strings.app.menu}
          align="end"
          sideOffset={8}
          collisionPadding={12}
          className="z-40 flex max-h-(--radix-popover-content-available-height) w-[min(22rem,calc(100vw-1.5rem))] animate-rise flex-col gap-4 overflow-y-auto rounded-2xl border border-line bg-card p-4 shadow-lift"
        >
          <Choice
            label={strings.app.theme}
            name="theme"
            value={theme.use()}
            choices={themes.map((choice) => [choice, strings.app.themes[choice]])}
            onChoose={chooseTheme}
          />
          <Choice
            label={strings.app.language}
            name="language"
            value={language}
            choices={Object.entries(languages) as [Language, string][]}
            onChoose={chooseLanguage}
          />
          <div className="border-t border-line pt-4">
            <AccountCard />
          </div>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
