#include "tests/sim/workload.h"

#include <algorithm>
#include <array>

#include "ledger/command.h"
#include "tests/support/collide.h"

namespace sim {
namespace {

constexpr std::size_t kFirstItems = 8;
constexpr std::size_t kSharedTitles = 4;   // each has many items
constexpr std::size_t kRecentWrites = 30;  // these are tried again

std::string title_of(std::uint64_t number) {
  static const std::vector<std::string> kWords{"Xen", "RPCs", "Theory", "Spring", "Cooking"};
  return fmt::format("{} volume{}", kWords[number % kWords.size()], number);
}

// Each is written in several ways, which are equal without case.
std::string shared_title(std::uint64_t number, std::size_t spelling) {
  static const std::array<std::vector<std::string>, kSharedTitles> kSpellings{
      {{"Collected works", "COLLECTED WORKS"},
       {"Stra\u00dfe", "STRASSE"},
       {"Caf\u00e9", "CAFE\u0301", "cafe\u0301"},
       {"\u0412\u043e\u0439\u043d\u0430 \u0438 \u043c\u0438\u0440",
        "\u0412\u041e\u0419\u041d\u0410 \u0418 \u041c\u0418\u0420"}}};
  const auto& all = kSpellings.at(number);
  return all[spelling % all.size()];
}

std::string topic_of(std::uint64_t number) { return number % 3 == 0 ? "graduate \u00e9cole" : "distributed systems"; }
std::string topic_in_capitals(std::uint64_t number) {
  return number % 3 == 0 ? "GRADUATE E\u0301COLE" : "DISTRIBUTED SYSTEMS";
}

}  // namespace

Workload::Workload(Cluster& cluster) : cluster_(cluster), world_(cluster.world()) {
  cluster_.client_started = [this](const std::string& client) { began_again(client); };
}

msg::AddItems Workload::first_items() {
  msg::AddItems add{.key = "first"};
  for (std::uint64_t i = 1; i <= kFirstItems; ++i) {
    const base::Quantity stock(i == kHot.value() ? 30 : 1000);
    add.items.push_back({base::ItemId(i), title_of(i), topic_of(i), base::Cents(500), stock});
  }
  return add;
}

const std::vector<Workload::Kind>& Workload::kinds() {
  static const std::vector<Kind> kKinds{{22, &Workload::lookup},
                                        {4, &Workload::lookup_title},
                                        {8, &Workload::search},
                                        {14, &Workload::buy},
                                        {16, &Workload::buy_hot},
                                        {3, &Workload::sell},
                                        {6, &Workload::cancel},
                                        {7, &Workload::hold, Part::kHolds},
                                        {5, &Workload::confirm, Part::kHolds},
                                        {2, &Workload::extend, Part::kHolds},
                                        {2, &Workload::release, Part::kHolds},
                                        {2, &Workload::show_hold, Part::kHolds},
                                        {2, &Workload::holds, Part::kHolds},
                                        {8, &Workload::restock},
                                        {3, &Workload::count},
                                        {9, &Workload::transfer, Part::kPlaces},
                                        {5, &Workload::movements},
                                        {4, &Workload::price},
                                        {5, &Workload::edit, Part::kEdits},
                                        {4, &Workload::subscribe, Part::kSubscriptions},
                                        {6, &Workload::acknowledge, Part::kSubscriptions},
                                        {1, &Workload::unsubscribe, Part::kSubscriptions},
                                        {3, &Workload::subscriptions, Part::kSubscriptions},
                                        {2, &Workload::add},
                                        {5, &Workload::order},
                                        {4, &Workload::orders},
                                        {6, &Workload::events},
                                        {4, &Workload::again},
                                        {2, &Workload::outcome},
                                        {3, &Workload::other_with_used_key},
                                        {1, &Workload::same_short_digest},
                                        {1, &Workload::outcome_of_new_key}};
  return kKinds;
}

void Workload::start(bool hurried) {
  running_ = true;
  hurried_ = hurried;
  if (world_.chance(0.5)) parts_.insert(Part::kHolds);
  if (world_.chance(0.3)) parts_.insert(Part::kEdits);
  if (has(Part::kEdits) && world_.chance(0.7)) parts_.insert(Part::kPlaces);
  if (world_.chance(0.4)) parts_.insert(Part::kSubscriptions);
  for (const auto& client : cluster_.clients()) begin(client);
  for (const auto& frontend : cluster_.names("frontend")) look_up(frontend);
}

void Workload::begin(const std::string& client) {
  doing_[client].takes_old = world_.chance(0.3) ? 0.8 : 0.05;
  for (std::size_t i = 0; i < kSlots; ++i) next(client);
  browse(client);
}

void Workload::began_again(const std::string& client) {
  auto& doing = doing_[client];
  ++doing.life;
  for (const auto& [number, key] : std::exchange(doing.under_way, {})) {
    world_.count("outcome of a vanished client's key");
    cluster_.ask(client, msg::Outcome{key}, {}, {});
  }
  if (running_) begin(client);
}

void Workload::next(const std::string& client) {
  const auto pause = world_.chance(0.7) ? world_.some(0ms, 10ms) : world_.some(10ms, 80ms);
  world_.after(pause, [this, client, life = doing_[client].life] {
    auto& doing = doing_[client];
    if (!running_ || life != doing.life || !cluster_.node(client).is_up()) return;
    auto request = some_request();
    const auto number = ++asked_;
    if (const auto key = key_of(request); !key.empty()) {
      writes_.push_back(request);
      doing.under_way[number] = key;
    }
    client::Options options;
    options.fresh = world_.chance(0.1);
    options.stale_ok_ms = some_age(client);
    if (hurried_ && world_.chance(0.05)) options.timeout = world_.some(60ms, 900ms);
    cluster_.ask(client, std::move(request), options, [this, client, number](const client::Answer&) {
      doing_[client].under_way.erase(number);
      next(client);
    });
  });
}

void Workload::browse(const std::string& client) {
  world_.after(world_.some(2ms, 25ms), [this, client, life = doing_[client].life] {
    if (!running_ || life != doing_[client].life || !cluster_.node(client).is_up()) return;
    client::Options options;
    options.stale_ok_ms = some_age(client);
    if (hurried_) options.timeout = 80ms;
    auto request = world_.chance(0.2) ? lookup_title() : lookup();
    cluster_.ask(client, std::move(request), options, [this, client](const client::Answer&) { browse(client); });
  });
}

void Workload::look_up(const std::string& frontend) {
  world_.after(world_.some(1ms, 20ms), [this, frontend] {
    if (!running_) return;
    cluster_.look_up(frontend, {.item = some_item()});
    look_up(frontend);
  });
}

std::optional<std::uint32_t> Workload::some_age(const std::string& client) {
  if (!world_.chance(doing_[client].takes_old)) return std::nullopt;
  return static_cast<std::uint32_t>(world_.chance(0.5) ? 5000 : 1 + world_.one_of(1000));
}

Request Workload::some_request() {
  unsigned total = 0;
  for (const auto& kind : kinds()) total += may(kind) ? kind.weight : 0;
  auto drawn = world_.random().below(total);
  for (const auto& kind : kinds()) {
    if (!may(kind)) continue;
    if (drawn < kind.weight) return (this->*kind.make)();
    drawn -= kind.weight;
  }
  return lookup();
}

base::ItemId Workload::some_item() {
  if (world_.chance(0.5)) return kHot;
  return base::ItemId(1 + world_.random().below(kFirstItems + 2));  // the last ones do not exist, or not yet
}

base::Quantity Workload::some_pieces(std::uint64_t most) {
  return base::Quantity(static_cast<std::int64_t>(1 + world_.random().below(most)));
}

std::string Workload::some_title() { return shared_title(world_.one_of(kSharedTitles), world_.one_of(3)); }

std::string Workload::some_customer() {
  static const std::array<std::string, 4> kCustomers{"customer-0", "\u00c1nn", "A\u0301NN", "\u00e1nn"};
  return kCustomers.at(world_.one_of(kCustomers.size()));
}

msg::DemandLine Workload::some_line() {
  msg::DemandLine line{some_item(), some_pieces(3), {}};
  if (world_.chance(0.1)) line.price = base::Cents(500);
  return line;
}

const Request& Workload::some_write() {
  const auto recent = std::min(writes_.size(), kRecentWrites);
  return writes_[writes_.size() - 1 - world_.one_of(recent)];
}

Request Workload::lookup() { return msg::Lookup{.item = some_item()}; }

Request Workload::lookup_title() {
  if (world_.chance(0.5)) return msg::Lookup{.title = some_title()};
  return msg::Lookup{.title = title_of(1 + world_.random().below(kFirstItems + 1))};
}

Request Workload::search() {
  msg::Search search;
  if (world_.chance(0.5))
    search.topic = world_.chance(0.5) ? topic_of(world_.one_of(3)) : topic_in_capitals(world_.one_of(3));
  if (world_.chance(0.4)) search.text = world_.chance(0.5) ? "xe" : world_.chance(0.5) ? "spring vol" : "STRA\u1e9eE";
  if (has(Part::kEdits) && !search.topic && !search.text && world_.chance(0.6)) {
    (world_.chance(0.5) ? search.retired : search.low) = true;
  }
  if (world_.chance(0.3)) search.after = base::ItemId(world_.one_of(8));
  if (world_.chance(0.3)) search.limit = static_cast<std::uint32_t>(1 + world_.one_of(4));
  return search;
}

Request Workload::buy() {
  msg::PlaceOrder place{.key = new_key(), .lines = {some_line()}};
  if (world_.chance(0.7)) place.customer = some_customer();
  while (place.lines.size() < 3 && world_.chance(0.4)) {
    place.lines.push_back(world_.chance(0.5) ? place.lines.front() : some_line());
  }
  for (auto& line : place.lines) {
    if (has(Part::kPlaces) && world_.chance(0.3)) line.place = some_place();
  }
  return place;
}

Request Workload::buy_hot() {
  return msg::PlaceOrder{.key = new_key(), .customer = some_customer(), .lines = {{kHot, some_pieces(4), {}}}};
}

Request Workload::sell() {
  return msg::PlaceOrder{.key = new_key(), .type = msg::OrderType::kSell, .lines = {{some_item(), some_pieces(5), {}}}};
}

// Often one of the last few orders, so that several clients cancel the same one.
Request Workload::cancel() {
  const auto& orders = cluster_.judge().reference().orders();
  const auto back = world_.random().below(world_.chance(0.7) ? 4 : orders.size() + 3);
  msg::Cancel cancel{.key = new_key(),
                     .no = base::OrderNo(orders.size() + 1 - std::min<std::uint64_t>(back, orders.size()))};
  if (world_.chance(0.3)) cancel.kind = world_.chance(0.5) ? msg::CancelKind::kReturn : msg::CancelKind::kScrap;
  if (world_.chance(0.3)) cancel.reason = "too many";
  if (cancel.no.value() > orders.size() || world_.chance(0.3)) return cancel;
  cancel.lines.emplace();
  for (const auto& line : orders[cancel.no.value() - 1].lines) {
    const auto same = [&](const msg::CancelLine& other) { return other.item == line.item; };
    if (std::none_of(cancel.lines->begin(), cancel.lines->end(), same) && world_.chance(0.8)) {
      cancel.lines->push_back({line.item, some_pieces(3)});
    }
  }
  if (cancel.lines->empty()) cancel.lines->push_back({some_item(), some_pieces(2)});
  return cancel;
}

// Often for a hold that another client soon confirms, so that holds end in all ways.
Request Workload::hold() {
  msg::PlaceHold hold{.key = new_key(), .lines = {some_line()}};
  if (world_.chance(0.7)) hold.customer = some_customer();
  if (const auto line = some_line(); world_.chance(0.4) && line.item != hold.lines.front().item) {
    hold.lines.push_back(line);
  }
  hold.ttl = static_cast<std::uint32_t>(world_.chance(0.5) ? 1 + world_.one_of(60) : 100 + world_.one_of(900));
  return hold;
}

// Mostly one of the last few.
base::HoldNo Workload::some_hold() {
  const auto count = cluster_.judge().reference().holds().size();
  const auto back = world_.random().below(world_.chance(0.8) ? 5 : count + 3);
  return base::HoldNo(count + 1 - std::min<std::uint64_t>(back, count));
}

Request Workload::confirm() {
  msg::ConfirmHold confirm{.key = new_key(), .hold = some_hold()};
  const auto* states = cluster_.judge().reference().hold(confirm.hold);
  if (!states || world_.chance(0.5)) return confirm;
  confirm.lines.emplace();
  for (const auto& line : states->back().lines) {
    if (world_.chance(0.8)) confirm.lines->push_back({line.item, some_pieces(3)});
  }
  if (confirm.lines->empty()) confirm.lines->push_back({some_item(), some_pieces(2)});
  return confirm;
}

Request Workload::extend() {
  return msg::ExtendHold{new_key(), some_hold(), static_cast<std::uint32_t>(1 + world_.one_of(500))};
}

Request Workload::release() { return msg::ReleaseHold{new_key(), some_hold()}; }

Request Workload::show_hold() { return msg::GetHold{some_hold()}; }

Request Workload::holds() {
  msg::ListHolds list;
  if (world_.chance(0.5)) list.customer = some_customer();
  if (world_.chance(0.3)) list.after = some_hold();
  if (world_.chance(0.3)) list.limit = static_cast<std::uint32_t>(1 + world_.one_of(4));
  return list;
}

Request Workload::restock() {
  msg::Restock restock{.key = new_key(), .item = some_item(), .delta = some_pieces(6)};
  if (world_.chance(0.3)) restock.delta = -restock.delta;
  if (world_.chance(0.5)) restock.reason = "counted";
  if (world_.chance(0.3)) restock.version = some_version(restock.item);
  at_some_place(restock);
  return restock;
}

// Nothing: the request names none. The last one is mistyped, and opened now and then.
std::optional<std::string> Workload::some_place() {
  static const std::array<std::string, 5> kPlaces{"main", "annex", "north", "vault", "notrh"};
  if (world_.chance(0.2)) return std::nullopt;
  return kPlaces.at(world_.one_of(world_.chance(0.9) ? kPlaces.size() - 1 : kPlaces.size()));
}

template <class Change>
void Workload::at_some_place(Change& change) {
  if (!has(Part::kPlaces) || world_.chance(0.5)) return;
  change.place = some_place();
  if (world_.chance(0.5)) change.opens = true;
}

// Also of more pieces than are there.
Request Workload::transfer() {
  msg::Transfer transfer{.key = new_key(), .item = some_item(), .quantity = some_pieces(8), .from = some_place()};
  do {
    transfer.to = some_place();
  } while (transfer.to.value_or("main") == transfer.from.value_or("main"));
  if (world_.chance(0.7)) transfer.opens = true;
  if (world_.chance(0.5)) transfer.reason = "nearer";
  if (world_.chance(0.3)) transfer.version = some_version(transfer.item);
  return transfer;
}

// Mostly near the stock that the reference knows, as a count in a shop is.
Request Workload::count() {
  msg::CountStock count{.key = new_key(), .item = some_item()};
  const auto* past = cluster_.judge().reference().item(count.item);
  count.stock = base::Quantity(static_cast<std::int64_t>(world_.one_of(20)));
  if (past && world_.chance(0.7)) {
    const auto off = static_cast<std::int64_t>(world_.one_of(7)) - 3;
    count.stock = std::max(past->states.back().stock + base::Quantity(off), base::Quantity());
  }
  if (world_.chance(0.5)) count.reason = "counted";
  if (world_.chance(0.4)) count.version = some_version(count.item);
  at_some_place(count);
  return count;
}

std::string Workload::some_subscription() { return fmt::format("subscriber-{}", world_.one_of(3)); }

// Some are dropped soon; others live long enough to be acknowledged several times.
Request Workload::subscribe() {
  msg::Subscribe subscribe{.key = new_key(), .name = some_subscription()};
  const auto end = cluster_.judge().reference().durable().value();
  if (world_.chance(0.5)) subscribe.from = base::Seq(1 + world_.random().below(end + 3));
  if (world_.chance(0.3)) subscribe.types = std::vector<std::string>{"order_placed", "stock_moved"};
  subscribe.ttl = static_cast<std::int64_t>(world_.chance(0.4) ? 1 + world_.one_of(100) : 1500 + world_.one_of(3000));
  return subscribe;
}

// Mostly a little ahead of the cursor that the reference knows; also behind it, and beyond the stream.
Request Workload::acknowledge() {
  const auto& reference = cluster_.judge().reference();
  msg::Acknowledge acknowledge{new_key(), some_subscription(), {}};
  const auto end = reference.durable().value();
  const auto* state = reference.subscription_at(acknowledge.name, reference.durable());
  const auto cursor = state ? state->cursor.value() : 0;
  acknowledge.cursor = base::Seq(std::min(cursor + world_.one_of(40), end));
  if (world_.chance(0.2)) acknowledge.cursor = base::Seq(cursor - std::min<std::uint64_t>(cursor, world_.one_of(10)));
  if (world_.chance(0.2)) acknowledge.cursor = base::Seq(end + world_.one_of(30));
  return acknowledge;
}

Request Workload::unsubscribe() { return msg::Unsubscribe{new_key(), some_subscription()}; }

Request Workload::subscriptions() {
  if (world_.chance(0.5)) return msg::ListSubscriptions{};
  return msg::ListSubscriptions{some_subscription()};
}

Request Workload::movements() {
  msg::ListMovements list{.item = some_item()};
  if (world_.chance(0.3)) list.before = some_version(list.item);
  if (world_.chance(0.5)) list.limit = static_cast<std::uint32_t>(1 + world_.one_of(8));
  return list;
}

// The latest durable one, which the writer may have moved beyond, or any.
base::Seq Workload::some_version(base::ItemId item) {
  const auto& reference = cluster_.judge().reference();
  const auto* past = reference.item(item);
  if (!past || world_.chance(0.2)) return base::Seq(1 + world_.random().below(reference.durable().value() + 2));
  return past->states.back().version;
}

Request Workload::price() {
  const auto cents = static_cast<std::int64_t>(400 + 100 * world_.one_of(4));
  msg::ChangePrice change{.key = new_key(), .item = some_item(), .price = base::Cents(cents)};
  if (world_.chance(0.5)) change.version = some_version(change.item);
  return change;
}

// Retired items soon come back, so that most are for sale.
Request Workload::edit() {
  msg::EditItem edit{.key = new_key(), .item = some_item()};
  const auto* past = cluster_.judge().reference().item(edit.item);
  if (past && msg::is_retired(past->states.back()) && world_.chance(0.7)) {
    edit.retired = false;
  } else if (world_.chance(0.3)) {
    edit.retired = world_.chance(0.8);
  }
  if (world_.chance(0.4)) edit.title = world_.chance(0.5) ? some_title() : title_of(1 + world_.one_of(kFirstItems));
  if (!edit.retired || world_.chance(0.3)) edit.topic = topic_of(world_.one_of(3));
  if (world_.chance(0.6)) edit.terms = some_terms();
  if (edit.terms && world_.chance(0.4)) edit.rules = some_rules(*edit.terms);
  if (world_.chance(0.3)) edit.topics = some_topics();
  if (world_.chance(0.2)) edit.description = world_.chance(0.3) ? "" : "It has\nseveral lines";
  if (world_.chance(0.3)) edit.attributes = some_changes();
  if (past && world_.chance(0.5)) edit.low = some_threshold(past->states.back());
  if (world_.chance(0.5)) edit.version = some_version(edit.item);
  return edit;
}

msg::Topics Workload::some_topics() {
  if (world_.chance(0.3)) return {};
  msg::Topics topics{world_.chance(0.5) ? topic_of(world_.one_of(3)) : topic_in_capitals(world_.one_of(3))};
  if (world_.chance(0.3)) topics.push_back("travel");
  return topics;
}

msg::AttributeChanges Workload::some_changes() {
  msg::AttributeChanges changes;
  for (auto count = 1 + world_.one_of(3); count > 0; --count) {
    auto& value = changes[fmt::format("name-{}", world_.one_of(4))];
    if (world_.chance(0.6)) value = fmt::format("value {}", world_.one_of(5));
  }
  return changes;
}

// Near what is available, so that it is soon passed.
base::Quantity Workload::some_threshold(const msg::Item& item) {
  if (world_.chance(0.2)) return msg::kNoLow;
  const auto near = msg::available_of(item).value() + static_cast<std::int64_t>(world_.one_of(7)) - 4;
  return base::Quantity(std::max<std::int64_t>(near, 0));
}

// The rules that the terms have, and perhaps one that leaves.
std::vector<std::string> Workload::some_rules(const msg::Terms& terms) {
  std::vector<std::string> names;
  msg::for_each_field(terms, [&](std::string_view name, const auto& rule) {
    if (rule || world_.chance(0.3)) names.emplace_back(name);
  });
  if (names.empty()) names.emplace_back("per_order");
  return names;
}

// Often none, so that most requests are not refused by them.
msg::Terms Workload::some_terms() {
  msg::Terms terms;
  if (world_.chance(0.4)) return terms;
  const auto now = cluster_.judge().reference().at();
  if (world_.chance(0.3)) terms.per_order = some_pieces(3);
  if (world_.chance(0.7)) {
    terms.per_customer = some_pieces(8);
    terms.window = static_cast<std::int64_t>(1 + world_.one_of(world_.chance(0.5) ? 300 : 3000));
  }
  if (world_.chance(0.4)) terms.from = now + static_cast<std::int64_t>(world_.one_of(200)) - 50;
  if (world_.chance(0.4)) terms.until = terms.from.value_or(now) + static_cast<std::int64_t>(1 + world_.one_of(250));
  return terms;
}

Request Workload::add() {
  msg::AddItems add{.key = new_key()};
  for (std::size_t count = 1 + world_.one_of(2); add.items.size() < count;) {
    ++titles_;
    msg::NewItem item{{}, title_of(titles_), topic_of(titles_), base::Cents(700), base::Quantity(5)};
    if (world_.chance(0.5)) item.title = some_title();
    if (has(Part::kEdits) && world_.chance(0.4)) item.topics = msg::Topics{topic_of(world_.one_of(3))};
    if (has(Part::kEdits) && world_.chance(0.4)) item.attributes = msg::Attributes{{"name-0", "value 0"}};
    if (world_.chance(0.5)) item.id = base::ItemId(5 + world_.one_of(world_.chance(0.3) ? 12 : 2000));
    if (add.items.empty() || item.id != add.items.front().id || !item.id) add.items.push_back(item);
  }
  return add;
}

Request Workload::order() {
  const auto known = cluster_.judge().reference().orders().size();
  return msg::GetOrder{base::OrderNo(1 + world_.random().below(known + 2))};
}

Request Workload::orders() {
  const auto known = cluster_.judge().reference().orders().size();
  msg::ListOrders list;
  if (world_.chance(0.5)) list.customer = some_customer();
  list.after = base::OrderNo(known - std::min<std::uint64_t>(known, world_.one_of(20)));
  if (world_.chance(0.5)) list.limit = static_cast<std::uint32_t>(1 + world_.one_of(8));
  return list;
}

// Mostly around the watermark, where the frontend decides what to show; also from trimmed and untrimmed past and
// future.
Request Workload::events() {
  const auto next = cluster_.judge().reference().durable().next().value();
  const auto back = std::min<std::uint64_t>(next - 1, world_.one_of(20));
  msg::Events events{.from = base::Seq(next - back)};
  if (world_.chance(0.3)) events.from = base::Seq(next + world_.one_of(2));
  if (world_.chance(0.2)) events.from = base::Seq(1 + world_.random().below(next));
  if (world_.chance(0.05)) events.from = base::Seq(next + (world_.chance(0.5) ? 1000 : ~std::uint64_t{0} - next));
  if (world_.chance(0.7)) events.wait = 100;
  if (world_.chance(0.3)) events.bytes = 1;
  return events;
}

Request Workload::again() { return writes_.empty() ? lookup() : some_write(); }

Request Workload::other_with_used_key() {
  if (writes_.empty()) return lookup();
  static constexpr std::array kOthers{&Workload::buy_hot, &Workload::sell, &Workload::restock, &Workload::count,
                                      &Workload::price,   &Workload::add,  &Workload::cancel};
  auto request = (this->*kOthers[world_.one_of(kOthers.size())])();
  std::visit(
      [&](auto& other) {
        if constexpr (requires { other.key; }) other.key = key_of(some_write());
      },
      request);
  return request;
}

Request Workload::same_short_digest() {
  for (auto write = writes_.rbegin(); write != writes_.rend(); ++write) {
    const auto* restock = std::get_if<msg::Restock>(&*write);
    if (restock) return support::add_with_short_digest(restock->key, ledger::short_digest(*restock));
  }
  return lookup();
}

Request Workload::outcome() { return writes_.empty() ? lookup() : msg::Outcome{key_of(some_write())}; }

Request Workload::outcome_of_new_key() { return msg::Outcome{new_key()}; }

}  // namespace sim
