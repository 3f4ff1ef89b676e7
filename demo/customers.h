// Customers: the requests of the customers of a demo, from a seed. It sends nothing.
//
// A customer has a name, and some slots of the generator. Of 100 requests 60 look an item up, 15 search a topic, 10 ask
// for an order of before, and 15 buy one to three pieces. A few items are wanted by most (Zipf). An item that is sold
// out is restocked by the next request, so that a demo may run for long. Threads: none. Tests:
// tests/demo/customers_test.cpp
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "base/latency.h"
#include "base/random.h"
#include "load/contents.h"
#include "load/popularity.h"
#include "load/source.h"

namespace demo {

class Customers : public load::Source {
 public:
  static constexpr std::int64_t kRestock = 1000;

  // `contents` has at least one item. `keys`: the beginning of the keys of all writes. `slots`: of each customer.
  Customers(load::Contents contents, std::uint64_t seed, std::string keys, std::size_t slots = 1);

  load::Request next(std::size_t slot) override;
  void learn(std::size_t slot, const client::Answer& answer) override;

  std::uint64_t orders() const { return orders_; }
  // The times of the answers since the last call.
  base::LatencyCounts take_latency();

 private:
  // The write of a slot that is under way.
  struct Asked {
    bool buys = false;
    base::ItemId item;
  };

  std::string key() { return keys_ + std::to_string(++writes_); }
  load::Request buy(std::size_t slot, base::ItemId item);
  load::Request restock(base::ItemId item);

  load::Contents contents_;
  load::Popularity popularity_;
  base::Random random_;
  std::string keys_;
  std::size_t slots_;
  std::uint64_t writes_ = 0;
  std::uint64_t orders_ = 0;
  base::OrderNo last_;  // the newest order; 0: none yet
  base::LatencyCounts latency_;
  std::vector<Asked> asked_;        // by slot
  std::deque<base::ItemId> empty_;  // each item once
};

}  // namespace demo
