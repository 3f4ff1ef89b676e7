// A frontend's core with a scripted broker and scripted replicas, for its tests.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "frontend/core.h"
#include "frontend/mirror.h"
#include "msg/requests.h"
#include "tests/support/blocks.h"

namespace edge_test {

using support::at;
using support::kBroker;

const base::Endpoint kCatalog1 = "tcp://catalog-1";
const base::Endpoint kCatalog2 = "tcp://catalog-2";
const base::Endpoint kOrder1 = "tcp://order-1";
const base::Endpoint kOrder2 = "tcp://order-2";

struct Sent {
  base::Endpoint to;
  msg::Header header;
  base::Bytes body;
};

class EdgeTest : public testing::Test {
 protected:
  EdgeTest() {
    stream.block({support::item_added(1), support::item_added(2)});  // seq 2, 3
    stream.block({support::appointed("order-1")});                   // seq 4
    make();
  }

  void make(bool gate = true, std::size_t cache_items = 0) {
    edge = std::make_unique<frontend::Core>(
        frontend::Config{.identity = {.role = msg::Role::kFrontend, .instance = "frontend-1", .host = "here"},
                         .brokers = {kBroker},
                         .pace = {.counters = {}},  // in every heartbeat
                         .cache_items = cache_items,
                         .gate = gate,
                         .anonymous = anonymous,
                         .client_rate = client_rate,
                         .client_burst = client_burst,
                         .keys = keys,
                         .mirror = mirror});
  }

  // The usual start: a broker, two catalog replicas, two order replicas, a lease.
  void start() {
    hear_all(0);
    tick(0);
    grant(0);
    sent.clear();
  }

  void hear_all(int ms) {
    auto beat = stream.beat(stream.commit());
    beat.leader->epoch = base::Epoch(4);
    beat.leader->writer = "order-1";
    hear(beat, ms);
    for (const auto* name : {"catalog-1", "catalog-2", "order-1", "order-2"}) hear_replica(name, ms);
  }

  void hear_replica(const std::string& name, int ms) {
    msg::Heartbeat beat;
    beat.role = name[0] == 'c' ? msg::Role::kCatalog : msg::Role::kOrder;
    beat.instance = name;
    beat.tcp = "tcp://" + name;
    beat.state = msg::State::kLive;
    hear(beat, ms);
  }

  void hear(const msg::Heartbeat& beat, int ms) {
    edge->on_published("H", msg::encoded(beat), {at(ms), out});
    collect(ms);
  }

  void tick(int ms) {
    edge->on_tick({at(ms), out});
    collect(ms);
  }

  // Answers the last lease request.
  void grant(int ms) {
    msg::Header header = msg::reply_header(lease_id, {});
    base::Bytes frame;
    msg::append_message(frame, header, msg::LeaseReply{base::Term(1), stream.commit(), 500});
    edge->on_reply(kBroker, frame, {at(ms), out});
    collect(ms);
  }

  void publish(const std::vector<msg::Event>& events, int ms, base::Seq mark = {}) {
    stream.block(events);
    edge->on_published("B", stream.published(stream.size(), mark), {at(ms), out});
    collect(ms);
  }

  void mark(std::uint64_t seq, int ms) {
    edge->on_published("M", msg::encoded(msg::Mark{base::Term(1), base::Seq(seq), stream.commit()}), {at(ms), out});
    collect(ms);
  }

  template <class Request>
  void ask(std::uint64_t id, const Request& request, int ms, msg::Header header = {}) {
    ask_as("client", id, request, ms, std::move(header));
  }
  // `peer`: the routing id of the client's connection.
  template <class Request>
  void ask_as(const std::string& peer, std::uint64_t id, const Request& request, int ms, msg::Header header = {}) {
    header.id = id;
    base::Bytes frame;
    msg::append_request(frame, header, request);
    edge->on_request({peer, false}, frame, {at(ms), out});
    collect(ms);
  }

  void lookup(std::uint64_t id, std::uint64_t item, int ms, msg::Header header = {}) {
    ask(id, msg::Lookup{base::ItemId(item), {}}, ms, header);
  }

  void buy(std::uint64_t id, const std::string& key, int ms) {
    ask(id, msg::PlaceOrder{key, msg::OrderType::kBuy, {}, {{base::ItemId(1), base::Quantity(1), {}}}}, ms);
  }

  // Answers the message that was sent as number `index` with the item at this stock and version.
  void tell_item(std::size_t index, std::int64_t stock, std::uint64_t version, int ms) {
    const auto& request = sent.at(index);
    base::Bytes frame;
    msg::append_message(frame, msg::reply_header(request.header, base::Seq(version)),
                        msg::ItemReply{{base::ItemId(1), "title 1", "topic", base::Cents(100), base::Quantity(stock),
                                        base::Seq(version)}});
    edge->on_reply(request.to, frame, {at(ms), out});
    collect(ms);
  }

  void tell_outcome(std::size_t index, msg::OutcomeKind kind, std::uint64_t seq, int ms) {
    base::Bytes frame;
    msg::append_message(frame, msg::reply_header(sent.at(index).header.id, base::Seq(seq)),
                        msg::OutcomeReply{kind, base::Seq(seq), {}});
    edge->on_reply(sent[index].to, frame, {at(ms), out});
    collect(ms);
  }

  void refuse(std::size_t index, msg::Code code, std::uint64_t reveals, int ms) {
    base::Bytes frame;
    msg::append_refusal(frame, sent.at(index).header.id, base::Seq(reveals), {.code = code, .message = "no"});
    edge->on_reply(sent[index].to, frame, {at(ms), out});
    collect(ms);
  }

  void collect(int ms) {
    edge->on_settled({at(ms), out});
    for (const auto& [to, frames] : out.sends()) {
      for (const auto& message : support::messages(frames)) {
        if (message.header.t == "lease") {
          lease_id = message.header.id;
          released = msg::decode<msg::LeaseRequest>(message.body)->release.value_or(false);
        } else if (message.header.t == "ack") {
          acknowledged = msg::decode<msg::Ack>(message.body)->applied;
        } else {
          sent.push_back({to, message.header, base::Bytes(message.body)});
        }
      }
    }
    for (const auto& [to, frames] : out.replies()) {
      for (const auto& message : support::messages(frames)) {
        answers.push_back(describe(message));
        last_version = message.header.v;
        last_spans = message.header.spans.value_or(std::vector<msg::Span>{});
        last_body = message.body;
      }
    }
    for (const auto& publication : out.publications()) {
      if (publication.topic == "H") own = msg::decode<msg::Heartbeat>(publication.payload).value();
    }
    for (const auto& endpoint : out.follows()) followed.push_back(endpoint);
    out.clear();
  }
  // A counter of the last heartbeat; nothing if the heartbeat lacks it.
  std::optional<std::uint64_t> counter(const std::string& name) const {
    for (const auto& each : own->counters) {
      if (each.name == name) return each.value;
    }
    return std::nullopt;
  }

  static std::string describe(const msg::Message& message) {
    auto text = fmt::format("{}:", message.header.id);
    if (message.header.err) return text + *message.header.err;
    if (const auto item = msg::decode<msg::ItemReply>(message.body)) {
      text += fmt::format("stock {}", item->item.stock);
    } else {
      text += "ok";
    }
    return message.header.stale_ms ? text + fmt::format(" stale {}", *message.header.stale_ms) : text;
  }

  std::vector<std::string> take_answers() { return std::exchange(answers, {}); }
  using Answers = std::vector<std::string>;

  // Of the next make().
  msg::Anonymous anonymous = msg::Anonymous::kAll;
  std::uint32_t client_rate = 0;
  std::uint32_t client_burst = 0;
  bool keys = false;
  std::shared_ptr<frontend::Mirror> mirror;  // null unless make() comes after it was set
  support::Stream stream;
  std::unique_ptr<frontend::Core> edge;
  base::Outbox out;
  std::uint64_t lease_id = 0;
  base::Seq acknowledged;
  bool released = false;
  std::optional<msg::Heartbeat> own;  // the last heartbeat that it published
  std::vector<base::Endpoint> followed;
  std::vector<Sent> sent;
  Answers answers;
  base::Bytes last_body;
  std::uint32_t last_version = 0;
  std::vector<msg::Span> last_spans;
};

}  // namespace edge_test
