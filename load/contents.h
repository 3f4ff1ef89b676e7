// Contents: the items and the last order of a store, as far as requests can name them. Threads: none.
// Tests: tests/load/requests_test.cpp; reading a store: tests/process/test_load.py.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "client/client.h"
#include "msg/requests.h"

namespace load {

class Contents {
 public:
  static constexpr std::size_t kItemsMax = 10'000;
  static constexpr std::uint32_t kSearchLimit = 10;

  // The bodies of reads are encoded before the start, so that a run measures the store and not the generator.
  struct Item {
    base::ItemId id;
    base::Bytes lookup;
    std::size_t search;  // index in searches() of its topic's request
  };

  void add(const msg::Item& item);

  const std::vector<Item>& items() const { return items_; }
  const std::vector<base::Bytes>& searches() const { return searches_; }

  std::uint64_t last_order = 0;
  base::Seq last_event;  // the last seq that an answer has revealed

 private:
  std::vector<Item> items_;
  std::vector<base::Bytes> searches_;
  std::map<std::string, std::size_t> topics_;
};

// Adds the items of the store, at most kItemsMax; with `hot`, the first one alone. A store without items is a refusal.
std::optional<msg::Refusal> find_items(client::Client& store, bool hot, Contents& contents);
// Sets the last order; with `hot`, to the first one.
std::optional<msg::Refusal> find_orders(client::Client& store, bool hot, Contents& contents);

}  // namespace load
