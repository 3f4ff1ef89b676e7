// A deciding order core. Its clients may send anything, its broker loses appends and answers, and it crashes. Clients
// repeat keys, also for other kinds of request and for requests that were made to have the same short digest; some keys
// are as views of format 2 kept them. Every answer must belong to its request. Another replica follows the same stream
// and must reach the same digest (G5). The ledger's own CHECKs guard the rest (G1, G3).
#include <functional>
#include <map>
#include <memory>
#include <set>

#include "ledger/command.h"
#include "msg/codec.h"
#include "msg/requests.h"
#include "msg/well_formed.h"
#include "order/core.h"
#include "tests/fuzz/fuzz.h"
#include "tests/order/memory_store.h"
#include "tests/support/collide.h"

namespace {

using base::Cents;
using base::Epoch;
using base::Incarnation;
using base::ItemId;
using base::ProducerNo;
using base::Quantity;
using base::Seq;

const base::Endpoint kBroker = "tcp://broker";
constexpr std::array<std::string_view, 23> kTypes{
    msg::PlaceOrder::kType,  msg::AddItems::kType,          msg::ChangePrice::kType, msg::Restock::kType,
    msg::Outcome::kType,     msg::GetOrder::kType,          msg::ListOrders::kType,  "lookup",
    msg::Cancel::kType,      msg::PlaceHold::kType,         msg::ConfirmHold::kType, msg::ExtendHold::kType,
    msg::ReleaseHold::kType, msg::GetHold::kType,           msg::ListHolds::kType,   msg::EditItem::kType,
    msg::CountStock::kType,  msg::ListMovements::kType,     msg::Subscribe::kType,   msg::Acknowledge::kType,
    msg::Unsubscribe::kType, msg::ListSubscriptions::kType, msg::Transfer::kType};

struct Replica {
  explicit Replica(std::string name) : instance(std::move(name)) { start(); }
  void start() {
    order::Config config;
    config.replica.identity.role = msg::Role::kOrder;
    config.replica.identity.instance = instance;
    config.replica.identity.incarnation = incarnation = incarnation.next();
    config.replica.brokers = {kBroker};
    core = std::make_unique<order::Core>(config, store);
  }
  std::string instance;
  Incarnation incarnation;
  order::MemoryStore store;
  std::unique_ptr<order::Core> core;
};

// The stream as a broker keeps it. It takes appends of the present epoch in the order of their producer numbers.
class Broker {
 public:
  void control(msg::Event event) {
    const bool appoints = std::holds_alternative<msg::WriterAppointed>(event.what);
    if (appoints) epoch_ = base::epoch_of(last_.next());
    if (appoints) producer_ = taken_ = {};
    queue_.clear();
    block(msg::encoded(event), 1);
  }
  // Returns the broker's refusal, if it refuses the append.
  std::optional<msg::Refusal> take(const msg::Append& append) {
    CHECK(append.count > 0 && append.count <= msg::kBlockEventsMax && append.producer);
    const auto events = msg::decode_events(append.events.bytes, append.count);
    CHECK(events, "an append does not hold `count` events");
    for (const auto& event : *events) CHECK(!msg::fault_of_appended(event), "a broker refuses what the writer decided");
    if (append.epoch != epoch_) return msg::Refusal{.code = msg::Code::kFenced};
    if (append.producer > taken_.next()) return msg::Refusal{.code = msg::Code::kSkipped, .expected = taken_.next()};
    if (append.producer == taken_.next()) queue_.push_back(append), taken_ = append.producer;
    return std::nullopt;
  }
  void commit() {
    if (queue_.empty()) return;
    producer_ = queue_.front().producer;
    block(queue_.front().events.bytes, queue_.front().count);
    queue_.erase(queue_.begin());
  }
  // Drops the appends that are accepted and not durable, as a crash does.
  void restart() {
    term_ = term_.next();
    queue_.clear();
    taken_ = producer_;
  }
  msg::Heartbeat beat() const {
    msg::Heartbeat beat;
    beat.role = msg::Role::kBroker;
    beat.instance = "broker-1";
    beat.store = "store-1";
    beat.tcp = kBroker;
    beat.leader = msg::Leadership{.term = term_, .commit = last_, .epoch = epoch_, .producer = producer_};
    return beat;
  }
  const std::vector<base::Bytes>& blocks() const { return blocks_; }
  Seq last() const { return last_; }

 private:
  void block(const std::string& events, std::uint32_t count) {
    msg::Block block{.no = base::BlockNo(blocks_.size() + 1), .first = last_.next(), .count = count, .term = term_};
    block.epoch = epoch_;
    block.producer = producer_;
    block.prev.bytes = hash_;
    block.events.bytes = events;
    blocks_.push_back(msg::encode_block(block));
    hash_ = block.hash.bytes;
    last_ = block.last();
  }

  base::Term term_{1};
  Epoch epoch_;
  ProducerNo taken_;
  ProducerNo producer_;
  Seq last_;
  msg::Hash hash_ = msg::no_hash();
  std::vector<msg::Append> queue_;
  std::vector<base::Bytes> blocks_;
};

class World {
 public:
  explicit World(fuzz::Steps steps) : steps_(steps) {
    broker_.control({0, msg::StoreCreated{"store-1"}});
    broker_.control({0, msg::WriterAppointed{"order-1", writer_.incarnation}});
    tell();
  }

  void run() {
    while (!steps_.done() && !out_.stopped()) step();
    if (out_.stopped()) return;  // the broker sent something that no replica can apply
    level();
    const auto& digest = writer_.core->digest();
    CHECK(digest.seq == broker_.last() && digest.items == follower_.core->digest().items &&
              digest.orders == follower_.core->digest().orders,
          "two replicas at seq {} differ", digest.seq);
  }

 private:
  void step() {
    switch (steps_.byte() % 12) {
      case 0:
        return told([&](order::Core& core) { core.on_request({"stranger"}, steps_.bytes(), {now_, out_}); });
      case 1: {
        const auto type = kTypes[steps_.byte() % kTypes.size()];
        return ask(type, steps_.bytes());
      }
      case 2:
      case 3:
        return command();
      case 4:
        broker_.commit();
        return tell();
      case 5:
        broker_.commit();  // the publication is lost
        return;
      case 6:
        now_.mono += std::chrono::milliseconds(10 * steps_.byte());
        now_.wall += static_cast<std::int64_t>(steps_.byte()) - 100;
        return told([&](order::Core& core) { core.on_tick({now_, out_}); });
      case 7:
        return beat();
      case 8:
        return appoint_or_crash();
      case 9:
        return told([&](order::Core& core) { core.on_reply(kBroker, steps_.bytes(), {now_, out_}); });
      case 10: {
        // Not kHeartbeatTopic: a replica believes the leader's heartbeat.
        const auto topic = fuzz::kTopics[steps_.byte() % 2];
        return told([&](order::Core& core) { core.on_published(topic, steps_.bytes(), {now_, out_}); });
      }
      default:
        return another_way();
    }
  }

  void another_way() {
    const auto what = steps_.byte() % 8;
    lossy_ = what % 4 == 0;
    if (what == 6) writer_.store.format_2 = !writer_.store.format_2;
    if (what != 5) return;
    const auto used = short_digests_.find(fmt::format("key-{}", steps_.byte() % 16));
    if (used != short_digests_.end()) ask(support::add_with_short_digest(used->first, used->second));
  }

  // Few keys, few items and small numbers, so that commands often concern the same ones.
  void command() {
    const auto kind = steps_.byte() % 13;
    const auto key = fmt::format("key-{}", steps_.byte() % 16);
    const ItemId item(1 + steps_.byte() % 4);
    const auto number = static_cast<std::int8_t>(steps_.byte());
    const auto type = number % 3 == 0 ? msg::OrderType::kSell : msg::OrderType::kBuy;
    if (kind == 0) return ask(msg::AddItems{key, {{{}, "t", "t", Cents(1), Quantity(5)}, {item, "t", "t", {}, {}}}});
    if (kind == 1) return ask(msg::PlaceOrder{key, type, {}, {{item, Quantity(number), {}}}});
    if (kind == 2) {
      return ask(msg::PlaceOrder{key, type, "ann", {{item, Quantity(number), Cents(1)}, {item, Quantity(2), {}}}});
    }
    const auto version = number % 4 == 0 ? std::optional(base::Seq(static_cast<std::uint8_t>(number))) : std::nullopt;
    if (kind == 3) return ask(msg::ChangePrice{key, item, Cents(number), version});
    if (kind == 4) return ask(msg::Restock{key, item, Quantity(number), {}, version});
    if (kind == 5) {
      const base::OrderNo no(steps_.byte());
      if (number % 2 == 0) return ask(msg::GetOrder{no});
      msg::Cancel cancel{key, base::OrderNo(no.value() % 8), {}, {}, {}};
      if (number > 0) cancel.lines = {{item, Quantity(number)}};
      return ask(cancel);
    }
    if (kind == 6) return about_a_hold(key, item, Quantity(number));
    if (kind == 9) return ask(msg::CountStock{key, item, Quantity(number), {}, version});
    if (kind == 10) return ask(msg::ListMovements{item, version, static_cast<std::uint8_t>(number)});
    if (kind == 11) return at_places(key, item, Quantity(number), version);
    if (kind == 12) return about_a_subscription(key, static_cast<std::uint8_t>(number));
    if (kind == 8) return edit(key, item, static_cast<std::uint8_t>(number), version);
    ask(msg::Outcome{key});
  }

  std::optional<std::string> some_place() {
    static const std::array<std::optional<std::string>, 4> kPlaces{std::nullopt, "main", "annex", "north"};
    return kPlaces[steps_.byte() % kPlaces.size()];
  }

  void at_places(const std::string& key, ItemId item, Quantity number, std::optional<base::Seq> version) {
    const auto place = some_place();
    const bool opens = steps_.byte() % 2 == 0;
    const auto kind = steps_.byte() % 4;
    if (kind == 0) return ask(msg::Restock{key, item, number, {}, version, place, opens});
    if (kind == 1) return ask(msg::CountStock{key, item, number, {}, version, place, opens});
    if (kind == 2) return ask(msg::Transfer{key, item, number, place, some_place(), {}, version, opens});
    ask(msg::PlaceOrder{key, {}, "ann", {{item, number, {}, place}, {item, Quantity(2), {}, some_place()}}});
  }

  void about_a_subscription(const std::string& key, unsigned what) {
    const std::string name(1 + what % 2, 'n');
    const base::Seq seq(steps_.byte());
    switch (what / 2 % 4) {
      case 0:
        return ask(msg::Subscribe{key, name, what % 8 < 4 ? std::optional(seq) : std::nullopt, {}, steps_.byte()});
      case 1:
        return ask(msg::Acknowledge{key, name, seq});
      case 2:
        return ask(msg::Unsubscribe{key, name});
      default:
        return ask(msg::ListSubscriptions{});
    }
  }

  void edit(const std::string& key, ItemId item, unsigned what, std::optional<base::Seq> version) {
    msg::EditItem edit{.key = key, .item = item, .version = version};
    if ((what & 1) != 0) edit.title = std::string(what % 8, 't');
    if ((what & 2) != 0) edit.topic = std::string(what % 8, 'u');
    if ((what & 4) != 0) edit.retired = (what & 8) != 0;
    if ((what & 16) != 0) edit.terms = some_terms();
    if ((what & 32) != 0) edit.rules = some_names({"per_order", "window", "until", "else"});
    if ((what & 64) != 0) edit.topics = some_names({"a", "b", "", "a"});
    if ((what & 128) != 0) edit_details(edit);
    if ((what & 12) == 12) edit.low = Quantity(steps_.byte() % 8 - 2);
    ask(edit);
  }

  std::vector<std::string> some_names(const std::vector<std::string>& all) {
    std::vector<std::string> some;
    const auto which = steps_.byte();
    for (std::size_t i = 0; i < all.size(); ++i) {
      if ((which >> i & 1) != 0) some.push_back(all[i]);
    }
    return some;
  }

  void edit_details(msg::EditItem& edit) {
    const auto which = steps_.byte();
    if ((which & 1) != 0) edit.description = std::string(which % 8, '\n');
    edit.attributes.emplace();
    for (const auto& name : some_names({"a", "b", "", "c"})) {
      auto& value = (*edit.attributes)[name];
      if ((which & 2) != 0) value = std::string(which % 4, 'v');
    }
  }

  msg::Terms some_terms() {
    msg::Terms terms;
    const auto which = steps_.byte();
    if ((which & 1) != 0) terms.per_order = Quantity(steps_.byte() % 4);
    if ((which & 2) != 0) terms.per_customer = Quantity(steps_.byte() % 4);
    if ((which & 4) != 0) terms.window = steps_.byte();
    if ((which & 8) != 0) terms.from = now_.wall + static_cast<std::int8_t>(steps_.byte());
    if ((which & 16) != 0) terms.until = now_.wall + static_cast<std::int8_t>(steps_.byte());
    return terms;
  }

  void about_a_hold(const std::string& key, ItemId item, Quantity quantity) {
    const base::HoldNo hold(steps_.byte() % 8);
    const std::uint32_t ttl = steps_.byte();
    switch (steps_.byte() % 6) {
      case 0:
        return ask(msg::ConfirmHold{key, hold, {}});
      case 1:
        return ask(msg::ConfirmHold{key, hold, {{{item, quantity}}}});
      case 2:
        return ask(msg::ExtendHold{key, hold, ttl});
      case 3:
        return ask(msg::ReleaseHold{key, hold});
      case 4:
        return hold ? ask(msg::GetHold{hold}) : ask(msg::ListHolds{});
      default:
        return ask(msg::PlaceHold{key, {}, {{item, quantity, {}}}, ttl});
    }
  }

  template <class Request>
  void ask(const Request& request) {
    if constexpr (requires { ledger::short_digest(request); }) {
      short_digests_.emplace(request.key, ledger::short_digest(request));
    }
    readers_[asked_ + 1] = [](std::string_view body) { return msg::decode<typename Request::Reply>(body).has_value(); };
    ask(Request::kType, msg::encoded(request));
  }

  void ask(std::string_view type, std::string_view body) {
    const auto frame = fuzz::request(type, ++asked_, body);
    const auto* from = fuzz::is_one_value(body) ? "client" : "stranger";
    told([&](order::Core& core) { core.on_request({from}, frame, {now_, out_}); });
  }

  void appoint_or_crash() {
    const auto what = steps_.byte() % 4;
    if (what == 0) broker_.control({0, msg::WriterAppointed{"order-9", {}}});
    if (what == 1) broker_.control({0, msg::WriterAppointed{"order-1", writer_.incarnation}});
    if (what == 2) broker_.restart();
    if (what == 3) {
      writer_.store.crash();
      writer_.start();
      seen_ = writer_.core->position().block.value();
      answered_.clear();
    }
    tell();
  }

  void beat() {
    const auto payload = msg::encoded(broker_.beat());
    told([&](order::Core& core) { core.on_published(msg::kHeartbeatTopic, payload, {now_, out_}); });
  }

  // Publishes to the writer the blocks that it has not seen.
  void tell() {
    while (seen_ < broker_.blocks().size()) {
      const auto& block = broker_.blocks()[seen_++];
      told([&](order::Core& core) { core.on_published(msg::kBlockTopic, block, {now_, out_}); });
    }
  }

  void level() {
    tell();
    for (const auto& block : broker_.blocks()) follower_.core->on_published(msg::kBlockTopic, block, {now_, out_});
    out_.clear();
    CHECK(follower_.core->position().applied == broker_.last());
  }

  void told(const std::function<void(order::Core&)>& step) {
    step(*writer_.core);
    writer_.core->on_settled({now_, out_});
    base::Bytes refusals;
    fuzz::collect(
        out_, [&](const base::ClientId& to, const msg::Message& message) { judge(to, message); },
        [&](const base::Endpoint&, const msg::Message& message) { to_broker(message, refusals); });
    if (!refusals.empty()) told([&](order::Core& core) { core.on_reply(kBroker, refusals, {now_, out_}); });
  }

  void judge(const base::ClientId& to, const msg::Message& message) {
    const auto& header = message.header;
    const bool ours = to.routing == "client";  // a stranger may repeat its ids
    CHECK(!ours || answered_.insert(header.id).second, "request {} is answered twice", header.id);
    const auto reader = readers_.find(header.id);
    CHECK(!ours || header.err || reader == readers_.end() || reader->second(message.body),
          "request {} got the answer to a request of another kind", header.id);
    if (header.seq) CHECK(*header.seq <= broker_.last(), "an answer reveals an event that is not committed");
  }

  void to_broker(const msg::Message& message, base::Bytes& refusals) {
    const auto append = msg::decode<msg::Append>(message.body);
    if (message.header.t != msg::Append::kType || lossy_) return;
    CHECK(append, "{}", append.error().message);
    const auto refusal = broker_.take(*append);
    if (refusal) msg::append_refusal(refusals, message.header.id, broker_.last(), *refusal);
  }

  fuzz::Steps steps_;
  Broker broker_;
  Replica writer_{"order-1"};
  Replica follower_{"order-2"};
  std::size_t seen_ = 0;
  bool lossy_ = false;
  std::uint64_t asked_ = 0;
  std::set<std::uint64_t> answered_;
  std::map<std::uint64_t, std::function<bool(std::string_view body)>> readers_;  // decode the answer, by request
  std::map<std::string, std::uint64_t> short_digests_;                           // by key, of its first request
  base::Now now_{base::Mono(std::chrono::hours(1)), 1'000'000};
  base::Outbox out_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  World(fuzz::Steps(data, size)).run();
  return 0;
}
