// BenchGoods: items that `bench` and `trace` may sell, so that they sell no goods of the shop.
//
// They have the topic `bench` and titles that begin with kTitle. They stay in the store, because a store removes no
// item, and every run uses the same ones. A run brings its own pieces and takes back as many at its end, less those
// that were sold. So between two runs the items have no stock and nobody can buy them. Runs may overlap.
// Threads: none. Tests: tests/process/test_bench.py, tests/process/test_load.py
#pragma once

#include <optional>
#include <vector>

#include "client/client.h"
#include "tasks/record.h"

namespace tasks {

class BenchGoods {
 public:
  static constexpr const char* kTopic = "bench";
  static constexpr const char* kTitle = "pygmy bench item ";

  // `recorder`: gets what is written to the store; may be null.
  BenchGoods(client::Client& store, Recorder* recorder) : store_(store), recorder_(recorder) {}

  // Brings `count` items with `pieces` pieces each. Returns why it cannot.
  std::optional<msg::Refusal> bring(std::size_t count, base::Quantity pieces);
  const std::vector<msg::Item>& items() const { return items_; }
  // Takes back the pieces that were not sold. Returns why it cannot.
  std::optional<msg::Refusal> take_back();

 private:
  // Writes all requests at once, and adds the items in the answers to `changed`.
  template <class Request>
  std::optional<msg::Refusal> write(const std::vector<Request>& requests, std::vector<msg::Item>& changed);
  std::optional<msg::Refusal> find(std::size_t count);
  // Brings the pieces, or takes them `back`, and adds the items in the answers to `changed`.
  std::optional<msg::Refusal> restock(const std::vector<msg::Item>& items, bool back, std::vector<msg::Item>& changed);

  client::Client& store_;
  Recorder* recorder_;
  std::vector<msg::Item> items_;
  base::Quantity pieces_;  // of each item that this run has brought
};

}  // namespace tasks
