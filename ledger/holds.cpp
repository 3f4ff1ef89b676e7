#include "ledger/holds.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "ledger/hash.h"
#include "msg/effects.h"
#include "text/fold.h"

namespace ledger {
namespace {

constexpr std::uint64_t kHoldRow = 5;

bool same_pieces(const msg::HoldLine& line, const msg::HoldLine& other) {
  return line.item == other.item && line.quantity == other.quantity && line.price == other.price;
}

}  // namespace

std::uint64_t row_digest(const msg::Hold& hold) {
  Hasher hasher(kHoldRow);
  hasher.add(hold.no.value()).add(hold.seq.value()).add(hold.version.value()).add(hold.at).add(hold.expires);
  hasher.add(static_cast<std::uint64_t>(hold.state)).add(hold.key).add(hold.customer);
  hasher.add(std::uint64_t{hold.lines.size()});
  for (const auto& line : hold.lines) {
    hasher.add(line.item.value()).add(line.quantity.value()).add(line.price.value()).add(line.held.value());
  }
  hasher.add(hold.order.value_or(base::OrderNo()).value());
  return hasher.add(hold.by.value_or(base::Seq()).value()).value();
}

void Holds::put(msg::Hold hold) {
  const auto no = hold.no;
  const auto digest = row_digest(hold);
  total_.open += digest;
  ends_.emplace(hold.expires, no);
  of_customer_[text::folded(hold.customer)].insert(no);
  CHECK(open_.emplace(no, Open{std::move(hold), digest}).second, "hold={} is open twice", no);
}

const msg::Hold* Holds::find(base::HoldNo no) const {
  const auto found = open_.find(no);
  return found == open_.end() ? nullptr : &found->second.hold;
}

const msg::Hold* Holds::first() const { return ends_.empty() ? nullptr : find(ends_.begin()->second); }

const std::set<base::HoldNo>& Holds::numbers_of(const std::string& customer) const {
  static const std::set<base::HoldNo> kNone;
  const auto found = of_customer_.find(text::folded(customer));
  return found == of_customer_.end() ? kNone : found->second;
}

std::size_t Holds::size_of(const std::string& customer) const { return numbers_of(customer).size(); }

base::Quantity Holds::held_by(const std::string& customer, base::ItemId item) const {
  base::Quantity held;
  for (const auto no : numbers_of(customer)) {
    for (const auto& line : open_.at(no).hold.lines) {
      if (line.item == item) held += line.quantity;
    }
  }
  return held;
}

// Removes an open hold, which the event with this seq changes.
msg::Hold Holds::take(base::HoldNo no, base::Seq seq) {
  const auto found = open_.find(no);
  CHECK(found != open_.end(), "seq={} is about hold={}, which is not open", seq, no);
  auto hold = std::move(found->second.hold);
  total_.open -= found->second.digest;
  open_.erase(found);
  ends_.erase({hold.expires, no});
  const auto customer = of_customer_.find(text::folded(hold.customer));
  customer->second.erase(no);
  if (customer->second.empty()) of_customer_.erase(customer);
  hold.version = seq;
  return hold;
}

msg::Hold Holds::close(msg::Hold hold, msg::HoldState state, const std::vector<msg::HoldLine>& told) {
  CHECK(std::equal(hold.lines.begin(), hold.lines.end(), told.begin(), told.end(), same_pieces),
        "hold={} ends with other lines than it has", hold.no);
  hold.state = state;
  total_.ended += row_digest(hold);
  return hold;
}

// One function for each kind of event.
struct Holds::Evolve {
  Holds& holds;
  base::Seq seq;
  const msg::Event& event;
  using Row = std::optional<msg::Hold>;

  Row operator()(const msg::StoreCreated&) const { return std::nullopt; }
  Row operator()(const msg::WriterAppointed&) const { return std::nullopt; }
  Row operator()(const msg::HolderJoined&) const { return std::nullopt; }
  Row operator()(const msg::HolderLeft&) const { return std::nullopt; }
  Row operator()(const msg::ItemsAdded&) const { return std::nullopt; }
  Row operator()(const msg::PriceChanged&) const { return std::nullopt; }
  Row operator()(const msg::ItemEdited&) const { return std::nullopt; }
  Row operator()(const msg::StockMoved&) const { return std::nullopt; }
  Row operator()(const msg::OrderPlaced&) const { return std::nullopt; }
  Row operator()(const msg::OrderCancelled&) const { return std::nullopt; }
  Row operator()(const msg::KeyVoided&) const { return std::nullopt; }
  Row operator()(const msg::CredentialGranted&) const { return std::nullopt; }
  Row operator()(const msg::CredentialRevoked&) const { return std::nullopt; }
  Row operator()(const msg::ActNoted&) const { return std::nullopt; }
  Row operator()(const msg::SubscriptionMade&) const { return std::nullopt; }
  Row operator()(const msg::SubscriptionAcknowledged&) const { return std::nullopt; }
  Row operator()(const msg::SubscriptionEnded&) const { return std::nullopt; }
  Row operator()(const msg::StockLow&) const { return std::nullopt; }
  Row operator()(const msg::StockOk&) const { return std::nullopt; }
  Row operator()(const msg::HoldPlaced& placed) const {
    CHECK(placed.hold == holds.last().next(), "seq={} hold={} last={}", seq, placed.hold, holds.last());
    CHECK(placed.expires > event.at, "seq={} hold={} at={} expires={}", seq, placed.hold, event.at, placed.expires);
    msg::Hold hold{placed.hold,     seq,          seq, event.at, placed.expires, msg::HoldState::kOpen, placed.key,
                   placed.customer, placed.lines, {},  event.by};
    holds.total_.last = hold.no;
    holds.put(hold);
    return hold;
  }
  Row operator()(const msg::HoldExtended& extended) const {
    auto hold = holds.take(extended.hold, seq);
    CHECK(extended.was == hold.expires && extended.expires >= extended.was, "seq={} hold={} expires={} was={} told={}",
          seq, hold.no, extended.expires, hold.expires, extended.was);
    hold.expires = extended.expires;
    holds.put(hold);
    return hold;
  }
  Row operator()(const msg::HoldConfirmed& confirmed) const {
    auto hold = holds.take(confirmed.hold, seq);
    auto left = hold.lines;
    for (const auto& line : confirmed.lines) {
      const auto held = std::find_if(left.begin(), left.end(), [&](const msg::HoldLine& each) {
        return each.item == line.item && each.price == line.price && each.quantity >= line.quantity;
      });
      CHECK(held != left.end(), "seq={} hold={} does not have {} of item={} at {}", seq, hold.no, line.quantity,
            line.item, line.price);
      held->quantity -= line.quantity;
    }
    hold.order = confirmed.no;
    return holds.close(std::move(hold), msg::HoldState::kConfirmed, confirmed.ended);
  }
  Row operator()(const msg::HoldEnded& ended) const {
    auto hold = holds.take(ended.hold, seq);
    CHECK(ended.key || hold.expires <= event.at, "seq={} at={} ends hold={}, which expires={}", seq, event.at, hold.no,
          hold.expires);
    return holds.close(std::move(hold), ended.key ? msg::HoldState::kReleased : msg::HoldState::kExpired, ended.lines);
  }
};

std::optional<msg::Hold> Holds::evolve(const msg::Event& event, base::Seq seq) {
  const auto* ended = std::get_if<msg::HoldEnded>(&event.what);
  const bool is_over = !ends_.empty() && msg::is_decided(event) && ends_.begin()->first <= event.at;
  const bool ends_it = is_over && ended && !ended->key && ends_.begin()->second == ended->hold;
  CHECK(!is_over || ends_it, "seq={} at={} was decided before the end of hold={} at {}", seq, event.at,
        ends_.begin()->second, ends_.begin()->first);
  return std::visit(Evolve{*this, seq, event}, event.what);
}

}  // namespace ledger
