// StreamAudit: audits the stream with its own arithmetic, which shares no code with the ledger.
//
// It takes the blocks of the stream from the first one on, recomputes every item, and checks:
//
//   chain    blocks and seqs follow each other without gaps; each block names the hash of the block before it; terms
//            never fall
//   time     the times of blocks never go back, nor do the times of events
//   writers  a block names the epoch of the last appointment; producer numbers of an epoch never fall; nothing is
//            decided before the first appointment
//   items    events name items that exist, or add items that do not exist; a price change names the right old price,
//            and an edit the right old topics; terms of sale are within their limits; the stream tells once that an
//            item is low, or is not any more, before anything that a client asks for
//   fields   the fields of each event are within their limits, and together make sense. This check is told if it fails
//   stock    stock is never below zero; after a movement it is the stock before plus the movement (G1), so that the
//            stock of each item is the sum of its movements; a count tells the difference
//   places   no place has less than 0 pieces of an item, and all of them have its stock; pieces go to a place that no
//            item uses only if the event opens it; an order takes pieces from `main` first and then from the others
//            by their names, or from the place that its line names; what is cancelled goes back, in the same order, to
//            where the order took it. This check is told once an event has named a place
//   orders   numbers are 1, 2, 3, ... without gaps; prices are those at the time of the order; totals are right; no
//            retired item is bought, but by the confirmation of a hold, and none against its terms of sale; no more
//            pieces of an order are cancelled than it bought, and they are cancelled at its prices, for its customer,
//            and as often as is allowed
//   holds    numbers are 1, 2, 3, ... without gaps; pieces that are held are in stock, for sale, within the terms
//            of sale and at the item's price; only an open hold is extended, confirmed or ended, each with all its
//            lines; what is confirmed was held, at the price of the hold; nothing is decided at or after the end of a
//            hold before the event that ends it; no hold is open for more than a day, and not more of them than are
//            allowed
//   cursors  a name has one subscription at a time; its cursor never goes back or beyond the stream, and moves once a
//            second at most; a subscription that nobody acknowledged in time is dropped before anything else is
//            decided; there are no more than are allowed
//   keys     each key has at most one effect (G3)
//   access   a token is granted once; a credential that is revoked was granted and not revoked before; each event that
//            names its actor was made while the credential of the actor was valid, by a role that may do this; a
//            buyer buys and cancels for its own customer alone
//   catalog  the catalogue shows every item as its last event left it; shown() and all_shown() tell what it shows
//
// After a fault it continues with the values of the event, so that it counts one fault once. A block that cannot be
// read ends the walk. All input is hostile: the audit checks the range of a number before it computes with it. Events
// in which it finds no fault pass the CHECKs of the ledger. Every rule holds for the streams of earlier releases, too:
// it is as old as the events that it is about, or newer releases allow more.
// Memory: all items, credentials, open holds and subscriptions. Keys and orders are in `rows`. Threads: none.
// Tests: tests/books/audit_stream_test.cpp, and audit_access_test.cpp, audit_holds_test.cpp, audit_places_test.cpp,
// audit_subscriptions_test.cpp, audit_terms_test.cpp and audit_changed_test.cpp beside it.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/core.h"
#include "books/checks.h"
#include "msg/block.h"
#include "storage/scratch_rows.h"
#include "tasks/money.h"

namespace books {

class StreamAudit {
 public:
  // `rows` gets all keys, what remains of all orders, and who bought it; it must outlive this. Null leaves out the
  // check `keys`, compares no cancellation with its order, and does not count what a customer bought.
  explicit StreamAudit(storage::ScratchRows* rows = nullptr) : rows_(rows) {}

  // Called with each event, in order, until there is a fault.
  using Sound = std::function<void(const msg::Event& event, base::Seq seq)>;

  // Takes the next block. While readable(), the caller continues with the block that holds seq next().
  void block(base::BytesView bytes, const Sound& sound = {});
  base::Seq next() const { return next_; }
  base::BlockNo block_no() const { return no_; }         // of the last block that was taken
  const msg::Hash& block_hash() const { return hash_; }  // of the same block
  std::uint64_t faults() const;
  bool readable() const { return readable_; }
  // Ends the walk with a fault of the chain, because the caller has no next block.
  void cannot_go_on(const std::string& why);

  // The catalogue shows `item`. The caller asked the catalogue after it had walked everything before next(). If the
  // version is newer, the item is compared when the walk reaches that version.
  void shown(const msg::Item& item);
  base::Seq awaited() const;  // the newest version that is still to be compared; 0: none
  // shown() was called for all items of the catalogue. The walk had reached seq `since` when the first page was asked
  // for.
  void all_shown(base::Seq since);

  // Ids of about `count` items, spread evenly over all items.
  std::vector<base::ItemId> sample(std::size_t count) const;
  // All checks but `catalog`.
  std::vector<Check> books() const;
  // All checks. Call it once, at the end.
  std::vector<Check> checks();

 private:
  struct Entry {
    msg::Item item;
    base::Seq added;
    bool shown = false;
  };
  struct Pieces {
    std::int64_t initial = 0;
    std::int64_t moved = 0;
    std::int64_t bought = 0;
    std::int64_t sold = 0;
    std::int64_t cancelled = 0;  // without those that were scrapped
  };

  using Asked = std::map<base::ItemId, std::int64_t>;  // pieces of one order or hold

  struct Credential {
    std::int64_t until = 0;
    msg::ClientRole role = msg::ClientRole::kReader;
    std::string customer;  // folded
    bool revoked = false;
  };

  struct OpenHold {
    std::int64_t placed = 0;
    std::int64_t expires = 0;
    std::string customer;  // folded
    std::vector<msg::HoldLine> lines;
  };

  struct Subscription {
    base::Seq cursor;
    std::int64_t ttl = 0;
    std::int64_t expires = 0;
    std::optional<std::int64_t> acknowledged;
  };

  static bool is_stock(base::Quantity stock) { return stock.value() >= 0 && stock.value() <= msg::kStockMax; }
  static bool is_price(base::Cents price) { return price.value() >= 0 && price.value() <= msg::kPriceMaxCents; }
  void follow(const msg::Block& block);
  void close(const msg::Block& block);
  void take(const msg::Event& event);
  void decided(const std::string& key);
  void acted(const msg::Event& event);
  void acted_as_buyer(const msg::Event& event, const std::string& customer);
  void apply(const msg::StoreCreated& created);
  void apply(const msg::WriterAppointed& appointed);
  void apply(const msg::HolderJoined&) {}
  void apply(const msg::HolderLeft&) {}
  void apply(const msg::ItemsAdded& added);
  void apply(const msg::PriceChanged& changed);
  void apply(const msg::ItemEdited& edited);
  void apply(const msg::StockMoved& moved);
  void apply(const msg::OrderPlaced& placed);
  void apply(const msg::OrderCancelled& cancelled);
  void apply(const msg::KeyVoided&) {}
  void apply(const msg::CredentialGranted& granted);
  void apply(const msg::CredentialRevoked& revoked);
  void apply(const msg::ActNoted&) {}
  void apply(const msg::HoldPlaced& placed);
  void apply(const msg::HoldExtended& extended);
  void apply(const msg::HoldConfirmed& confirmed);
  void apply(const msg::HoldEnded& ended);
  void apply(const msg::SubscriptionMade& made);
  void apply(const msg::SubscriptionAcknowledged& acknowledged);
  void apply(const msg::SubscriptionEnded& ended);
  void apply(const msg::StockLow& told);
  void apply(const msg::StockOk& told);
  void apply(const msg::OrderLine& line, msg::OrderType type);
  void take_by_rule(const msg::OrderPlaced& placed);
  void take_by_rule(const msg::Item& item, const msg::OrderLine& line);
  void move_places(Entry& entry, const msg::OrderLine& line, int sign);
  void move_places(Entry& entry, const msg::StockMoved& moved);
  void move_place(msg::Item& item, const msg::AtPlace& moved, int sign);
  void compare_places(const msg::Item& item);
  void compare_found(const msg::Item& item, const msg::StockMoved& counted);
  void keep_sources(base::OrderNo no, const msg::OrderLine& line);
  void take_back_from(const msg::OrderCancelled& cancelled, const msg::OrderLine& line, base::Quantity left);
  void take_back(const msg::OrderCancelled& cancelled, const msg::OrderLine& line);
  void in_time(const msg::Event& event);
  void dropped_in_time(const msg::Event& event);
  void levels_in_time(const msg::Event& event);
  void note_levels(const msg::Event& event);
  void take_level(base::ItemId id, base::Quantity available, std::optional<base::Quantity> low, bool is);
  void within_terms(const std::string& what, const std::string& customer, const Asked& asked, Faults& faults);
  void keep_buyer(const std::string& customer, base::OrderNo no, const std::vector<msg::OrderLine>& lines);
  void hold_moved(const msg::HoldLine& line, base::Quantity delta);
  void compare_customer(base::HoldNo no, const OpenHold& hold, const std::string& customer);
  void within_a_day(base::HoldNo no, std::int64_t placed, std::int64_t expires);
  void within_limits(base::HoldNo no, const std::string& customer);
  template <class Event>
  std::optional<OpenHold> close(const Event& event, const std::vector<msg::HoldLine>& told);
  void next_order(base::OrderNo no);
  void take_terms(msg::Item& item, const msg::Terms& terms);
  template <class What>
  void take_details(msg::Item& item, const What& what);
  void add(const msg::ItemAdded& added);
  void move(Entry& entry, base::Quantity delta, base::Quantity told);
  Entry* find(base::ItemId id);
  void compare(const msg::Item& shown);
  void compare_awaited();
  std::string text_of(base::Cents amount) const;
  std::string text_of(const msg::Item& item) const;

  storage::ScratchRows* const rows_;
  std::uint64_t keys_ = 0;
  tasks::Currency currency_;
  bool readable_ = true;
  base::Seq next_{1};
  base::Seq seq_;  // of the event that take() handles
  base::BlockNo no_;
  base::Term term_;
  msg::Hash hash_ = msg::no_hash();
  std::int64_t block_at_ = 0;
  std::int64_t event_at_ = 0;
  base::Epoch epoch_;
  base::Epoch block_epoch_;    // of the block before
  base::ProducerNo producer_;  // of the block before
  base::OrderNo last_order_;
  base::HoldNo last_hold_;
  std::map<base::HoldNo, OpenHold> holds_;
  std::set<std::pair<std::int64_t, base::HoldNo>> ends_;
  std::map<std::pair<std::string, base::ItemId>, std::int64_t> kept_;  // held pieces of each customer
  std::map<std::string, std::uint64_t> holders_;                       // the number of open holds of each customer
  std::map<std::string, Subscription> subscriptions_;
  Pieces pieces_;
  std::map<base::ItemId, Entry> items_;
  std::set<base::ItemId> low_;                   // the stream has told so
  std::set<base::ItemId> levels_due_;            // it has not told the level that they have
  std::map<std::string, std::uint64_t> places_;  // the number of items with pieces there
  std::uint64_t elsewhere_ = 0;                  // movements at places
  std::multimap<base::Seq, msg::Item> awaited_;
  std::set<std::string> tokens_;  // their hashes
  std::map<base::Seq, Credential> credentials_;
  std::uint64_t revoked_ = 0;
  std::uint64_t shown_ = 0;
  Faults chain_, time_, writers_, item_faults_, fields_, stock_, place_faults_, orders_, hold_faults_,
      subscription_faults_, key_faults_, access_, catalog_;
};

}  // namespace books
