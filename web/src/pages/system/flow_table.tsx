import type { Flows } from "@/lib/system_view";
import { useLanguage } from "@/strings";
import { useSystemStrings } from "@/strings/system";
import { Scrolls } from "./frame";
import { ends, FLOWS } from "./layout";
import { rateText } from "./words";

// The lines of the map for who does not see them.
export function FlowTable({ flows }: { flows: Flows }) {
  const { map, nodes, flows: names } = useSystemStrings();
  const language = useLanguage();
  return (
    <details className="mt-3">
      <summary className="min-h-11 content-center font-semibold">{map.table}</summary>
      <Scrolls label={map.table}>
        <table className="w-full text-left tabular-nums">
          <thead className="bg-sunken text-sm">
            <tr>
              {[map.from, map.to, map.what].map((name) => (
                <th key={name} scope="col" className="px-3 py-2">
                  {name}
                </th>
              ))}
              <th scope="col" className="px-3 py-2 text-right whitespace-nowrap">
                {map.rate}
              </th>
            </tr>
          </thead>
          <tbody>
            {FLOWS.map((flow) => {
              const [from, to] = ends[flow];
              const rate = flows[flow];
              return (
                <tr key={flow} className="border-t border-line">
                  <td className="px-3 py-2">{nodes[from]}</td>
                  <td className="px-3 py-2">{nodes[to]}</td>
                  <td className="px-3 py-2">{names[flow]}</td>
                  <td className="px-3 py-2 text-right">
                    {rate === undefined ? map.notKnown : rateText(rate, language)}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </Scrolls>
    </details>
  );
}
