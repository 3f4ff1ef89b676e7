// Searches: finds out what a page of items, or a look-up by title, proves about the items that it does not show.
//
// Items are added and never removed. So if an answer does not show an item that it should have shown, the item did not
// exist yet: the answer is older than the first answer that shows the item. An item that was edited may also have had
// another face then (edits.h): one that the request does not find. If a page has no `next`, it shows all items
// after its `after` that this history did not add. If another page says that more items follow, one of those must
// follow, or an item that this history added (the world is closed).
//
// The items that a query finds are computed once for each query. Cost: each different query looks at every title.
// Lifetime: points into the operations, keys, told and edits. Threads: none. Tests: tests/history/searches_test.cpp
#pragma once

#include <map>
#include <unordered_map>

#include "history/edits.h"
#include "history/place.h"
#include "history/told.h"

namespace history {

class Searches {
 public:
  Searches(const Operations& operations, const Keys& keys, const Told& told, const Edits& edits, Findings& findings);

  // Narrows the interval by the items that the answer does not show. Ignores answers to other requests. `floor`: the
  // answer is not before this place.
  void narrow(Interval& interval, Index index, Place floor);
  // By item: of the answers that should have shown the item and did not, the one that began last.
  const std::map<msg::ItemId, Index>& absences() const { return absences_; }

 private:
  struct Query {
    std::vector<msg::ItemId> found;          // items that match with one of their faces; ascending
    std::optional<msg::ItemId> known_after;  // the least `after` of a page without a `next`
  };
  struct Added {
    const msg::NewItem* item;
    std::optional<msg::ItemId> id;
    const Effect* effect;
  };
  bool is_added(msg::ItemId item) const;

  Query& query_of(const msg::Search& search);
  void learn_additions(const Keys& keys);
  void learn_end(const msg::Search& search);
  void page(Interval& interval, const msg::Search& search, const msg::ItemsReply& reply, Index index, Place floor);
  void titled(Interval& interval, const msg::Lookup& lookup, Index index, Place floor);
  void more(Interval& interval, const msg::Search& search, msg::ItemId than, Index index);
  template <class Finds>
  void hides(Interval& interval, msg::ItemId item, Index index, Place floor, Finds finds);

  const Operations& operations_;
  const Told& told_;
  const Edits& edits_;
  Findings& findings_;
  std::unordered_map<std::string, Query> queries_;
  std::unordered_map<std::string, std::vector<msg::ItemId>> by_title_;  // folded; ascending
  std::unordered_map<std::string, std::vector<msg::ItemId>> by_topic_;  // the same
  std::vector<msg::ItemId> items_;
  std::vector<Added> added_;
  std::map<msg::ItemId, Index> absences_;
};

}  // namespace history
