// Elsewhere: the times at which some item certainly had pieces at a place.
//
//   P1  A request is refused with `unknown_place` only while no item has pieces at the place. (The search judges the
//       item of the request itself.)
//
// An answer that shows pieces of an item at a place is true from the version of the item to the next event that is told
// to touch it. If a write without a told seq may have touched the item, then nothing is certain. Nobody knows all
// items, so it is not judged whether a place was known at which pieces came in.
//
// Lifetime: points into the operations. Threads: none. Tests: tests/history/places_test.cpp
#pragma once

#include <map>
#include <set>

#include "history/holds.h"
#include "history/place.h"

namespace history {

class Elsewhere {
 public:
  Elsewhere(const Operations& operations, const Keys& keys, const Holds& holds);

  // Narrows the interval of a refusal. `floor`: the operation is not before this place in the stream.
  void narrow(Interval& interval, Index index, Place floor) const;

 private:
  struct Span {
    Place from, until;  // kEnd: for ever
    Index told;
    friend bool operator<(const Span& a, const Span& b) { return a.from < b.from; }
  };

  static void merge(std::vector<Span>& spans);
  void touch(const Keys& keys, const Holds& holds);
  void touch(msg::ItemId item, base::Seq seq);
  void touch(const Effect& effect, const Keys& keys, const Holds& holds);

  const Operations& operations_;
  std::map<msg::ItemId, std::set<base::Seq>> touched_;  // of items that an answer shows at other places
  std::set<msg::ItemId> unsure_;
  bool all_are_unsure_ = false;
  std::map<std::string, std::vector<Span>> spans_;  // by place
};

}  // namespace history
