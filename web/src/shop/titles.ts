// The items of orders, which have ids only. They are read when their order is opened, because titles may change.
import { useEffect, useState } from "preact/hooks";
import { api, type Item } from "../shared/api.ts";

const known = new Map<number, Item>();

// Undefined until all items were asked for, so that nothing moves when the titles come. An item that failed is missing.
export function useItems(ids: readonly number[]): ReadonlyMap<number, Item> | undefined {
  const [asked, set_asked] = useState("");
  useEffect(() => {
    void Promise.allSettled([...new Set(ids)].map(async (id) => known.set(id, await api.item(id)))).then(() =>
      set_asked(ids.join()),
    );
  }, [ids.join()]);
  return asked === ids.join() ? known : undefined;
}
