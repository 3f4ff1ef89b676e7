// Requests: makes the requests of a load, one after another, from a seed. It sends nothing.
// Threads: none. Tests: tests/load/requests_test.cpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "load/contents.h"
#include "load/popularity.h"
#include "load/source.h"

namespace load {

enum class Op { kLookup, kSearch, kOrder, kBuy, kEvents, kMix, kHold, kChange };

// Returns the op with this name: lookup, search, order, buy, hold, events or mix. Only a mix has kChange.
Op op_of(std::string_view word);
constexpr bool sells(Op op) { return op == Op::kBuy || op == Op::kHold || op == Op::kMix; }

class Requests : public Source {
 public:
  // A mix is 80 % lookup, 10 % search, 5 % order and 5 % buy. While there is no order to ask for, it buys instead. With
  // `holds`, 4 % are about holds, and 76 % are lookups. Each slot places a hold of one or two pieces for 0.2 s to 2.2
  // s, and then confirms it, whole or in part, extends or releases it, looks at it, or lets it expire. For the op
  // kOrder `contents` has an order. With `changes`, 3 % of a mix change an item: they move its pieces between places,
  // restock or count it there, or give it another title or other terms of sale; and some buys name a place. With the op
  // kHold each slot holds a piece and confirms it, in turn. `keys`: what the keys of all writes begin with. `lines`: of
  // each buy, from 1. The items are at least one.
  Requests(Op op, Contents contents, Popularity popularity, std::uint64_t seed, std::string keys, std::size_t lines = 1,
           bool holds = false, bool changes = false);

  Request next(std::size_t slot) override;
  // Takes from an answer what later requests can name: the first order of a mix, and the end of the stream.
  void learn(std::size_t slot, const client::Answer& answer) override;

 private:
  // The holds of a slot.
  struct Held {
    base::HoldNo open;    // 0: none
    base::HoldNo last;    // it may be over; 0: none
    base::ItemId item;    // of `open`
    bool places = false;  // the request under way does
  };

  Op pick();
  Held& held(std::size_t slot);
  Request about_hold(Held& held, base::ItemId item);
  Request hold_or_confirm(Held& held, base::ItemId item);
  Request place_hold(Held& held, base::ItemId item, std::uint32_t ttl);
  Request change(base::ItemId item);
  Request edit(base::ItemId item);
  std::string place();
  std::string key() { return keys_ + std::to_string(++writes_); }
  const Contents::Item& item();
  base::Bytes buy(base::ItemId first);
  msg::Events events();

  Op op_;
  Contents contents_;
  Popularity popularity_;
  base::Random random_;
  std::string keys_;
  std::uint64_t writes_ = 0;
  bool holds_;
  bool changes_;
  std::vector<Held> held_;  // by slot
  msg::PlaceOrder buy_;
};

}  // namespace load
