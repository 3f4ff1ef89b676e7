// The items of orders, which have ids only. Titles and topics never change, so each item is read once.
import { useEffect, useState } from "preact/hooks";
import { api, type Item } from "../shared/api.ts";

const known = new Map<number, Item>();

// Undefined until all items were asked for, so that nothing moves when the titles come. An item that failed is missing.
export function useItems(ids: readonly number[]): ReadonlyMap<number, Item> | undefined {
  const [asked, set_asked] = useState("");
  useEffect(() => {
    const missing = [...new Set(ids)].filter((id) => !known.has(id));
    void Promise.allSettled(missing.map(async (id) => known.set(id, await api.item(id)))).then(() =>
      set_asked(ids.join()),
    );
  }, [ids.join()]);
  return asked === ids.join() ? known : undefined;
}
