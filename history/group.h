// Groups: cuts the history into pieces that can be ordered independently, each about one or a few items.
//
// Linearizability is local: a history has an order if the part of each object has one (Herlihy and Wing 1990). An
// object here is an item, or several items that a write without a known seq ties together, because such a write
// happened to all of them or to none. A write with a told seq is split between the groups: its seq is its place in all
// of them, which across.h checks.
//
// Threads: none. Tests: tests/history/history_test.cpp, generated_test.cpp
#pragma once

#include <memory>

#include "history/touches.h"

namespace history {

// One operation or one effect, reduced to the items of the group.
struct Part {
  Index operation = kNobody;  // for effects: a write that asked for it
  bool is_effect = false;
  Time invoked = 0;
  Time returned = kNever;  // kNever: the order may leave it out
  base::Seq seq;           // effects: as told; 0: not told
  base::Seq latest;        // effects: the greatest possible seq; 0: any
  base::Seq earliest;      // effects: the seq is greater
  // Of the end of a hold by its time; such effects come in the order of these two.
  std::optional<std::pair<std::int64_t, base::HoldNo>> expires;
  std::uint32_t touch = 0;
  std::uint32_t touches = 0;  // from `touch` on; each is about another item
};

struct Group {
  std::vector<msg::ItemId> items;
  std::vector<Part> parts;
  std::vector<Touch> touches;
  std::shared_ptr<Shelves> shelves;  // of all groups
};

// `absences`: for each item, an answer that should have shown it and did not (across.h).
std::vector<Group> groups_of(const Operations& operations, const Keys& keys, const Told& told, const Edits& edits,
                             const Holds& holds, const std::map<msg::ItemId, Index>& absences);

}  // namespace history
