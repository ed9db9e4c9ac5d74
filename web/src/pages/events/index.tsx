import { useInfiniteQuery } from "@tanstack/react-query";
import { CalendarX } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { useSearchParams } from "react-router";
import { eventsQuery } from "@/api/events";
import { Button } from "@/components/button";
import { Failed } from "@/components/failed";
import { LivePill } from "@/components/live_pill";
import { Notice } from "@/components/notice";
import { SearchField } from "@/components/search_field";
import { classNames } from "@/lib/class_names";
import { useDebounced } from "@/lib/use_debounced";
import { useTitle } from "@/lib/use_title";
import { useStrings } from "@/strings";
import { CardSkeleton, EventCard } from "./event_card";
import { Categories, FilterPanel } from "./filter_bar";
import { type Filters, readFilters, toQuery, writeFilters } from "./filters";

const TYPING_MS = 200;
const SKELETONS = ["a", "b", "c", "d", "e", "f"];
const GRID = "grid gap-5 sm:grid-cols-2 lg:grid-cols-3";

// The filters are those of the address; what is being typed gets there when the fingers rest.
function useFilters() {
  const [search, setSearch] = useSearchParams();
  const filters = useMemo(() => readFilters(search), [search]);
  const [text, setText] = useState(filters.text);
  const written = useRef(filters.text);
  const rested = useDebounced(text, TYPING_MS);
  // What was chosen shows at once, and the next choice builds on it: the address follows when the list has been drawn.
  const [chosen, setChosen] = useState<Filters | null>(null);
  const choice = chosen ?? filters;
  const change = (part: Partial<Filters>) => {
    const next = { ...choice, text: written.current, ...part };
    setChosen(next);
    setSearch(writeFilters(next), { replace: true, preventScrollReset: true });
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: the address has followed
  useEffect(() => setChosen(null), [filters]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: only what was typed is a reason
  useEffect(() => {
    if (rested === written.current) return;
    written.current = rested;
    change({ text: rested });
  }, [rested]);
  // The back button changes the address under our hands.
  useEffect(() => {
    if (filters.text === written.current) return;
    written.current = filters.text;
    setText(filters.text);
  }, [filters.text]);

  const clear = () => {
    written.current = "";
    setText("");
    const nothing = new URLSearchParams();
    setChosen(readFilters(nothing));
    setSearch(nothing, { replace: true, preventScrollReset: true });
  };
  return { filters, choice, text, setText, change, clear };
}

export function EventsPage() {
  const strings = useStrings();
  useTitle("");
  const { filters, choice, text, setText, change, clear } = useFilters();
  const key = writeFilters(filters).toString();
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked anew when the filters change, not as time goes by
  const query = useMemo(() => toQuery(filters, new Date()), [key]);
  const list = useInfiniteQuery(eventsQuery(query));
  const pages = list.data?.pages ?? [];
  const total = pages[0]?.totalSize ?? 0;
  const shown = pages.reduce((sum, page) => sum + page.events.length, 0);

  return (
    <>
      <div className="mx-auto max-w-6xl px-4 pt-8 sm:px-6 sm:pt-14">
        <h1 className="max-w-3xl text-4xl font-extrabold tracking-tight sm:text-6xl">{strings.events.title}</h1>
        <p className="mt-3 max-w-2xl text-lg text-soft sm:text-xl">{strings.events.lead}</p>
        <div className="mt-6 space-y-4 sm:mt-8">
          <SearchField
            isLarge
            label={strings.events.search}
            clear={strings.events.clearSearch}
            value={text}
            onChange={setText}
          />
          <Categories value={choice.category} onChange={change} />
          <FilterPanel filters={choice} onChange={change} />
        </div>
      </div>
      <section aria-labelledby="events" aria-busy={list.isFetching} className="mx-auto max-w-6xl px-4 pt-6 sm:px-6">
        <h2 id="events" className="sr-only">
          {strings.app.events}
        </h2>
        <div className="mb-4 flex min-h-11 items-center gap-4">
          <p role="status" className="font-semibold">
            {list.isPending ? strings.app.loading : list.data ? strings.events.count(total) : ""}
          </p>
          {key && (
            <Button look="quiet" size="small" onClick={clear} className="text-accent!">
              {strings.events.clear}
            </Button>
          )}
          <span className="ml-auto">
            <LivePill />
          </span>
        </div>
        {list.isPending && (
          <div className={GRID}>
            {SKELETONS.map((name) => (
              <CardSkeleton key={name} />
            ))}
          </div>
        )}
        {list.isError && !list.data && (
          <Failed title={strings.events.failedTitle} error={list.error} onRetry={() => list.refetch()} />
        )}
        {list.data && total === 0 && (
          <Notice
            level={2}
            icon={<CalendarX />}
            title={strings.events.emptyTitle}
            action={
              <Button look="main" onClick={clear}>
                {strings.events.clear}
              </Button>
            }
          >
            {strings.events.emptyText}
          </Notice>
        )}
        <ul className={classNames(GRID, "transition-opacity", list.isPlaceholderData && "opacity-60")}>
          {pages.flatMap((page) =>
            page.events.map((event) => (
              <li key={event.id}>
                <EventCard event={event} askedAt={page.askedAt} />
              </li>
            )),
          )}
        </ul>
        {list.hasNextPage && (
          <div className="mt-8 flex flex-col items-center gap-3">
            <p className="text-soft tabular-nums">{strings.events.shown(shown, total)}</p>
            <Button
              size="large"
              className="min-w-56"
              isBusy={list.isFetchingNextPage}
              onClick={() => list.fetchNextPage()}
            >
              {list.isFetchingNextPage ? strings.events.loadingMore : strings.events.more}
            </Button>
          </div>
        )}
      </section>
    </>
  );
}
