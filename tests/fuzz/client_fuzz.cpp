// A client core whose frontends may give any answer to any copy, as often as they like. Every request must end exactly
// once, by its deadline.
#include "client/core.h"

#include <set>

#include "tests/fuzz/fuzz.h"

namespace {

const std::array<base::Endpoint, 2> kFrontends{"tcp://first", "tcp://second"};

struct Copy {
  base::Endpoint to;
  msg::Header header;
};

class World {
 public:
  explicit World(fuzz::Steps steps) : steps_(steps) {}

  void run() {
    while (!steps_.done()) {
      step();
      collect();
    }
    for (base::Duration passed{}; passed <= kTimeout; passed += base::kTick) tick();
    CHECK(core_.under_way() == 0 && ended_.size() == submitted_, "{} of {} have ended", ended_.size(), submitted_);
  }

 private:
  static constexpr base::Duration kTimeout = std::chrono::seconds(2);

  void step() {
    switch (steps_.byte() % 8) {
      case 0:
        return submit(msg::Lookup{base::ItemId(1), {}});
      case 1:
        return submit(msg::PlaceOrder{"key", msg::OrderType::kBuy, {}, {{base::ItemId(1), base::Quantity(1), {}}}});
      case 2:
        return submit(msg::Outcome{"key"});
      case 3:
        return core_.on_reply(kFrontends[steps_.byte() % 2], steps_.bytes(), {now_, out_});
      case 4:
        return refuse();
      case 5:
        return answer(steps_.bytes());
      case 6: {
        const msg::OutcomeReply outcome{static_cast<msg::OutcomeKind>(steps_.byte() % 3), base::Seq(1), {}};
        return answer(msg::encoded(outcome));
      }
      default:
        for (int ticks = steps_.byte() % 64; ticks > 0; --ticks) tick();
    }
  }

  template <class Request>
  void submit(const Request& request) {
    const auto number = submitted_++;
    client::Options options;
    options.spread = steps_.byte();
    const auto deadline = now_.mono + kTimeout;
    core_.submit(request, options, {now_, out_}, [this, number, deadline](const client::Answer& end) {
      CHECK(ended_.insert(number).second, "request {} ends twice", number);
      CHECK(now_.mono <= deadline + base::kTick, "request {} ends after its deadline", number);
      CHECK(end.refusal || !end.frontend.empty(), "an answer does not name its frontend");
    });
  }

  // A copy that was sent. Its request has often ended already.
  const Copy* pick() {
    const std::size_t place = steps_.byte();
    return copies_.empty() ? nullptr : &copies_[copies_.size() - 1 - place % copies_.size()];
  }

  void answer(std::string_view body) {
    const auto* copy = pick();
    if (!copy) return;
    base::Bytes frame;
    msg::append_message(frame, msg::reply_header(copy->header.id, base::Seq(7)), body);
    core_.on_reply(copy->to, frame, {now_, out_});
  }

  void refuse() {
    const auto* copy = pick();
    const auto code = static_cast<msg::Code>(steps_.byte() % msg::kWordCount<msg::Code>);
    if (!copy) return;
    base::Bytes frame;
    msg::append_refusal(frame, copy->header.id, base::Seq(7), {.code = code, .message = "because"});
    core_.on_reply(copy->to, frame, {now_, out_});
  }

  void tick() {
    now_.mono += base::kTick;
    core_.on_tick({now_, out_});
    collect();
  }

  void collect() {
    fuzz::collect(
        out_, [](const auto&, const msg::Message&) { CHECK(false, "a client sent a reply"); },
        [&](const base::Endpoint& to, const msg::Message& message) {
          copies_.push_back({to, message.header});
        });
  }

  fuzz::Steps steps_;
  client::Core core_{{.frontends = {kFrontends[0], kFrontends[1]}, .timeout = kTimeout}};
  base::Now now_{base::Mono(std::chrono::hours(1)), 1'000'000};
  base::Outbox out_;
  std::vector<Copy> copies_;
  std::size_t submitted_ = 0;
  std::set<std::size_t> ended_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  World(fuzz::Steps(data, size)).run();
  return 0;
}
