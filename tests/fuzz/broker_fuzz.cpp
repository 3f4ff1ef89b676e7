// A broker core that strangers send any frame and any publication, together with well-behaved peers and a journal that
// commits when the script says so.
#include "broker/core.h"
#include "broker/sequencer.h"
#include "tests/broker/memory_journal.h"
#include "tests/fuzz/fuzz.h"

namespace {

using base::Seq;

constexpr std::array<std::string_view, 8> kTypes{
    msg::Append::kType, msg::Replay::kType,   msg::LeaseRequest::kType, msg::Ack::kType,
    msg::Resign::kType, msg::Announce::kType, msg::Trim::kType,         "lookup"};

class World {
 public:
  explicit World(fuzz::Steps steps) : steps_(steps) { open(); }

  void run() {
    while (!steps_.done()) {
      step();
      settle();
    }
  }

 private:
  void open() {
    broker::Config config;
    config.new_store = "store-a";
    core_ = std::make_unique<broker::Core>(config, journal_, now_);
    mark_ = {};
  }

  void step() {
    switch (steps_.byte() % 10) {
      case 0:
        return core_->on_request({name("peer")}, steps_.bytes(), {now_, out_});
      case 1:
        return any_request();
      case 2:
        return core_->on_published(fuzz::kTopics[steps_.byte() % 3], steps_.bytes(), {now_, out_});
      case 3:
        return pass(steps_.byte());
      case 4:
        if (journal_.in_flight()) core_->on_committed(journal_.make_durable(), {now_, out_});
        return;
      case 5:
        return beat();
      case 6:
        return append();
      case 7:
        return ask(msg::LeaseRequest{name("edge"), base::Incarnation(steps_.byte() % 2), applied(), {}});
      case 8:
        return ask(msg::Ack{name("edge"), base::Incarnation(steps_.byte() % 2), applied()});
      default:
        return stop_or_restart();
    }
  }

  void any_request() {
    const auto type = kTypes[steps_.byte() % kTypes.size()];
    core_->on_request({"peer"}, fuzz::request(type, steps_.byte(), steps_.bytes()), {now_, out_});
  }

  template <class Request>
  void ask(const Request& request) {
    base::Bytes frame;
    msg::append_request(frame, {}, request);
    core_->on_request({"friend"}, frame, {now_, out_});
  }

  void append() {
    const auto tail = journal_.tail();
    msg::Append append{tail.control.epoch, tail.producer.next(steps_.byte() % 4), steps_.byte() % 4U, {}};
    for (auto i = append.count; i > 0; --i) msg::encode(msg::Event{0, msg::KeyVoided{"key"}}, append.events.bytes);
    ask(append);
  }

  void beat() {
    msg::Heartbeat beat;
    beat.role = steps_.byte() % 2 == 0 ? msg::Role::kOrder : msg::Role::kCatalog;
    beat.instance = name("order");
    beat.state = msg::State::kLive;
    beat.applied = applied();
    beat.digest = msg::DigestAt{beat.applied, steps_.byte() % 2U, 0};
    core_->on_published(msg::kHeartbeatTopic, msg::encoded(beat), {now_, out_});
  }

  void pass(int ticks) {
    for (int i = 0; i < ticks; ++i) {
      now_.mono += base::kTick;
      now_.wall += 10;
      core_->on_tick({now_, out_});
      settle();
    }
  }

  void stop_or_restart() {
    if (steps_.byte() % 2 == 0) return core_->on_stop({now_, out_});
    journal_.reopened();
    open();
  }

  std::string name(const char* what) { return fmt::format("{}-{}", what, steps_.byte() % 4); }
  Seq applied() { return Seq(std::min<std::uint64_t>(steps_.byte(), core_->commit_seq().value())); }

  void settle() {
    core_->on_settled({now_, out_});
    CHECK(core_->commit_seq() == journal_.tail().last, "the broker's commit seq is not the journal's");
    CHECK(core_->mark() >= mark_ && core_->mark() <= core_->commit_seq(), "W1, W2");
    mark_ = core_->mark();
    for (const auto& each : out_.publications()) {
      if (each.topic == msg::kBlockTopic)
        CHECK(msg::decode_block(each.payload, &used_), "a published block cannot be decoded");
    }
    fuzz::collect(
        out_, [](const auto&, const msg::Message&) {}, [](const auto&, const msg::Message&) {});
  }

  fuzz::Steps steps_;
  broker::MemoryJournal journal_;
  base::Now now_{base::Mono(std::chrono::hours(1)), 1'000'000};
  base::Outbox out_;
  std::unique_ptr<broker::Core> core_;
  Seq mark_;
  std::size_t used_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  World(fuzz::Steps(data, size)).run();
  return 0;
}
