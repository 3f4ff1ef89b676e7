// A writer for tests, and a broker that commits what it is sent when the test says so.
#pragma once

#include "order/writer.h"
#include "tests/order/memory_store.h"
#include "tests/order/words.h"

namespace order {

using base::Seq;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class WriterTest : public ::testing::Test {
 protected:
  WriterTest() {
    appoint();
    given(1, 5);
  }

  void given(std::uint64_t item, std::int64_t stock) {
    when(add(fmt::format("given-{}", item), item, stock));
    commit();
    answers(out);
  }
  void appoint(const std::string& instance = "order-1", std::uint64_t incarnation = 11) {
    epoch = base::epoch_of(seq.next());
    producer = {};
    apply({msg::Event{0, msg::WriterAppointed{instance, base::Incarnation(incarnation)}}});
  }
  // Requests are numbered 1, 2, 3, ... in each test.
  template <class Request>
  void when(Request request, bool trace = false) {
    const bool given = request.key.rfind("given", 0) == 0;
    writer.on_command({{"frontend", false}, given ? 0 : ++asked, now.mono, trace, by, {}}, request, {now, out});
  }
  void settle() {
    writer.on_settled("broker", {now, out});
    for (auto& sent : appends(out)) {
      last_id = sent.id;
      wire.push_back(std::move(sent.append));
    }
  }
  // The first appends on the wire become one block, as a broker does it: repeats and gaps are left out.
  void commit(std::size_t most = SIZE_MAX) {
    settle();
    std::vector<msg::Event> events;
    const auto end = wire.begin() + static_cast<std::ptrdiff_t>(std::min(most, wire.size()));
    for (auto at = wire.begin(); at != end; ++at) {
      const auto& append = *at;
      if (append.epoch != epoch || append.producer != producer.next()) continue;
      producer = append.producer;
      for (auto& event : events_of(append)) events.push_back(std::move(event));
    }
    wire.erase(wire.begin(), end);
    if (!events.empty()) apply(events);
  }
  void apply(const std::vector<msg::Event>& events) {
    msg::Block block;
    block.first = seq.next();
    block.count = static_cast<std::uint32_t>(events.size());
    block.epoch = epoch;
    block.producer = producer;
    for (const auto& event : events) evolve(event);
    writer.on_block(block);
  }
  void evolve(const msg::Event& event) {
    seq = seq.next();
    items.evolve(event, seq);
    credentials.evolve(event, seq);
    if (const auto hold = holds.evolve(event, seq)) store.put_hold(*hold);
    subscriptions.evolve(event, seq);
    const auto order = orders.evolve(event, seq);
    if (order) store.put_order(*order);
    if (const auto cancellation = ledger::cancellation_of(event, seq)) store.put_cancellation(*cancellation);
    if (const auto used = ledger::used_key(event, seq, &items)) store.put_key(used->key, used->record);
    writer.on_event(event, seq, order ? &*order : nullptr, {now, out});
  }
  void refuse(msg::Code code, std::uint64_t id, std::uint64_t expected = 0) {
    writer.on_refusal(id, {.code = code, .expected = base::ProducerNo(expected)}, "broker", {now, out});
    for (auto& sent : appends(out)) wire.push_back(std::move(sent.append));
  }
  void hear_leader(std::uint64_t term) {
    msg::Leadership leader;
    leader.term = base::Term(term);
    leader.epoch = epoch;
    leader.producer = producer;
    writer.on_leader(leader, "broker", {now, out});
    for (auto& sent : appends(out)) wire.push_back(std::move(sent.append));
  }
  std::vector<std::string> then() { return answers(out); }
  std::int64_t stock(std::uint64_t item) const { return items.find(base::ItemId(item))->stock.value(); }

  base::Now now{base::Mono(std::chrono::hours(1)), 1'000'000};
  base::Outbox out;
  MemoryStore store;
  ledger::Items items;
  ledger::Orders orders;
  ledger::Credentials credentials;
  ledger::Holds holds;
  ledger::Subscriptions subscriptions;
  Writer writer{{"order-1", base::Incarnation(11)}, items, orders, credentials, holds, subscriptions, store};
  std::vector<msg::Append> wire;
  Seq seq;  // 1: appointed, 2: item 1; a test starts at 3
  base::Epoch epoch;
  base::ProducerNo producer;
  std::uint64_t asked = 0;
  std::optional<Seq> by;  // Header.by of the requests that follow
  std::uint64_t last_id = 0;
};

}  // namespace order
