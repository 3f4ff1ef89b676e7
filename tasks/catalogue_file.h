// A catalogue as a CSV file with the columns kNeededColumns and some of kOptionalColumns, in any order.
//
// Threads: none. Tests: tests/tasks/catalogue_file_test.cpp.
#pragma once

#include <array>
#include <istream>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "msg/requests.h"
#include "tasks/money.h"

namespace tasks {

constexpr std::array<const char*, 4> kNeededColumns{"title", "topic", "price", "stock"};  // an update may lack stock
constexpr std::array<const char*, 9> kOptionalColumns{"id",          "currency", "retired",    "terms", "places",
                                                      "description", "topics",   "attributes", "low"};

struct Catalogue {
  std::vector<msg::NewItem> items;
  std::string fingerprint;                     // equal for equal catalogues
  std::map<base::ItemId, bool> retired;        // whether an item is retired, for rows that say so
  std::map<base::ItemId, msg::Terms> terms{};  // the terms of sale of items, for rows that tell them
  // The places of items other than `main`, for rows that tell them.
  std::map<base::ItemId, std::optional<msg::Places>> places{};
  bool tells_stock = true;  // false: the file has no such column, and the stock of each item is 0
  // True: the file has such a column. False: its items have none.
  bool tells_description = false;
  bool tells_topics = false;
  bool tells_attributes = false;
  std::map<base::ItemId, std::optional<base::Quantity>> low{};  // the thresholds of items, for rows that tell them
};

// The currency of a catalogue's prices.
struct Prices {
  Currency currency;
  bool of_store = false;  // it is that of the store: a row with another currency is an error
};

// Faults of a file, a line each. Only the first kShown are kept, and the others are counted.
class Faults {
 public:
  static constexpr std::size_t kShown = 20;

  void add(const std::string& fault);
  bool any() const { return count_ > 0; }
  std::string text() const;

 private:
  std::string text_;
  std::size_t count_ = 0;
};

// Reads and checks the whole file. A row that the store would refuse is a fault, "FILE:LINE: reason". So is an id that
// two rows have, and so is an item without an id that is retired, has terms of sale, a threshold or pieces at other
// places than `main`. The error has a line for each of the first faults, of which a row may have several. `name`: the
// file's name for errors. The prices of a row without a currency are in that of `prices`.
base::Result<Catalogue> read_catalogue(std::istream& in, const std::string& name, const Prices& prices = {});

}  // namespace tasks
