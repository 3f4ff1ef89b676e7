#include "books/brokers.h"

#include <utility>

namespace books {
namespace {

// A follower asks for as much. A broker, which has other work too, reads it within a few milliseconds.
constexpr std::uint32_t kReplayBytes = 512 * 1024;
constexpr base::Duration kAskAgain = std::chrono::seconds(2);  // on a slow link an answer takes long to arrive
constexpr base::Duration kPause = std::chrono::milliseconds(200);

}  // namespace

client::Config asking(std::vector<base::Endpoint> brokers, base::Duration timeout) {
  return {.frontends = std::move(brokers),
          .timeout = timeout,
          .whom = "broker",
          .advice = "start the store with `pygmy up`, or name its brokers with --brokers / PYGMY_BROKERS"};
}

Brokers::Brokers(std::vector<base::Endpoint> brokers, base::Duration patience)
    : patience_(patience), client_(asking(std::move(brokers), patience)) {}

client::Reply<msg::ReplayReply> Brokers::replay(base::Seq from) {
  const auto until = base::now().mono + patience_;
  for (std::size_t first = 0;; ++first) {
    auto reply = ask(from, first);
    const bool alone = client_.frontends().size() == 1;  // then no other broker can have more
    if (reply.refusal || !reply->blocks.empty() || alone || base::now().mono >= until) return reply;
    client_.run_until([] { return false; }, base::now().mono + kPause);
  }
}

client::Reply<msg::ReplayReply> Brokers::ask(base::Seq from, std::size_t first) {
  return client_.call(msg::Replay{.from = from, .to = {}, .bytes = kReplayBytes},
                      {.try_next = kAskAgain, .spread = first});
}

}  // namespace books
