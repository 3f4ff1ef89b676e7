// Edits one item: its title, topics, description, attributes and threshold. Only what the form changes is sent.
import { useState } from "preact/hooks";
import { api, type Item, type Problem } from "../shared/api.ts";
import { announce } from "../shared/announce.tsx";
import { IconAlert } from "../shared/icons.tsx";
import { may_change_items, useWho } from "../shared/who.ts";
import { form_of, patch_of, type Form } from "./edits.ts";
import { useKey } from "./hooks.ts";

const FIELDS: readonly { name: keyof Form; label: string; rows?: number }[] = [
  { name: "title", label: "Title" },
  { name: "topic", label: "Topic" },
  { name: "topics", label: "Further topics, one a line", rows: 2 },
  { name: "description", label: "Description", rows: 4 },
  { name: "attributes", label: "Attributes, one a line: name=value", rows: 3 },
  { name: "low", label: "Low with this many pieces" },
];

export function ItemEdit() {
  const [id, set_id] = useState("");
  const [item, set_item] = useState<Item>();
  const [form, set_form] = useState<Form>();
  const key = useKey();
  const [problem, set_problem] = useState<string>();
  if (!may_change_items(useWho().who)) return null;
  const patch = item && form ? patch_of(item, form) : {};
  const changes = typeof patch !== "string" && Object.keys(patch).length > 0;
  const read = async (number: number) => {
    set_problem(undefined);
    try {
      const found = await api.item(number);
      set_item(found);
      set_form(form_of(found));
    } catch (error) {
      set_problem((error as Problem).message);
    }
  };
  // The same patch has the same key, so a second try changes nothing twice.
  const save = async (event: Event) => {
    event.preventDefault();
    if (!item || typeof patch === "string") return;
    set_problem(undefined);
    try {
      await api.edit(item.id, patch, key.of([item.id, item.version, patch]));
      announce(`Item ${item.id} is changed`);
      await read(item.id);
    } catch (error) {
      set_problem((error as Problem).message);
    }
  };
  const wrong = problem ?? (typeof patch === "string" ? patch : undefined);
  return (
    <section class="panel" aria-labelledby="edit-title">
      <div class="panel-head">
        <h2 id="edit-title">Edit an item</h2>
        <label>
          <span class="label">Item to edit</span>
          <input
            class="field number"
            inputMode="numeric"
            value={id}
            onInput={(event) => set_id(event.currentTarget.value.replace(/\D/g, ""))}
          />
        </label>
        <button type="button" class="button" disabled={!id} onClick={() => read(Number(id))}>
          Show it
        </button>
      </div>
      {wrong && (
        <p class="note bad" role="alert">
          <IconAlert /> {wrong}
        </p>
      )}
      {item && form && (
        <form class="edit" onSubmit={save}>
          {FIELDS.map(({ name, label, rows }) => (
            <label key={name}>
              <span class="label">{label}</span>
              {rows ? (
                <textarea
                  class="field"
                  rows={rows}
                  value={form[name]}
                  onInput={(event) => set_form({ ...form, [name]: event.currentTarget.value })}
                />
              ) : (
                <input
                  class="field"
                  inputMode={name === "low" ? "numeric" : undefined}
                  value={form[name]}
                  onInput={({ currentTarget: { value } }) =>
                    set_form({ ...form, [name]: name === "low" ? value.replace(/\D/g, "") : value })
                  }
                />
              )}
            </label>
          ))}
          <button type="submit" class="button primary" disabled={!changes}>
            Save item {item.id}
          </button>
        </form>
      )}
    </section>
  );
}
