// Told: the states of each item that any answer shows, by version.
//
// A version is the seq of the event that made the state (PROTOCOL 4). So it names the state, and the item does not
// change until its next version. Between two versions that answers show there may be others that no answer shows.
//
//   T1  One version of an item is one state: the same price, stock, places, held pieces and `edited` in every answer,
//       and in the order or the hold that made it.
//   T2  `edited` of an item moves forwards only: it stays, or is of an edit after the version before.
//
// Lifetime: points into the operations. Threads: none. Tests: tests/history/history_test.cpp
#pragma once

#include <unordered_map>

#include "history/keys.h"

namespace history {

struct Sighting {
  msg::ItemId item;
  base::Seq version;
  std::optional<base::Cents> price;     // nothing: not told
  std::optional<base::Quantity> stock;  // the same
  std::optional<base::Quantity> held;   // the same
  std::optional<base::Seq> edited;      // the same; 0: it was never edited
  const msg::Item* shown = nullptr;     // with its places; null: the same
  Index told = kNobody;                 // the operation that had such an answer first
};

class Told {
 public:
  Told(const Operations& operations, const Keys& keys, Findings& findings);

  // The first told version of an item, or the first after `version`; nullptr if there is none.
  const Sighting* first(msg::ItemId item) const { return after(item, base::Seq()); }
  const Sighting* after(msg::ItemId item, base::Seq version) const;

  // The answer of this operation says that the item existed after the event with this seq.
  struct There {
    base::Seq seq;
    Index told;
  };
  std::optional<There> there_since(msg::ItemId item) const;

 private:
  void see(const msg::Item& item, Index told);
  void see(const msg::Order& order, bool has_item_prices, Index told);
  void see(const msg::Hold& hold, Index told);
  void see(const msg::AddItems& add, const Effect& effect);
  void compare(Sighting& one, const Sighting& other);
  void edits_in_order();

  Findings& findings_;
  std::vector<Sighting> sightings_;               // by item and version; each one once
  std::unordered_map<msg::ItemId, There> added_;  // by additions with a told seq
};

}  // namespace history
