import { useInfiniteQuery, useQueries } from "@tanstack/react-query";
import { CalendarPlus, CalendarX, Plus } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useSearchParams } from "react-router";
import { countQuery, isTab, organisedQuery, type Tab, tabs } from "@/api/organise";
import { Button, ButtonLink } from "@/components/button";
import { Failed } from "@/components/failed";
import { LivePill } from "@/components/live_pill";
import { Notice } from "@/components/notice";
import { SearchField } from "@/components/search_field";
import { Skeleton } from "@/components/skeleton";
import { classNames } from "@/lib/class_names";
import { useDebounced } from "@/lib/use_debounced";
import { useTitle } from "@/lib/use_title";
import { useLanguage, useStrings } from "@/strings";
import { useOrganise } from "@/strings/organise";
import { ListFrame } from "../parts/frame";
import { Row } from "./row";

const TYPING_MS = 200;

// Tab and words are those of the address.
function useChoice() {
  const [search, setSearch] = useSearchParams();
  const given = search.get("show");
  const tab: Tab = isTab(given) ? given : "upcoming";
  const [text, setText] = useState(search.get("q") ?? "");
  const words = useDebounced(text.trim(), TYPING_MS);
  const write = (tab: Tab, words: string) =>
    setSearch(new URLSearchParams({ ...(tab !== "upcoming" && { show: tab }), ...(words && { q: words }) }), {
      replace: true,
      preventScrollReset: true,
    });
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what was typed is a reason
  useEffect(() => {
    if (words !== (search.get("q") ?? "")) write(tab, words);
  }, [words]);
  return { tab, setTab: (next: Tab) => write(next, words), text, setText, words };
}

function Tabs({ tab, words, onChange }: { tab: Tab; words: string; onChange: (tab: Tab) => void }) {
  const { list } = useOrganise();
  const language = useLanguage();
  const counts = useQueries({ queries: tabs.map((one) => countQuery(one, words)) });
  const box = useRef<HTMLFieldSetElement>(null);
  // On a phone the chosen one may stand beyond the edge.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the tab is the reason
  useEffect(() => {
    box.current?.querySelector(":checked")?.parentElement?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [tab]);
  return (
    <fieldset ref={box} className="min-w-0">
      <legend className="sr-only">{list.show}</legend>
      <div className="-mx-4 flex gap-2 overflow-x-auto px-4 py-1 [scrollbar-width:none] sm:mx-0 sm:px-0">
        {tabs.map((one, i) => (
          <label
            key={one}
            className="relative flex min-h-10 shrink-0 cursor-pointer items-center gap-2 rounded-full border border-line bg-card px-4 text-[0.9375rem] font-medium hover:border-line-strong has-checked:border-ink has-checked:bg-ink has-checked:text-paper has-focus-visible:outline-3 has-focus-visible:outline-accent"
          >
            <input type="radio" name="show" className="sr-only" checked={one === tab} onChange={() => onChange(one)} />
            {list.tabs[one]}
            <span className="min-w-4 text-center tabular-nums">{counts[i]?.data?.toLocaleString(language)}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

export default function OrganisePage() {
  const strings = useStrings();
  const organise = useOrganise();
  useTitle(organise.title);
  const { tab, setTab, text, setText, words } = useChoice();
  const list = useInfiniteQuery(organisedQuery(tab, words));
  const pages = list.data?.pages ?? [];
  const total = pages[0]?.totalSize ?? 0;
  const newEvent = (className: string) => (
    <ButtonLink
      look="main"
      to="/organise/events/new"
      className={className}
      icon={<Plus aria-hidden className="size-5" />}
    >
      {organise.list.newEvent}
    </ButtonLink>
  );
  return (
    <ListFrame action={newEvent("max-sm:w-full")}>
      <div className="space-y-3">
        <SearchField label={organise.list.search} clear={organise.list.clearSearch} value={text} onChange={setText} />
        <Tabs tab={tab} words={words} onChange={setTab} />
      </div>
      <section aria-labelledby="events" aria-busy={list.isFetching}>
        <h2 id="events" className="sr-only">
          {organise.events}
        </h2>
        <div className="my-4 flex min-h-6 items-center justify-between gap-4">
          <p role="status" className="font-semibold">
            {list.data ? strings.events.count(total) : list.isPending ? strings.app.loading : ""}
          </p>
          <LivePill />
        </div>
        {list.isPending && (
          <div className="grid gap-3">
            {["a", "b", "c", "d", "e"].map((name) => (
              <Skeleton key={name} className="h-27 rounded-2xl" />
            ))}
          </div>
        )}
        {list.isError && !list.data && (
          <Failed title={organise.list.failedTitle} error={list.error} onRetry={() => list.refetch()} />
        )}
        {list.data && total === 0 && (
          <Notice
            level={2}
            icon={words ? <CalendarX /> : <CalendarPlus />}
            title={words ? organise.list.nothing : organise.list.emptyTitle[tab]}
            action={!words && (tab === "upcoming" || tab === "drafts") ? newEvent("") : undefined}
          >
            {words ? organise.list.nothingText : organise.list.emptyText[tab]}
          </Notice>
        )}
        <ul className={classNames("grid gap-3 transition-opacity", list.isPlaceholderData && "opacity-60")}>
          {pages.flatMap((page) =>
            page.events.map((event) => (
              <li key={event.id}>
                <Row event={event} askedAt={page.askedAt} />
              </li>
            )),
          )}
        </ul>
        {list.hasNextPage && (
          <Button className="mt-6 w-full" isBusy={list.isFetchingNextPage} onClick={() => list.fetchNextPage()}>
            {organise.list.more}
          </Button>
        )}
      </section>
    </ListFrame>
  );
}
