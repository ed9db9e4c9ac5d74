import { useInfiniteQuery } from "@tanstack/react-query";
import { Building2, MapPin, Plus } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import type { Location } from "@/api/client";
import { locationPagesQuery } from "@/api/organise";
import { Button, ButtonLink } from "@/components/button";
import { Failed } from "@/components/failed";
import { Notice } from "@/components/notice";
import { SearchField } from "@/components/search_field";
import { Skeleton } from "@/components/skeleton";
import { useDebounced } from "@/lib/use_debounced";
import { useTitle } from "@/lib/use_title";
import { countryName, useLanguage } from "@/strings";
import { useOrganise } from "@/strings/organise";
import { ListFrame } from "../parts/frame";

const TYPING_MS = 200;

function Card({ location }: { location: Location }) {
  const { places } = useOrganise();
  const language = useLanguage();
  const most = Math.max(...location.halls.map(({ capacity }) => capacity ?? 0));
  return (
    <li className="relative flex gap-4 rounded-2xl border border-line bg-card p-4 shadow-card transition-shadow hover:shadow-lift has-focus-visible:outline-3 has-focus-visible:outline-accent">
      <span aria-hidden className="grid size-12 shrink-0 place-items-center rounded-2xl bg-sunken text-accent">
        <Building2 />
      </span>
      <div className="min-w-0">
        <h3 className="text-lg leading-tight font-bold break-words">
          <Link to={`/organise/locations/${location.id}`} className="outline-none after:absolute after:inset-0">
            {location.name}
          </Link>
        </h3>
        <p className="flex items-start gap-1.5 text-[0.9375rem] text-soft">
          <MapPin aria-hidden className="mt-1 size-4 shrink-0" />
          <span className="min-w-0 break-words">
            {location.address && `${location.address}, `}
            {countryName(language, location.country)}
          </span>
        </p>
        <p className="mt-1 text-[0.9375rem]">
          {places.halls(location.halls.length)}, {places.upTo(most)}
        </p>
      </div>
    </li>
  );
}

export default function LocationsPage() {
  const organise = useOrganise();
  const { places } = organise;
  useTitle(organise.locations);
  const [text, setText] = useState("");
  const words = useDebounced(text.trim(), TYPING_MS);
  const list = useInfiniteQuery(locationPagesQuery(words));
  const locations = list.data?.pages.flatMap((page) => page.locations) ?? [];
  return (
    <ListFrame
      action={
        <ButtonLink
          look="main"
          to="/organise/locations/new"
          className="max-sm:w-full"
          icon={<Plus aria-hidden className="size-5" />}
        >
          {places.newLocation}
        </ButtonLink>
      }
    >
      <SearchField label={places.search} clear={organise.list.clearSearch} value={text} onChange={setText} />
      <section aria-labelledby="locations" aria-busy={list.isFetching}>
        <h2 id="locations" className="sr-only">
          {organise.locations}
        </h2>
        <p role="status" className="my-4 min-h-6 font-semibold">
          {list.data && places.count(locations.length, list.hasNextPage)}
        </p>
        {list.isPending && (
          <div className="grid gap-3 md:grid-cols-2">
            {["a", "b", "c", "d"].map((name) => (
              <Skeleton key={name} className="h-29 rounded-2xl" />
            ))}
          </div>
        )}
        {list.isError && !list.data && (
          <Failed title={places.failedTitle} error={list.error} onRetry={() => list.refetch()} />
        )}
        {list.data && locations.length === 0 && (
          <Notice level={2} icon={<Building2 />} title={words ? organise.list.nothing : places.emptyTitle}>
            {words ? organise.list.nothingText : places.emptyText}
          </Notice>
        )}
        <ul className="grid gap-3 md:grid-cols-2">
          {locations.map((location) => (
            <Card key={location.id} location={location} />
          ))}
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
