// A frontend core whose clients, replicas and heartbeats may send anything, while the stream goes on. Every request of
// ours must be answered exactly once by its deadline. Afterwards nothing of it may remain. The core must not keep
// connections to instances that are gone.
#include <map>
#include <memory>
#include <set>

#include "frontend/core.h"
#include "msg/credentials.h"
#include "msg/requests.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/blocks.h"

namespace {

constexpr std::array<std::string_view, 19> kTypes{
    msg::Lookup::kType,     msg::Search::kType,      msg::GetOrder::kType,
    msg::ListOrders::kType, msg::PlaceOrder::kType,  msg::Outcome::kType,
    msg::Restock::kType,    msg::AddItems::kType,    msg::ChangePrice::kType,
    msg::Events::kType,     msg::Status::kType,      "nothing",
    msg::EditItem::kType,   msg::CountStock::kType,  msg::ListMovements::kType,
    msg::Subscribe::kType,  msg::Acknowledge::kType, msg::ListSubscriptions::kType,
    msg::Transfer::kType};
constexpr std::array<const char*, 4> kReplicas{"catalog-1", "catalog-2", "order-1", "order-2"};

frontend::Config configured() {
  frontend::Config config;
  config.identity = {.role = msg::Role::kFrontend, .instance = "frontend-1"};
  config.brokers = {support::kBroker};
  config.cache_bytes = 4096;
  return config;
}

class World {
 public:
  explicit World(fuzz::Steps steps) : steps_(steps) {
    stream_.block({support::item_added(1), support::item_added(2)});
    stream_.block({support::appointed("order-1")});
    start();
  }

  void run() {
    while (!steps_.done() && !out_.stopped()) {
      step();
      settle();
    }
    if (out_.stopped()) return;  // the broker sent something that no follower can apply
    pass(kTtlMs + 100);
    for (const auto& [id, answers] : answers_) CHECK(answers == 1, "request {} has {} answers", id, answers);
    nothing_is_left();
    no_read_waits_for_the_past();
  }

 private:
  static constexpr int kTtlMs = 500;

  void start() {
    beat();
    for (const auto* name : kReplicas) hear_replica(name, fmt::format("tcp://{}", name));
    tick();
    grant();
  }

  void step() {
    switch (steps_.byte() % 14) {
      case 0:
        return edge_.on_request({"stranger"}, steps_.bytes(), {now(), out_});
      case 1:
        return ask(kTypes[steps_.byte() % kTypes.size()], steps_.bytes());
      case 2:
        return ask(msg::Lookup{base::ItemId(1 + steps_.byte() % 3), {}});
      case 3:
        return ask(msg::PlaceOrder{"key", msg::OrderType::kBuy, {}, {{base::ItemId(1), base::Quantity(1), {}}}});
      case 4:
        return ask(msg::Events{base::Seq(steps_.byte()), {}, steps_.byte()});
      case 5:
        return reply(steps_.bytes());
      case 6:
        return refuse();
      case 7:
        return reply(valid_body());
      case 8:
        return edge_.on_reply("tcp://catalog-1", steps_.bytes(), {now(), out_});
      case 9:
        return publish();
      case 10:
        return pass(10 * (steps_.byte() % 64));
      case 11:
        return grant();
      case 12:
        return hear_anything();
      default:
        return edge_.on_published(fuzz::kTopics[steps_.byte() % 2], steps_.bytes(), {now(), out_});
    }
  }

  template <class Request>
  void ask(const Request& request) {
    ask(Request::kType, msg::encoded(request));
  }

  void ask(std::string_view type, std::string_view body) {
    msg::Header header;
    header.t = type;
    header.id = 1 + answers_.size();
    header.ttl = kTtlMs;
    const auto options = steps_.byte();
    if (options & 1) header.stale_ok = 1000;
    if (options & 2) header.fresh = true;
    if (options & 4) header.trace = true;
    if (options & 128) header.token = msg::Blob{std::string(steps_.bytes())};
    if (!fuzz::is_one_value(body)) return;
    answers_[header.id] = 0;
    if (type == msg::Lookup::kType || type == msg::Search::kType) reads_.emplace(type, body);
    base::Bytes frame;
    msg::append_message(frame, header, body);
    edge_.on_request({fmt::format("client-{}", options % 3)}, frame, {now(), out_});
  }

  // The id of one of the last messages that the core sent, or an id beside it, as from a faulty replica.
  std::uint64_t pick() {
    const std::size_t place = steps_.byte();
    if (sent_.empty()) return 0;
    return sent_[sent_.size() - 1 - place % 8 % sent_.size()] + (place >> 6 == 3 ? 1U : 0U);
  }

  void reply(std::string_view body) {
    base::Bytes frame;
    const auto id = pick();
    msg::append_message(frame, msg::reply_header(id, base::Seq(steps_.byte() % 8)), body);
    edge_.on_reply("tcp://catalog-1", frame, {now(), out_});
  }

  std::string valid_body() {
    const msg::Item item{base::ItemId(1), "title", "topic", base::Cents(1), base::Quantity(1), base::Seq(2)};
    const auto kind = steps_.byte();
    if (kind % 16 == 15) return credential();
    switch (kind % 4) {
      case 0:
        return msg::encoded(msg::ItemReply{item});
      case 1:
        return msg::encoded(msg::ItemsReply{{item}, {}});
      case 2:
        return msg::encoded(msg::OutcomeReply{static_cast<msg::OutcomeKind>(steps_.byte() % 3), base::Seq(3), {}});
      default:
        return msg::encoded(stream_.replay(1, stream_.size()));
    }
  }

  std::string credential() {
    msg::CredentialReply reply;
    reply.credential.role = static_cast<msg::ClientRole>(steps_.byte() % msg::kWordCount<msg::ClientRole>);
    return msg::encoded(reply);
  }

  void refuse() {
    const auto id = pick();
    const auto code = static_cast<msg::Code>(steps_.byte() % msg::kWordCount<msg::Code>);
    base::Bytes frame;
    msg::append_refusal(frame, id, base::Seq(steps_.byte() % 8), {.code = code, .message = "because"});
    edge_.on_reply("tcp://catalog-1", frame, {now(), out_});
  }

  void publish() {
    stream_.block({support::stock_moved(1 + steps_.byte() % 2, 1, static_cast<std::int64_t>(stream_.size()))});
    const auto marked = steps_.byte() % 4 == 0 ? base::Seq(3) : stream_.commit();
    edge_.on_published(msg::kBlockTopic, stream_.published(stream_.size(), marked), {now(), out_});
  }

  void beat() {
    auto beat = stream_.beat(stream_.commit());
    beat.leader->epoch = base::Epoch(4);
    beat.leader->writer = "order-1";
    hear(beat);
  }

  // A message that the broker relays from others. It is never a heartbeat with leadership.
  void hear_anything() {
    const auto kind = steps_.byte();
    if (kind % 4 == 0) return beat();
    if (kind % 4 == 1) return hear_replica(kReplicas[(kind >> 2) % 4], std::string(steps_.bytes()));
    const auto payload = steps_.bytes();
    const auto heard = msg::decode<msg::Heartbeat>(payload);
    if (heard && (heard->role == msg::Role::kBroker || heard->leader)) return;
    if (heard) instances_.insert(heard->instance);
    edge_.on_published(msg::kHeartbeatTopic, payload, {now(), out_});
  }

  void hear_replica(const std::string& name, std::string endpoint) {
    msg::Heartbeat beat;
    beat.role = name[0] == 'c' ? msg::Role::kCatalog : msg::Role::kOrder;
    beat.instance = name;
    beat.tcp = std::move(endpoint);
    beat.state = msg::State::kLive;
    hear(beat);
  }

  void hear(const msg::Heartbeat& beat) {
    instances_.insert(beat.instance);
    edge_.on_published(msg::kHeartbeatTopic, msg::encoded(beat), {now(), out_});
    settle();
  }

  void grant() {
    base::Bytes frame;
    const msg::LeaseReply lease{base::Term(1), stream_.commit(), 500};
    msg::append_message(frame, msg::reply_header(lease_id_, {}), lease);
    edge_.on_reply(support::kBroker, frame, {now(), out_});
    settle();
  }

  void pass(int ms) {
    for (const int until = ms_ + ms; ms_ < until; ms_ += 10) tick();
  }

  void tick() {
    edge_.on_tick({now(), out_});
    settle();
  }

  void settle() {
    edge_.on_settled({now(), out_});
    for (const auto& each : out_.publications()) last_beat_ = msg::decode<msg::Heartbeat>(each.payload).value();
    for (const auto& endpoint : out_.hang_ups()) hang_ups_.push_back(endpoint);
    fuzz::collect(
        out_, [&](const base::ClientId& to, const msg::Message& message) { on_answer(to, message.header.id); },
        [&](const base::Endpoint& to, const msg::Message& message) { on_sent(to, message.header); });
    for (const auto& endpoint : std::exchange(hang_ups_, {})) dialled_.erase(endpoint);
    // One instance may have two endpoints while requests at the old one wait for answers.
    CHECK(dialled_.size() <= instances_.size() + 1, "{} connections to {} instances", dialled_.size(),
          instances_.size());
  }

  void on_answer(const base::ClientId& to, std::uint64_t id) {
    if (to.routing == "stranger") return;
    ++answered_;
    ++answers_.at(id);
  }

  void on_sent(const base::Endpoint& to, const msg::Header& header) {
    dialled_.insert(to);
    if (header.t == msg::LeaseRequest::kType) lease_id_ = header.id;
    if (header.t != msg::LeaseRequest::kType && header.t != msg::Ack::kType) sent_.push_back(header.id);
  }

  std::uint64_t counter(std::string_view name) const {
    for (const auto& each : last_beat_.counters) {
      if (each.name == name) return each.value;
    }
    return 0;
  }

  void nothing_is_left() {
    ms_ += static_cast<int>(msg::kTtlMaxMs);  // the longest `ttl` that a stranger's request may have
    pass(100);
    CHECK(counter("under_way") == 0, "{} requests never end", counter("under_way"));
    CHECK(counter("gate_held_now") == 0 && counter("cache_bytes") <= configured().cache_bytes);
  }

  // Nothing is under way, so the core must answer every read or send it on.
  void no_read_waits_for_the_past() {
    start();
    const msg::Mark all{base::Term(1), base::Seq(UINT64_MAX), stream_.commit()};  // the gate holds nothing back
    edge_.on_published(msg::kMarkTopic, msg::encoded(all), {now(), out_});
    for (const auto& [type, body] : std::exchange(reads_, {})) {
      const auto before = sent_.size() + answered_;
      ask(type, body);
      settle();
      CHECK(sent_.size() + answered_ > before, "a repeated {} is neither answered nor sent on", type);
    }
  }

  base::Now now() const { return support::at(ms_); }

  fuzz::Steps steps_;
  support::Stream stream_;
  frontend::Core edge_{configured()};
  base::Outbox out_;
  int ms_ = 0;
  std::uint64_t lease_id_ = 0;
  std::vector<std::uint64_t> sent_;
  std::map<std::uint64_t, int> answers_;
  std::set<std::pair<std::string, std::string>> reads_;
  std::set<std::string> instances_;
  std::set<base::Endpoint> dialled_;
  std::vector<base::Endpoint> hang_ups_;
  std::size_t answered_ = 0;
  msg::Heartbeat last_beat_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  World(fuzz::Steps(data, size)).run();
  return 0;
}
