// `import --update`: gives the items of a store the values of a catalogue, and adds the items that the store does not
// have. Items of the store that the catalogue does not have stay as they are. Tests: tests/tasks/update_test.cpp,
// tests/process/test_imports.py.
#pragma once

#include <map>
#include <string>
#include <variant>

#include "tasks/catalogue_file.h"
#include "tasks/interruption.h"
#include "tasks/tasks.h"

namespace tasks {

using ItemsById = std::map<base::ItemId, msg::Item>;

// The work of an update: the rows that are new, those that differ, and the number of those that do not.
struct UpdatePlan {
  std::vector<msg::NewItem> to_add;
  struct Change {
    msg::Item item;    // as it is in the store
    msg::Item wanted;  // the same with the values of the catalogue
  };
  std::vector<Change> to_change;
  std::vector<msg::EditItem> to_edit;  // of those to add: they get terms of sale, or are retired
  std::size_t same = 0;
};

// `there`: the items of the store that have ids of the catalogue. Fails if a row has no id. An item is retired or
// brought back only if its row says whether it is retired, and gets other terms of sale or places only if its row tells
// them.
base::Result<UpdatePlan> plan_update(const Catalogue& catalogue, const ItemsById& there, const std::string& file);

// Returns the request that retires a new item of the catalogue, or gives it terms of sale, as its row says; nothing if
// the row says neither.
std::optional<msg::EditItem> edit_of_new(const Catalogue& catalogue, base::ItemId id);

// Returns the requests that move pieces of the new items of the catalogue from `main` to where their rows say. Their
// keys follow from `prefix`.
std::vector<msg::Transfer> transfers_of_new(const Catalogue& catalogue, const std::string& prefix);

using Move = std::variant<msg::Transfer, msg::Restock>;
// Returns the requests, without keys and versions, that bring the pieces of each place to those that are wanted. Pieces
// that one place has too many go to the places that lack them, so the stock is never more than before or than wanted.
std::vector<Move> moves_of(const msg::Item& wanted, const msg::Item& now);

// Returns the request that changes all of the item that an edit changes; nothing if that stays.
std::optional<msg::EditItem> edit_of(const UpdatePlan::Change& change);

struct Changed {
  std::size_t items = 0;
  std::optional<msg::Refusal> refusal;
  std::string refused_key;
  msg::Item refused{};  // the item of the refusal as it is now; parts of its change may have been written before
};
// Writes the changes. Each is refused if somebody has changed the item since it was read. Calls `progress` with the
// number of items that are done. After an interruption it begins no other item.
Changed write_changes(client::Client& store, const UpdatePlan& plan, const Interruption& interruption,
                      const std::function<void(std::size_t)>& progress);

}  // namespace tasks
