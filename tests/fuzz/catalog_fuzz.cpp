// A catalog core over its real store gets any frame, query, reply and publication. It must answer each query at once,
// because no query here waits for events. A search must show only existing items, in order.
#include "catalog/core.h"
#include "catalog/sqlite_store.h"
#include "msg/codec.h"
#include "msg/requests.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/blocks.h"

namespace {

constexpr std::size_t kItems = 12;

catalog::Config configured() {
  catalog::Config config;
  config.replica.identity.instance = "catalog-1";
  config.replica.brokers = {support::kBroker};
  return config;
}

// Made once, because opening an SQLite file costs more than all other steps.
catalog::SqliteStore& filled_store() {
  static catalog::SqliteStore store(":memory:");
  if (store.position().applied) return store;
  support::Stream stream;
  msg::ItemsAdded added{.key = "add", .items = {}};
  for (std::size_t i = 1; i <= kItems; ++i) {
    const auto topic = i % 3 == 0 ? "distributed systems" : "Caf\xc3\xa9";
    added.items.push_back({base::ItemId(i), fmt::format("RPCs for Dummies, part {} - C++", i), topic, {}, {}});
  }
  stream.block({{1, added}});
  catalog::Core core(configured(), store);
  base::Outbox out;
  for (std::size_t i = 1; i <= 2; ++i) core.on_published(msg::kBlockTopic, stream[i], {support::at(0), out});
  core.on_stop({support::at(0), out});
  CHECK(store.position().applied.value() == 2);
  return store;
}

class World {
 public:
  explicit World(fuzz::Steps steps) : steps_(steps) {}

  void run() {
    while (!steps_.done()) {
      step();
      fuzz::collect(
          out_, [&](const base::ClientId&, const msg::Message& message) { judge(message); },
          [](const auto&, const auto&) {});
    }
  }

 private:
  void step() {
    switch (steps_.byte() % 6) {
      case 0:
        return core_.on_request({"client"}, steps_.bytes(), {now(), out_});
      case 1:
        return ask(msg::Lookup::kType, steps_.bytes());
      case 2:
        return ask(msg::Search::kType, steps_.bytes());
      case 3:
        return core_.on_published(fuzz::kTopics[steps_.byte() % 3], steps_.bytes(), {now(), out_});
      case 4:
        return core_.on_reply(support::kBroker, steps_.bytes(), {now(), out_});
      default:
        ms_ += 10 * steps_.byte();
        return core_.on_tick({now(), out_});
    }
  }

  void ask(std::string_view type, std::string_view body) {
    core_.on_request({"client"}, fuzz::request(type, 1, body), {now(), out_});
    CHECK(!out_.replies().empty(), "a {} got no answer", type);
  }

  void judge(const msg::Message& message) const {
    const auto page = msg::decode<msg::ItemsReply>(message.body);
    if (message.header.err || !page) return;
    for (std::size_t i = 0; i < page->items.size(); ++i) {
      CHECK(page->items[i].id && page->items[i].id.value() <= kItems);
      CHECK(i == 0 || page->items[i - 1].id < page->items[i].id, "a page is not ascending by id");
    }
    CHECK(!page->next || page->next == page->items.back().id);
  }

  base::Now now() const { return support::at(ms_); }

  fuzz::Steps steps_;
  catalog::Core core_{configured(), filled_store()};
  base::Outbox out_;
  int ms_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  World(fuzz::Steps(data, size)).run();
  return 0;
}
