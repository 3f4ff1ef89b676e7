#include "history/search.h"

namespace history {
namespace {

using What = Touch::What;

// SplitMix64's finaliser: every bit of the input changes about half of the output's bits.
std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}
constexpr std::uint64_t kSalt[2] = {0x9e3779b97f4a7c15U, 0xd1b54a32d192ed03U};

template <class T>
std::uint64_t number(const std::optional<T>& value) {
  return value ? static_cast<std::uint64_t>(value->value()) + 1 : 0;
}

}  // namespace

Search::Search(const Group& group, Seqs seqs, std::uint64_t work_max)
    : group_(group), model_(*group.shelves), seqs_(seqs), work_max_(work_max), versions_(group.items.size()) {
  sort_parts(seqs);
  find_twins();
}

Ordered Search::run() {
  const auto result = run_all();
  if (result != Ordered::kNo || !is_unsure_) return result;
  has_older_holds_ = true;
  return run_all();
}

// Tries each combination of the items' beginnings.
Ordered Search::run_all() {
  std::vector<std::vector<State>> all;
  for (std::uint32_t item = 0; item < group_.items.size(); ++item) all.push_back(beginnings(item));
  std::vector<std::size_t> choice(all.size(), 0);
  for (;;) {
    std::vector<State> states;
    for (std::size_t item = 0; item < all.size(); ++item) states.push_back(all[item][choice[item]]);
    begin(states);
    const auto result = walk();
    if (result != Ordered::kNo) return result;
    std::size_t item = 0;
    while (item < all.size() && ++choice[item] == all[item].size()) choice[item++] = 0;
    if (item == all.size()) return Ordered::kNo;
  }
}

// Items are never removed. So an item that was certainly missing or added did not exist in the beginning. Otherwise its
// first told version may have existed already, or an effect of unknown seq made it.
std::vector<Search::State> Search::beginnings(std::uint32_t item) {
  const auto& versions = versions_[item];
  bool was_absent = false;
  bool may_be_added = false;
  bool may_be_changed = false;
  std::vector<State> all;
  for (const auto& part : group_.parts) {
    for (std::uint32_t i = 0; i < part.touches; ++i) {
      const auto& each = group_.touches[part.touch + i];
      if (each.item != item) continue;
      const bool certain = part.returned != kNever;
      was_absent = was_absent || (certain && (each.what == What::kAbsent || each.what == What::kAdd));
      may_be_added = may_be_added || each.what == What::kAdd;
      may_be_changed = may_be_changed || (part.is_effect && !part.seq && !part.expires);
      if (seqs_ == Seqs::kIgnored && each.what == What::kSee) {
        auto& state = all.emplace_back(unknown());
        state.price = each.price;
        state.stock = each.stock;
        state.shelf = each.shelf;
        (void)ItemModel::narrow_held(state, each.held);
      }
    }
  }
  State absent;
  absent.exists = false;
  absent.loose_most = base::Quantity();
  if (was_absent) return {absent};
  const bool told = !versions.empty() && !versions.front().is_known;
  if (told) {
    auto& state = all.emplace_back(unknown());
    state.loose_most.reset();  // what it shows of older holds is certain
    const bool is_shown = ItemModel::narrow_held(state, versions.front().held) && enter(state, versions.front());
    if (!versions.front().held && !has_older_holds_) state.loose_most = base::Quantity();
    is_unsure_ = is_unsure_ || !is_shown || !versions.front().held;
    state.versions = 1;
  }
  if (!told || may_be_changed) {
    all.push_back(unknown());
    is_unsure_ = true;
  }
  if (may_be_added) all.push_back(absent);
  return all;
}

// An item of which nothing is known.
Search::State Search::unknown() const {
  State state;
  if (!has_older_holds_) state.loose_most = base::Quantity();
  return state;
}

void Search::begin(const std::vector<State>& states) {
  states_ = states;
  taken_.assign(group_.parts.size(), false);
  next_known_ = next_end_ = first_refusal_ = first_open_ = first_expiry_ = 0;
  hash_[0] = hash_[1] = 0;
  may_go_back_ = !open_.empty() || has_loose_ || std::any_of(states.begin(), states.end(), [](const State& state) {
    return state.loose_most != base::Quantity();
  });
  taken_trail_.clear();
  state_trail_.clear();
  frames_.clear();
  tried_.clear();
}

// work_max_ bounds the work of all walks together.
Ordered Search::walk() {
  for (;;) {
    settle();
    if (next_end_ == ends_.size()) return Ordered::kYes;
    if (work_ > work_max_) return Ordered::kNotDecided;
    if (!may_go_back_) {
      auto only = frame();
      if (!step(only)) return Ordered::kNo;
    } else {
      if (!tried_before()) frames_.push_back(frame());
      if (!back()) return work_ > work_max_ ? Ordered::kNotDecided : Ordered::kNo;
    }
  }
}

// Goes back to the latest configuration that has something left to try, and tries it.
bool Search::back() {
  while (!frames_.empty() && work_ <= work_max_) {
    auto& last = frames_.back();
    for (; taken_trail_.size() > last.taken; taken_trail_.pop_back()) taken_[taken_trail_.back()] = false;
    for (; state_trail_.size() > last.changed; state_trail_.pop_back()) {
      states_[state_trail_.back().first] = state_trail_.back().second;
    }
    next_known_ = last.known;
    next_end_ = last.ends;
    first_refusal_ = last.refusals;
    first_open_ = last.first_open;
    first_expiry_ = last.first_expiry;
    hash_[0] = last.hash[0];
    hash_[1] = last.hash[1];
    if (step(last)) return true;
    frames_.pop_back();
  }
  return false;
}

Search::Frame Search::frame() const {
  return {.taken = taken_trail_.size(),
          .changed = state_trail_.size(),
          .known = next_known_,
          .ends = next_end_,
          .refusals = first_refusal_,
          .first_open = first_open_,
          .first_expiry = first_expiry_,
          .hash = {hash_[0], hash_[1]},
          .open = first_open_};
}

bool Search::step(Frame& frame) {
  if (!frame.known_tried) {
    frame.known_tried = true;
    if (next_known_ < known_.size()) {
      const auto part = known_[next_known_];
      if (may_be_next(part) && apply(part, group_.parts[part].seq)) {
        ++next_known_;
        return true;
      }
    }
  }
  if (!frame.unseen) {
    if (step_told(frame)) return true;
    frame.unseen = true;
    frame.open = first_open_;
  }
  return step_unseen(frame) || step_loose(frame);
}

bool Search::step_loose(Frame& frame) {
  while (frame.loose < 2 * states_.size()) {
    const auto item = static_cast<std::uint32_t>(frame.loose / 2);
    if (free_some(item, frame.loose++ % 2 == 1)) return true;
  }
  return false;
}

// Some loose pieces become available: as the next told version, or unseen. Returns false if that is impossible, or
// changes nothing.
bool Search::free_some(std::uint32_t item, bool unseen) {
  auto state = states_[item];
  if (!state.exists || state.loose_most == base::Quantity()) return false;
  ++work_;
  if (state.exact && state.seen < versions_[item][state.versions - 1].sightings.size()) return false;
  if (unseen && !state.exact && state.loose_least == base::Quantity()) return false;
  state.loose_least = base::Quantity();
  if (state.loose_most) *state.loose_most -= base::Quantity(1);
  state.exact = false;
  const auto* next = next_version(item);
  if (!unseen && (!next || next->is_known || !may_follow(kNoPart, next->seq) || !enter(state, *next))) return false;
  if (may_go_back_) state_trail_.emplace_back(item, states_[item]);
  states_[item] = state;
  return true;
}

// The item gets its next told version.
bool Search::enter(State& state, const Version& next) const {
  if (!model_.narrow(next, state)) return false;
  state.exact = true;
  ++state.versions;
  state.seen = 0;
  return true;
}

bool Search::step_told(Frame& frame) {
  for (; frame.open < open_.size() && may_be_next(open_[frame.open]); ++frame.open, frame.choice = 0) {
    const auto no = open_[frame.open];
    ++work_;
    while (is_open(no) && frame.choice < group_.parts[no].touches) {
      const auto* next = next_version(touch(no, static_cast<std::uint32_t>(frame.choice++)).item);
      if (next && !next->is_known && apply(no, next->seq)) return true;
    }
  }
  return false;
}

bool Search::step_unseen(Frame& frame) {
  while (frame.open < open_.size() && may_be_next(open_[frame.open])) {
    const auto no = open_[frame.open++];
    ++work_;
    if (is_open(no) && !leaves_no_trace(group_.parts[no]) && apply(no, base::Seq())) return true;
  }
  return false;
}

// True for an unanswered effect on values that are still unknown. It need not be taken: they agree with everything.
bool Search::leaves_no_trace(const Part& part) const {
  if (part.returned != kNever) return false;
  for (std::uint32_t i = 0; i < part.touches; ++i) {
    const auto& each = group_.touches[part.touch + i];
    const auto& state = states_[each.item];
    if (!state.exists || state.exact) return false;
    if (each.holds.value() != 0 && (!each.is_loose || state.loose_most)) return false;
    if (ItemModel::may_move_pieces(each, state)) return false;
    const bool moves = each.what == What::kMove || each.what == What::kChange || each.what == What::kCount;
    if (moves ? state.stock.has_value() : state.price.has_value()) return false;
  }
  return true;
}

Time Search::horizon() const { return next_end_ < ends_.size() ? group_.parts[ends_[next_end_]].returned : kNever; }

// Takes all parts that fit and change nothing. Each one that is taken may let others begin.
void Search::settle() {
  bool again = true;
  while (again) again = take_sightings() || take_refusals();
}

bool Search::take_sightings() {
  bool some = false;
  for (std::uint32_t item = 0; item < states_.size(); ++item) {
    if (!states_[item].exact) continue;
    const auto& sightings = versions_[item][states_[item].versions - 1].sightings;
    while (states_[item].seen < sightings.size() && may_be_next(sightings[states_[item].seen])) {
      if (may_go_back_) state_trail_.emplace_back(item, states_[item]);
      take(sightings[states_[item].seen++]);
      some = true;
    }
  }
  return some;
}

bool Search::take_refusals() {
  bool some = false;
  for (auto i = first_refusal_; i < refusals_.size() && may_be_next(refusals_[i]); ++i) {
    ++work_;
    const auto no = refusals_[i];
    if (!taken_[no] && holds(touch(no), states_[touch(no).item])) {
      take(no);
      some = true;
    }
    if (i == first_refusal_ && taken_[no]) ++first_refusal_;
  }
  return some;
}

void Search::take(PartNo part) {
  ++work_;
  taken_[part] = true;
  for (int i : {0, 1}) hash_[i] ^= mix(part + kSalt[i]);
  if (may_go_back_) taken_trail_.push_back(part);
  while (next_end_ < ends_.size() && taken_[ends_[next_end_]]) ++next_end_;
  while (first_open_ < open_.size() && taken_[open_[first_open_]]) ++first_open_;
  while (first_expiry_ < expiries_.size() && taken_[expiries_[first_expiry_]]) ++first_expiry_;
}

const Search::Version* Search::next_version(std::uint32_t item) const {
  const auto reached = states_[item].versions;
  return reached < versions_[item].size() ? &versions_[item][reached] : nullptr;
}

// Applies the effect with this seq (0: a seq that nobody was told). Changes nothing if it cannot happen.
bool Search::apply(PartNo no, base::Seq as) {
  const auto& part = group_.parts[no];
  ++work_;
  if (!may_follow(no, as)) return false;
  next_states_.clear();
  for (std::uint32_t i = 0; i < part.touches; ++i) {
    const auto& each = touch(no, i);
    auto state = states_[each.item];
    if (each.expected && !may_have(each.item, state, each.expected)) return false;
    if (!model_.evolve(each, state) || !reach(part, state, each.item, as)) return false;
    next_states_.emplace_back(each.item, state);
  }
  for (auto& [item, state] : next_states_) {
    if (may_go_back_) state_trail_.emplace_back(item, states_[item]);
    states_[item] = state;
  }
  take(no);
  return true;
}

// Returns false if an event with this seq (0: not told) must wait for others, or comes too late.
bool Search::may_follow(PartNo no, base::Seq as) const {
  const auto* next =
      next_known_ < known_.size() && known_[next_known_] != no ? &group_.parts[known_[next_known_]] : nullptr;
  if (as && next && as > next->seq) return false;
  if (as && next_known_ > 0 && as < group_.parts[known_[next_known_ - 1]].seq) return false;
  const auto* part = no == kNoPart ? nullptr : &group_.parts[no];
  const auto* due = this->due();
  if (due && due != part && seqs_ == Seqs::kBinding && as && due->latest && due->latest < as) return false;
  if (!part || !part->expires || part->seq) return true;
  return due == part && (!next || part->earliest < next->seq);
}

// Finds the version after the effect: the next told one, or an untold one before it. False if neither is possible.
bool Search::reach(const Part& part, State& state, std::uint32_t item, base::Seq as) const {
  const auto& versions = versions_[item];
  if (state.exact && state.seen < versions[state.versions - 1].sightings.size()) return false;  // one is still to come
  const auto* next = state.versions < versions.size() ? &versions[state.versions] : nullptr;
  const auto last = state.versions > 0 ? versions[state.versions - 1].seq : base::Seq();
  state.exact = next && next->seq == as;
  if (next && next->seq <= part.earliest) return false;
  const auto earlier = std::max(last, part.earliest);
  if (!state.exact) return (!as || ((!next || as < next->seq) && as > last)) && (!part.latest || earlier < part.latest);
  if (part.latest && as > part.latest) return false;
  return enter(state, *next);
}

// Returns whether the item may have this version in this state: a told one, or one between two told ones.
bool Search::may_have(std::uint32_t item, const State& state, base::Seq version) const {
  const auto& versions = versions_[item];
  const auto last = state.versions > 0 ? versions[state.versions - 1].seq : base::Seq();
  if (state.exact) return version == last;
  return version > last && (state.versions == versions.size() || version < versions[state.versions].seq);
}

bool Search::must_have(std::uint32_t item, const State& state, base::Seq version) const {
  return state.exact && versions_[item][state.versions - 1].seq == version;
}

bool Search::holds(const Touch& touch, const State& state) const {
  if (touch.what != What::kIsOf) return model_.holds(touch, state);
  if (!state.exists) return false;
  return touch.version ? may_have(touch.item, state, touch.version) : !must_have(touch.item, state, touch.expected);
}

bool Search::tried_before() {
  Key key{hash_[0], hash_[1]};
  for (const auto& state : states_) {
    const std::uint64_t values[] = {state.shelf * 2ULL + (state.exists ? 1 : 0),
                                    number(state.price),
                                    number(state.stock),
                                    static_cast<std::uint64_t>(state.held.value()),
                                    static_cast<std::uint64_t>(state.loose_least.value()),
                                    number(state.loose_most),
                                    state.versions * 2ULL + (state.exact ? 1 : 0)};
    for (const auto value : values) {
      key.a = mix(key.a + kSalt[0] + value);
      key.b = mix(key.b + kSalt[1] + value);
    }
  }
  return !tried_.insert(key).second;
}

}  // namespace history
