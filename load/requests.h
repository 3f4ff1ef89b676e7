// Requests: makes the requests of a load, one after another, from a seed. It sends nothing.
// Threads: none. Tests: tests/load/requests_test.cpp.
#pragma once

#include <string>
#include <string_view>

#include "base/random.h"
#include "load/contents.h"
#include "load/popularity.h"
#include "load/source.h"

namespace load {

enum class Op { kLookup, kSearch, kOrder, kBuy, kEvents, kMix };

// Returns the op with this name: lookup, search, order, buy, events or mix.
Op op_of(std::string_view word);
constexpr bool sells(Op op) { return op == Op::kBuy || op == Op::kMix; }

class Requests : public Source {
 public:
  // A mix is 80 % lookup, 10 % search, 5 % order and 5 % buy. While there is no order to ask for, it buys instead. For
  // the op kOrder `contents` has an order. `keys`: what the keys of all buys begin with. `lines`: of each buy, from 1.
  // The items are at least one.
  Requests(Op op, Contents contents, Popularity popularity, std::uint64_t seed, std::string keys,
           std::size_t lines = 1);

  Request next(std::size_t slot) override;
  // Takes from an answer what later requests can name: the first order of a mix, and the end of the stream.
  void learn(std::size_t slot, const client::Answer& answer) override;

 private:
  Op pick();
  const Contents::Item& item();
  base::Bytes buy(base::ItemId first);
  msg::Events events();

  Op op_;
  Contents contents_;
  Popularity popularity_;
  base::Random random_;
  std::string keys_;
  std::uint64_t buys_ = 0;
  msg::PlaceOrder buy_;
};

}  // namespace load
