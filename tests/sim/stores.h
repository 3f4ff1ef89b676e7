// The replicas' stores, in memory, with the contract of the real ones. Reads see every put at once. commit() makes the
// puts durable, or throws (a full disk). crash() goes back to the last commit, lose_power() to the last one that
// settle() has brought onto stable storage, and wipe() is a new disk.
//
// Each store keeps the live, the durable and the settled rows, and the puts since the last commit.
// Threads: none.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "catalog/store.h"
#include "order/store.h"
#include "tests/sim/image.h"
#include "tests/sim/world.h"

namespace sim {

// The contract of the store's search (catalog/store.h); the checkers use it, too.
bool matches(const msg::Search& search, const msg::Item& item);
bool same(const std::string& a, const std::string& b);  // without case

// The part that both stores have in common: the fate of their disk.
class MemoryView {
 public:
  virtual ~MemoryView() = default;
  virtual void crash() = 0;
  virtual void lose_power() = 0;
  virtual void wipe() = 0;
  // `told`: the system says that there is no room. Otherwise a quota is used up, and only a commit finds that out.
  void fill(bool full, bool told) { full_ = full, told_ = told, put_off_ = false; }
  bool is_full() const { return full_; }
  bool put_off() const { return put_off_; }  // a commit, for lack of room

  virtual stream::Position durable() const = 0;
  virtual stream::Position settled() const = 0;
  // image() gives the durable rows at `position`; install() replaces the view by such an image. It throws if the bytes
  // are not one.
  virtual base::Bytes image(const stream::Position& position) const = 0;
  virtual void install(base::BytesView image) = 0;
  // Removes or changes a row in the live and the durable tables. Returns a description of it, and whether it still
  // holds, since a row may be written again. Nothing if there is no row yet.
  struct Spoilt {
    std::string what;
    std::function<bool()> still;
  };
  virtual std::optional<Spoilt> spoil_row(World& world) = 0;

 protected:
  bool take_room() {
    if (full_ && told_) put_off_ = true;
    return !(full_ && told_);
  }

 private:
  bool full_ = false;
  bool told_ = false;
  bool put_off_ = false;
};

class MemoryOrderStore : public order::Store, public MemoryView {
 public:
  // A store that forgets keys, as a fault: no run with retries may pass with it.
  explicit MemoryOrderStore(bool forgets_keys = false) : forgets_keys_(forgets_keys) {}

  void crash() override { live_ = durable_, since_commit_.clear(); }
  void lose_power() override { durable_ = settled_, crash(); }
  void wipe() override { settled_ = {}, lose_power(); }
  stream::Position durable() const override { return durable_.position; }
  stream::Position settled() const override { return settled_.position; }
  base::Bytes image(const stream::Position& position) const override;
  void install(base::BytesView image) override;
  std::optional<Spoilt> spoil_row(World& world) override;
  void lose_order(base::OrderNo no) { live_.orders.erase(no), durable_.orders.erase(no); }

  stream::Position position() const override { return live_.position; }
  std::vector<msg::Item> items(base::ItemId after, std::uint32_t limit) override;
  std::optional<std::uint64_t> items_digest() const override { return durable_.items_digest; }
  std::optional<std::string> diverged() const override { return durable_.diverged; }
  void diverge(const std::string& why) override { durable_.diverged = why, crash(); }
  order::Totals totals() const override { return live_.totals; }
  void each_item(const std::function<void(const msg::Item&)>& visit) override;
  void put_item(const msg::Item& item) override;
  void put_order(const msg::Order& order) override;
  void put_cancellation(const msg::Cancellation& cancellation) override;
  void put_key(const std::string& key, const ledger::KeyRecord& record) override;
  void put_credential(const msg::Credential& credential) override;
  void put_hold(const msg::Hold& hold) override;
  void put_movement(const msg::Movement& movement) override;
  void put_subscription(const msg::Subscription& subscription) override;
  void remove_subscription(const std::string& name) override;
  void commit(const stream::Position& position, const order::Totals& totals, std::uint64_t items_digest) override;
  bool has_room() override { return take_room(); }
  void settle() override { settling_ = durable_; }
  std::optional<bool> settle_result() override { return settled_ = settling_, true; }
  std::optional<msg::Order> order(base::OrderNo no) override;
  std::optional<ledger::KeyRecord> key(const std::string& key) override;
  std::vector<msg::Order> orders(const std::optional<std::string>& customer, base::OrderNo after,
                                 std::uint32_t limit) override;
  std::vector<msg::Order> orders_since(const std::string& customer, std::int64_t since, std::uint32_t limit) override;
  std::vector<msg::Cancellation> cancellations(base::OrderNo no) override;
  std::vector<msg::Cancellation> cancellations_after(base::Seq after, std::uint32_t limit) override;
  std::vector<ledger::UsedKey> keys(const std::string& after, std::uint32_t limit) override;
  std::optional<msg::Hold> hold(base::HoldNo no) override;
  std::vector<msg::Hold> holds_after(base::HoldNo after, std::uint32_t limit) override;
  std::vector<msg::Hold> open_holds() override;
  std::vector<msg::Movement> movements(base::ItemId item, base::Seq before, std::uint32_t limit) override;
  std::vector<msg::Movement> movements_after(base::ItemId item, base::Seq seq, std::uint32_t limit) override;
  std::vector<msg::Credential> credentials() override;
  std::vector<msg::Subscription> subscriptions() override;

 private:
  struct Tables {
    stream::Position position;
    order::Totals totals;
    std::optional<std::uint64_t> items_digest;
    std::optional<std::string> diverged;
    std::map<base::ItemId, msg::Item> items;
    std::map<base::OrderNo, msg::Order> orders;
    std::map<base::Seq, msg::Cancellation> cancellations;
    std::map<std::string, ledger::KeyRecord> keys;
    std::map<base::Seq, msg::Credential> credentials;
    std::map<base::HoldNo, msg::Hold> holds;
    std::map<std::pair<base::ItemId, base::Seq>, msg::Movement> movements;
    std::map<std::string, msg::Subscription> subscriptions;
  };
  using Put = std::function<void(Tables&)>;
  void put(Put put);

  bool forgets_keys_;
  Tables live_, durable_, settling_, settled_;
  std::vector<Put> since_commit_;
};

class MemoryCatalogStore : public catalog::Store, public MemoryView {
 public:
  void crash() override { live_ = durable_, since_commit_.clear(); }
  void lose_power() override { durable_ = settled_, crash(); }
  void wipe() override { settled_ = {}, lose_power(); }
  stream::Position durable() const override { return durable_.position; }
  stream::Position settled() const override { return settled_.position; }
  base::Bytes image(const stream::Position& position) const override;
  void install(base::BytesView image) override;
  std::optional<Spoilt> spoil_row(World& world) override;

  stream::Position position() const override { return live_.position; }
  void each_item(const std::function<void(const msg::Item&)>& visit) override;
  std::vector<msg::Item> items(base::ItemId after, std::uint32_t limit) override;
  std::optional<std::uint64_t> items_digest() const override { return durable_.items_digest; }
  std::optional<std::string> diverged() const override { return durable_.diverged; }
  void diverge(const std::string& why) override { durable_.diverged = why, crash(); }
  void put_item(const msg::Item& item) override;
  void commit(const stream::Position& position, std::uint64_t items_digest) override;
  bool has_room() override { return take_room(); }
  void settle() override { settling_ = durable_; }
  std::optional<bool> settle_result() override { return settled_ = settling_, true; }
  std::vector<base::ItemId> search(const msg::Search& search, std::uint32_t limit) override;
  std::optional<base::ItemId> find_title(const std::string& title) override;

 private:
  struct Tables {
    stream::Position position;
    std::optional<std::uint64_t> items_digest;
    std::optional<std::string> diverged;
    std::map<base::ItemId, msg::Item> items;
  };
  Tables live_, durable_, settling_, settled_;
  std::vector<msg::Item> since_commit_;
};

}  // namespace sim
