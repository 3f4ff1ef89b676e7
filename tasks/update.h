// `import --update`: gives the items of a store the prices and the stocks of a catalogue, and adds the items that the
// store does not have. Tests: tests/tasks/update_test.cpp, tests/process/test_tasks.py.
#pragma once

#include <map>
#include <string>

#include "tasks/catalogue_file.h"
#include "tasks/tasks.h"

namespace tasks {

using ItemsById = std::map<base::ItemId, msg::Item>;

// The work of an update: the rows that are new, those that differ, and the number of those that do not.
struct UpdatePlan {
  std::vector<msg::NewItem> to_add;
  struct Change {
    msg::Item item;  // as it is in the store
    base::Cents price;
    base::Quantity stock;
  };
  std::vector<Change> to_change;
  std::size_t same = 0;
};

// `there`: the items of the store that have ids of the catalogue. Fails, with a line for each of the first rows, if a
// row has no id, or another title or topic than the item: those cannot be changed.
base::Result<UpdatePlan> plan_update(const Catalogue& catalogue, const ItemsById& there, const std::string& file);

struct Changed {
  std::size_t items = 0;
  std::optional<msg::Refusal> refusal;
  std::string refused_key;
};
// Writes the changes. Each is refused if somebody has changed the item since it was read. Calls `progress` with the
// number of items that are done.
Changed write_changes(client::Client& store, const UpdatePlan& plan, const std::function<void(std::size_t)>& progress);

}  // namespace tasks
