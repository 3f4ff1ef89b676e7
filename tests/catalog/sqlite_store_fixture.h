// A store of items on a disk, for tests that search, close, damage and open it again. Items with all that they can
// have.
//
// The directory of the store goes away with the test. Threads: none.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "catalog/sqlite_store.h"
#include "tests/catalog/items.h"

namespace catalog {

inline constexpr std::uint32_t kAny = 100;

class SqliteStoreTest : public testing::Test {
 protected:
  void open() { store = std::make_unique<SqliteStore>(file); }
  void reopen() {
    store.reset();
    open();
  }
  void put(const std::vector<msg::Item>& items) {
    for (const auto& each : items) store->put_item(each);
  }
  void commit(std::uint64_t applied = 2) {
    store->commit({"store-a", base::Seq(applied), base::BlockNo(1), hash, 7}, 77);
  }
  std::string with_text(const std::string& text) { return support::words(store->search({.text = text}, kAny)); }
  std::string with_topic(const std::string& topic) { return support::words(store->search({.topic = topic}, kAny)); }
  std::string stored() {
    std::string all;
    store->each_item([&](const msg::Item& each) {
      all += fmt::format("{} {} {} {} {} {}\n", each.id, each.title, each.topic, each.price, each.stock, each.version);
    });
    return all;
  }
  // Why the file is refused, and nothing if it is not.
  std::string refusal() {
    try {
      store.reset();
      open();
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  }
  void run_sql(const std::string& sql) {
    store.reset();
    SQLite::Database(file, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec(sql);
  }

  support::TempDir directory;
  std::string file = directory.file("catalog.db");
  msg::Hash hash = msg::Hash(msg::kHashBytes, 'h');
  std::unique_ptr<SqliteStore> store = std::make_unique<SqliteStore>(file);
};

inline msg::Item with_terms(msg::Item item) {
  item.terms = msg::Terms{};
  item.terms->per_order = base::Quantity(2);
  item.terms->until = 1'700'000'000'000;
  return item;
}

inline msg::Item edited(msg::Item item, std::uint64_t seq, bool retired = false) {
  item.version = base::Seq(seq);
  item.edited = item.version;
  if (retired) item.retired = true;
  return item;
}

inline msg::Item spread(msg::Item item) {
  item.places = msg::Places{{"annex", base::Quantity(1)}, {"north", base::Quantity(2)}};
  return item;
}

inline msg::Item detailed(msg::Item item, msg::Topics topics) {
  item.description = "A first line\nand another";
  if (!topics.empty()) item.topics = std::move(topics);
  item.attributes = msg::Attributes{{"colour", "red"}, {"pages", ""}};
  if (item.edited) item.low = base::Quantity(3);
  item.told_low = item.low.has_value();
  return item;
}

}  // namespace catalog
