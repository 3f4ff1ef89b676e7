// Searches: what a page of items, or a look-up by title, says of the items that it does not show.
//
// Items are added and never taken away. So an item that an answer should have shown and did not show was not there yet:
// the answer is from before the first time that anybody was told of it. And if any page had no `next`, all the items
// that follow its `after` and that nobody added here are known: another page that says that more follows needs one of
// them, or an addition of this history (the world is closed).
//
// Which items a query finds is decided once for each query. Cost: for each different query a look at every title.
// Lifetime: points into the operations, keys and told. Threads: none. Tests: tests/history/searches_test.cpp
#pragma once

#include <map>
#include <unordered_map>

#include "history/place.h"
#include "history/told.h"

namespace history {

class Searches {
 public:
  Searches(const Operations& operations, const Keys& keys, const Told& told, Findings& findings);

  // What the answer says of other items than those that it shows; nothing if it is none of these.
  void narrow(Interval& interval, Index index);
  // For each item that answers did not show, the one of them that began last: the item was not there yet.
  const std::map<msg::ItemId, Index>& absences() const { return absences_; }

 private:
  struct Query {
    std::vector<msg::ItemId> found;          // items that match; ascending
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
  void page(Interval& interval, const msg::Search& search, const msg::ItemsReply& reply, Index index);
  void titled(Interval& interval, const msg::Lookup& lookup, Index index);
  void more(Interval& interval, const msg::Search& search, msg::ItemId than, Index index);
  void hides(Interval& interval, msg::ItemId item, Index index);

  const Operations& operations_;
  const Told& told_;
  Findings& findings_;
  std::unordered_map<std::string, Query> queries_;
  std::unordered_map<std::string, std::vector<msg::ItemId>> by_title_;  // folded; ascending
  std::unordered_map<std::string, std::vector<msg::ItemId>> by_topic_;  // the same
  std::vector<msg::ItemId> items_;
  std::vector<Added> added_;
  std::map<msg::ItemId, Index> absences_;
};

}  // namespace history
