#include "history/group.h"

#include <algorithm>
#include <map>
#include <unordered_map>

namespace history {
namespace {

class Groups {
 public:
  Groups(const Operations& operations, const Keys& keys, const Told& told, const Edits& edits, const Holds& holds,
         const std::map<msg::ItemId, Index>& absences)
      : operations_(operations),
        keys_(keys),
        holds_(holds),
        absences_(absences),
        touches_(operations, keys, told, edits, holds) {}

  std::vector<Group> make();

 private:
  void put_expiries();
  void tie(const Bares& touches);
  std::uint32_t root(std::uint32_t item);
  std::uint32_t number(msg::ItemId item);
  void put(Part part, const Bares& touches);
  Group& group_of(msg::ItemId item);

  const Operations& operations_;
  const Keys& keys_;
  const Holds& holds_;
  const std::map<msg::ItemId, Index>& absences_;
  Touches touches_;
  std::unordered_map<msg::ItemId, std::uint32_t> numbers_;
  std::vector<msg::ItemId> items_;      // by number
  std::vector<std::uint32_t> parents_;  // by number: a forest with one tree for each group
  std::vector<std::uint32_t> place_;    // by number: index in its group
  std::unordered_map<std::uint32_t, std::uint32_t> group_numbers_;
  std::vector<Group> groups_;
};

std::vector<Group> Groups::make() {
  for (const auto& effect : keys_.effects()) {
    if (!effect.seq) tie(touches_.of_effect(effect));
  }
  for (const auto& expiry : holds_.expiries()) {
    if (!expiry.seq) tie(touches_of_end(*expiry.hold));
  }
  for (const auto& effect : keys_.effects()) {
    if (effect.kind == Effect::Kind::kVoid) continue;
    Part part{.operation = effect.asked,
              .is_effect = true,
              .invoked = effect.from,
              .returned = effect.until,
              .seq = effect.seq};
    // If the answer shows the item as it is then, its version is the one that the change made, or a later one.
    if (!effect.seq && effect.kind == Effect::Kind::kChange) {
      for (const auto* item : items_shown(operations_[effect.told])) part.latest = std::max(part.latest, item->version);
    }
    put(part, touches_.of_effect(effect));
  }
  put_expiries();
  for (Index index = 0; index < operations_.size(); ++index) {
    const auto& operation = operations_[index];
    if (!is_definite(operation)) continue;
    for (const auto& bare : touches_.of_answer(operation)) {
      put({.operation = index, .invoked = begin_of(operation), .returned = operation.returned}, {bare});
    }
  }
  for (const auto& [item, index] : absences_) {
    const auto& operation = operations_[index];
    put({.operation = index, .invoked = begin_of(operation), .returned = operation.returned},
        {{item, {.what = Touch::What::kAbsent}}});
  }
  return std::move(groups_);
}

void Groups::put_expiries() {
  for (const auto& expiry : holds_.expiries()) {
    Part part{.operation = expiry.placed->asked,
              .is_effect = true,
              .invoked = expiry.from,
              .returned = expiry.until,
              .seq = expiry.seq};
    part.expires.emplace(expiry.expires, expiry.hold->no);
    if (!expiry.seq) {
      part.earliest = expiry.earliest;
      part.latest = expiry.latest;
    }
    put(part, touches_of_end(*expiry.hold));
  }
}

std::uint32_t Groups::number(msg::ItemId item) {
  const auto [found, is_new] = numbers_.emplace(item, static_cast<std::uint32_t>(items_.size()));
  if (is_new) {
    parents_.push_back(found->second);
    items_.push_back(item);
    place_.push_back(0);
  }
  return found->second;
}

std::uint32_t Groups::root(std::uint32_t item) {
  while (parents_[item] != item) item = parents_[item] = parents_[parents_[item]];
  return item;
}

void Groups::tie(const Bares& touches) {
  for (const auto& bare : touches) {
    const auto one = root(number(touches.front().item));
    parents_[root(number(bare.item))] = one;
  }
}

Group& Groups::group_of(msg::ItemId item) {
  const auto number = this->number(item);
  const auto next = static_cast<std::uint32_t>(groups_.size());
  const auto [found, is_new] = group_numbers_.emplace(root(number), next);
  if (is_new) groups_.emplace_back().shelves = touches_.shelves();
  auto& group = groups_[found->second];
  if (place_[number] >= group.items.size() || group.items[place_[number]] != item) {
    place_[number] = static_cast<std::uint32_t>(group.items.size());
    group.items.push_back(item);
  }
  return group;
}

// Adds the part to each group that it touches.
void Groups::put(Part part, const Bares& touches) {
  Group* last = nullptr;
  for (const auto& bare : touches) (void)group_of(bare.item);  // makes all groups first, so that pointers stay valid
  std::vector<std::pair<Group*, const Bare*>> sorted;
  for (const auto& bare : touches) sorted.emplace_back(&group_of(bare.item), &bare);
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [group, bare] : sorted) {
    if (group != last) {
      part.touch = static_cast<std::uint32_t>(group->touches.size());
      part.touches = 0;
      group->parts.push_back(part);
    }
    last = group;
    auto touch = bare->touch;
    touch.item = place_[number(bare->item)];
    group->touches.push_back(touch);
    ++group->parts.back().touches;
  }
}

}  // namespace

std::vector<Group> groups_of(const Operations& operations, const Keys& keys, const Told& told, const Edits& edits,
                             const Holds& holds, const std::map<msg::ItemId, Index>& absences) {
  return Groups(operations, keys, told, edits, holds, absences).make();
}

}  // namespace history
