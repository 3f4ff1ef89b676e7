// A store of orders on a disk, for tests that close, damage and open it again.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "ledger/orders.h"
#include "order/sqlite_store.h"
#include "tests/support/directory.h"

namespace order {

// Removes the columns that the formats before 16 do not have.
inline const std::string kWithoutDetails =
    "ALTER TABLE items DROP COLUMN description; ALTER TABLE items DROP COLUMN topics; ALTER TABLE items DROP COLUMN "
    "attributes; ALTER TABLE items DROP COLUMN low; ALTER TABLE items DROP COLUMN told_low;";

// Removes the table and the column that the formats before 15 do not have.
inline const std::string kWithoutSubscriptions =
    kWithoutDetails + "DROP TABLE subscriptions; ALTER TABLE totals DROP COLUMN subscriptions_digest;";

// Removes the tables and the columns that the formats before 13 do not have.
inline const std::string kWithoutMovements =
    kWithoutSubscriptions +
    "ALTER TABLE items DROP COLUMN places; ALTER TABLE keys DROP COLUMN places; DROP TABLE movements; ALTER TABLE "
    "totals DROP COLUMN movements; ALTER TABLE totals DROP COLUMN movements_digest;";

class SqliteStoreTest : public ::testing::Test {
 protected:
  SqliteStoreTest() { open(); }

  void open() { store = std::make_unique<SqliteStore>(path); }
  void close() { store.reset(); }
  void reopen() {
    close();
    open();
  }
  // As after a kill: the files as they are now, without an orderly close.
  void crash() {
    const auto copy = dir / "copy";
    std::filesystem::create_directories(copy);
    for (const auto* name : {"order.db", "order.db-wal"}) {
      if (std::filesystem::exists(dir / name)) std::filesystem::copy_file(dir / name, copy / name);
    }
    close();
    for (const auto* name : {"order.db", "order.db-wal"}) std::filesystem::remove(dir / name);
    for (const auto& file : std::filesystem::directory_iterator(copy))
      std::filesystem::rename(file, dir / file.path().filename());
    open();
  }
  static msg::Order an_order(std::uint64_t no, const std::string& customer = "ann") {
    return {base::OrderNo(no),
            base::Seq(no + 10),
            4711,
            msg::OrderType::kSell,
            "key-" + std::to_string(no),
            customer,
            {{base::ItemId(1), base::Quantity(2), base::Cents(300), base::Quantity(4)}},
            base::Cents(600)};
  }
  static msg::Item an_item(std::uint64_t id, std::int64_t stock = 5) {
    return {base::ItemId(id), "T\xc3\xaftle", "topic", base::Cents(100), base::Quantity(stock), base::Seq(3)};
  }
  static ledger::KeyRecord a_record() {
    return {msg::OutcomeKind::kChange,
            base::Seq(9),
            0xffff'ffff'ffff'ffff,
            base::OrderNo(),
            base::ItemId(7),
            msg::Blob{std::string("\0\xff"
                                  "digest of 16 b",
                                  16)},
            ledger::Change{ledger::ChangeKind::kRestock, 1'700'000'000'000, base::Cents(300), base::Quantity(0)}};
  }
  void put(std::uint64_t first, std::uint64_t last, const std::string& customer = "ann") {
    for (auto no = first; no <= last; ++no) store->put_order(an_order(no, customer));
  }
  void commit(std::uint64_t applied) {
    store->commit({"store-1", base::Seq(applied), base::BlockNo(2), std::string(32, '\7'), 99},
                  {base::OrderNo(5), 0xfedc'ba98'7654'3210, {6, 7, 0x8765'4321'0fed'cba9}}, 0xfeed'0000'0000'0001);
  }
  std::vector<std::uint64_t> numbers(std::optional<std::string> customer, std::uint64_t after, std::uint32_t limit) {
    std::vector<std::uint64_t> found;
    for (const auto& order : store->orders(customer, base::OrderNo(after), limit)) found.push_back(order.no.value());
    return found;
  }
  std::string refusal() {
    close();
    try {
      open();
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "it was opened";
  }
  void damage(const std::string& statement) {
    close();
    SQLite::Database(path, SQLite::OPEN_READWRITE).exec(statement);
  }

  const support::Directory directory;
  const std::filesystem::path dir = directory.string();
  std::string path = dir / "order.db";
  std::unique_ptr<SqliteStore> store;
};

}  // namespace order
