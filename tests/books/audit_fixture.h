// A stream for tests of the audit, written as a store would, unless a test cheats.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "books/audit_stream.h"
#include "msg/codec.h"

namespace books {

inline msg::OrderLine line(std::uint64_t item, std::int64_t quantity, std::int64_t left, std::int64_t price = 100) {
  return {base::ItemId(item), base::Quantity(quantity), base::Cents(price), base::Quantity(left)};
}

// Writes a stream as a store would, unless a test cheats, and feeds it to the audit.
class AuditStream : public ::testing::Test {
 protected:
  AuditStream() {
    append({msg::StoreCreated{"store-a"}});
    appoint();
  }

  // Feeds a block of these events. `cheat` may change it before its hash is computed.
  void append(std::vector<decltype(msg::Event::what)> events, const std::function<void(msg::Block&)>& cheat = {}) {
    msg::Block block;
    block.no = base::BlockNo(blocks_ + 1);
    block.first = next_;
    block.count = static_cast<std::uint32_t>(events.size());
    block.term = base::Term(1);
    block.at = 1000 + static_cast<std::int64_t>(blocks_);
    block.epoch = epoch_;
    block.prev.bytes = hash_;
    for (auto& what : events) msg::encode(msg::Event{at_, std::move(what), by_}, block.events.bytes);
    if (cheat) cheat(block);
    const auto bytes = msg::encode_block(block);
    hash_ = block.hash.bytes;
    next_ = next_.next(events.size());
    ++blocks_;
    audit_.block(bytes);
  }
  void appoint() {
    epoch_ = base::epoch_of(next_);
    append({msg::WriterAppointed{"order-1", base::Incarnation(1)}});
  }

  std::string key() { return "key-" + std::to_string(++keys_); }
  msg::ItemsAdded added(std::uint64_t id, std::int64_t stock = 5, std::int64_t price = 100) {
    return {key(), 0, {{base::ItemId(id), "a title", "a topic", base::Cents(price), base::Quantity(stock)}}};
  }
  msg::StockMoved moved(std::uint64_t id, std::int64_t delta, std::int64_t left) {
    return {key(), 0, base::ItemId(id), base::Quantity(delta), base::Quantity(left), ""};
  }
  msg::PriceChanged priced(std::uint64_t id, std::int64_t price, std::int64_t was) {
    return {key(), 0, base::ItemId(id), base::Cents(price), base::Cents(was)};
  }
  msg::OrderPlaced placed(std::uint64_t no, std::vector<msg::OrderLine> lines, std::int64_t total,
                          msg::OrderType type = msg::OrderType::kBuy) {
    return {key(), 0, base::OrderNo(no), type, "ann", std::move(lines), base::Cents(total)};
  }
  msg::OrderPlaced sold(std::uint64_t no, std::vector<msg::OrderLine> lines, std::int64_t total) {
    return placed(no, std::move(lines), total, msg::OrderType::kSell);
  }
  msg::ItemEdited edited(std::uint64_t id, std::optional<std::string> title, std::optional<std::string> topic,
                         std::optional<std::string> topic_was, std::optional<bool> retired = {}) {
    return {key(), 0, base::ItemId(id), std::move(title), std::move(topic), std::move(topic_was), retired, {}};
  }
  msg::ItemEdited terms(std::uint64_t id, const msg::Terms& all) {
    return {key(), 0, base::ItemId(id), {}, {}, {}, {}, {}, all};
  }
  static std::vector<msg::HoldLine> kept(std::int64_t quantity, std::int64_t held, std::int64_t price = 100) {
    return {{base::ItemId(1), base::Quantity(quantity), base::Cents(price), base::Quantity(held)}};
  }
  msg::HoldPlaced hold(std::uint64_t no, std::vector<msg::HoldLine> lines, std::int64_t expires) {
    return {key(), 0, base::HoldNo(no), "ann", std::move(lines), expires, {}};
  }
  msg::HoldExtended extended(std::uint64_t no, std::int64_t expires, std::int64_t was) {
    return {key(), 0, base::HoldNo(no), "ann", expires, was, {}};
  }
  msg::HoldConfirmed confirmed(std::uint64_t no, std::vector<msg::OrderLine> lines, std::int64_t total,
                               std::vector<msg::HoldLine> ended) {
    return {key(), 0, base::HoldNo(no), base::OrderNo(1), "ann", std::move(lines), base::Cents(total), std::move(ended),
            {}};
  }
  static msg::HoldEnded expired(std::uint64_t no, std::vector<msg::HoldLine> lines) {
    return {{}, 0, base::HoldNo(no), "ann", std::move(lines), {}};
  }
  msg::HoldEnded released(std::uint64_t no, std::vector<msg::HoldLine> lines) {
    return {key(), 0, base::HoldNo(no), "ann", std::move(lines), {}};
  }
  msg::OrderCancelled cancelled(std::uint64_t no, std::vector<msg::OrderLine> lines, std::int64_t total,
                                msg::CancelKind kind = msg::CancelKind::kCancel) {
    return {key(), 0, base::OrderNo(no), kind, "ann", std::move(lines), base::Cents(total), ""};
  }
  msg::CredentialGranted granted(char letter, std::optional<std::int64_t> expires = {}) {
    return {key(), 0, {std::string(msg::kTokenHashBytes, letter)}, msg::ClientRole::kClerk, "", "", expires};
  }
  msg::CredentialGranted granted(char letter, msg::ClientRole role, const std::string& customer = "") {
    return {key(), 0, {std::string(msg::kTokenHashBytes, letter)}, role, customer, "", {}};
  }
  msg::CredentialRevoked revoked(std::uint64_t id) { return {key(), 0, base::Seq(id)}; }
  static msg::Item item(std::uint64_t id, std::int64_t stock, std::uint64_t version, std::int64_t price = 100) {
    return {base::ItemId(id), "a title", "a topic", base::Cents(price), base::Quantity(stock), base::Seq(version)};
  }

  void expect_all_right() {
    for (const auto& check : audit_.checks()) EXPECT_TRUE(check.ok) << check.name << ": " << check.detail;
  }
  // Expects that only the check `name` fails, with these words.
  void expect_fault(const std::string& name, const std::string& words) {
    for (const auto& check : audit_.checks()) {
      EXPECT_EQ(check.ok, check.name != name) << check.name << ": " << check.detail;
      if (check.name == name) {
        EXPECT_THAT(check.detail, ::testing::HasSubstr(words));
      }
    }
  }

  storage::ScratchRows rows_;
  StreamAudit audit_{&rows_};
  base::Seq next_{1};
  base::Epoch epoch_;
  std::int64_t at_ = 1000;
  std::optional<base::Seq> by_;  // of the events that follow
  msg::Hash hash_ = msg::no_hash();
  std::uint64_t blocks_ = 0;
  std::uint64_t keys_ = 0;
};

}  // namespace books
