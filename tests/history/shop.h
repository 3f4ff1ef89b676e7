// Shop: handles one request after another. It is deliberately naive, and shares no code with the checker or the ledger.
// Its events have the seqs 1, 2, 3, ...; a world maps them to other rising seqs. A shop is copied with all that it has:
// the oracle tries requests on copies.
#pragma once

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "history/history.h"
#include "msg/codec.h"

namespace history {

class Shop {
 public:
  // Items 1 to 3. The stock of item 3 is only 4 below the limit.
  Shop();

  static std::string title_of(std::uint64_t id);
  static std::string topic_of(std::uint64_t id);
  static bool same(const std::string& a, const std::string& b) { return lower(a) == lower(b); }
  static bool finds(const msg::Search& search, const msg::Item& item);

  const std::map<base::ItemId, msg::Item>& items() const { return items_; }
  const std::vector<msg::Order>& orders() const { return orders_; }
  bool is_used(const std::string& key) const { return keys_.count(key) > 0; }
  std::uint64_t seq() const { return seq_; }
  // All items that a search finds, and all orders of a list, as if there were no limit.
  std::vector<msg::Item> all(const msg::Search& search) const;
  std::vector<msg::Order> all(const msg::ListOrders& list) const;

  // The time of all events from here on. Holds that are over by then end first, in the order of their ends.
  void at(std::int64_t now);
  const std::vector<msg::Hold>& holds() const { return holds_; }

  Answer operator()(const msg::Lookup& lookup) const;
  Answer operator()(const msg::Search& search) const;
  Answer operator()(const msg::PlaceOrder& place);
  Answer operator()(const msg::ChangePrice& change);
  Answer operator()(const msg::Restock& restock);
  Answer operator()(const msg::CountStock& count);
  Answer operator()(const msg::Transfer& transfer);
  Answer operator()(const msg::EditItem& edit);
  Answer operator()(const msg::AddItems& add);
  Answer operator()(const msg::Cancel& cancel);
  Answer operator()(const msg::GetOrder& get) const;
  Answer operator()(const msg::ListOrders& list) const;
  Answer operator()(const msg::Outcome& outcome);
  Answer operator()(const msg::PlaceHold& place);
  Answer operator()(const msg::ConfirmHold& confirm);
  Answer operator()(const msg::ExtendHold& extend);
  Answer operator()(const msg::ReleaseHold& release);
  Answer operator()(const msg::GetHold& get) const;
  Answer operator()(const msg::ListHolds& list) const;
  Answer operator()(const msg::Events&) const { return msg::EventsReply{{}, base::Seq(seq_)}; }

 private:
  struct Used {
    Request request;
    base::Seq seq;
    base::OrderNo no;
    Answer answer;  // of a repeated request
  };

  using Shelf = std::map<std::string, base::Quantity>;  // by place, `main` too
  using Shelves = std::map<base::ItemId, Shelf>;

  Shelf shelf_of(const msg::Item& item) const { return shelves_.at(item.id); }
  bool is_unknown(const std::string& place, const std::optional<bool>& opens) const;
  // Takes the pieces of a line from its place, or one after the other by the rule. Returns those that are not of main.
  static std::optional<msg::Places> take(const msg::DemandLine& line, Shelves& shelves);
  static std::optional<msg::Places> listed(const Shelf& shelf);
  void show_places(base::ItemId item);
  // The pieces of an item that remain of an order, at the places that they came from.
  static Shelf remains_of(const msg::Order& order, base::ItemId item);

  static void hold_some(msg::Item& item, base::Quantity pieces);
  // Ends the hold with the event that has just got its seq.
  void end(msg::Hold& hold, msg::HoldState state);
  std::optional<msg::Refusal> not_open(base::HoldNo no) const;
  Answer as_now(const Answer& answer) const;
  static msg::Order as_placed(msg::Order order);
  static std::map<base::ItemId, base::Quantity> left_of(const msg::Order& order);
  static std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](char c) { return static_cast<char>(std::tolower(c)); });
    return text;
  }
  template <class Row>
  static bool cut(std::vector<Row>& rows, const std::optional<std::uint32_t>& limit) {
    const bool more = rows.size() > limit.value_or(msg::kPageDefault);
    if (more) rows.resize(limit.value_or(msg::kPageDefault));
    return more;
  }
  static msg::Refusal refused(msg::Code code, base::ItemId item) { return {.code = code, .item = item}; }
  msg::Refusal sold_out(base::ItemId item) const {
    auto refusal = refused(msg::Code::kOutOfStock, item);
    refusal.stock = msg::available_of(items_.at(item));
    return refusal;
  }
  msg::Refusal sold_out(base::ItemId item, base::Quantity there) const {
    auto refusal = refused(msg::Code::kOutOfStock, item);
    refusal.stock = there;
    return refusal;
  }
  std::optional<msg::Refusal> not_for_sale(const msg::Item& item) const;
  std::optional<msg::Refusal> over_terms(const msg::Item& item, base::Quantity asked,
                                         const std::string& customer) const;
  // The pieces that the customer has bought since the window began, and holds.
  base::Quantity had_by(const std::string& customer, base::ItemId item, std::int64_t window) const;
  msg::Refusal moved_on(base::ItemId item) const {
    auto refusal = refused(msg::Code::kVersionChanged, item);
    refusal.version = items_.at(item).version;
    return refusal;
  }
  template <class R>
  Answer touched(const std::string& key, const R& request, base::ItemId item) {
    items_.at(item).version = base::Seq(++seq_);
    return keep(key, request, msg::ItemReply{items_.at(item), now_, {}});
  }
  template <class R>
  Answer keep(const std::string& key, const R& request, Answer answer, base::OrderNo no = {}) {
    keys_[key] = {request, base::Seq(seq_), no, answer};
    return answer;
  }
  template <class R>
  std::optional<Answer> used(const std::string& key, const R& request) const {
    const auto known = keys_.find(key);
    if (known == keys_.end()) return std::nullopt;
    if (std::holds_alternative<msg::Outcome>(known->second.request)) {
      return msg::Refusal{.code = msg::Code::kKeyVoided};
    }
    const auto* same = std::get_if<R>(&known->second.request);
    if (!same || msg::encoded(*same) != msg::encoded(request)) return msg::Refusal{.code = msg::Code::kKeyReused};
    return known->second.answer;
  }

  std::uint64_t seq_ = 0;
  std::int64_t now_ = 0;
  std::vector<msg::Hold> holds_;
  std::map<base::ItemId, msg::Item> items_;
  Shelves shelves_;  // the pieces of each item
  std::vector<msg::Order> orders_;
  std::map<std::string, Used> keys_;
};

}  // namespace history
