// Api: what a request over HTTP means (docs/HTTP.md). No socket, no clock, no rule of the shop.
//
// A request becomes a Step: an answer at once, or a Call to the store whose answer makes the next Step (a change asks
// for the event that it made; a lab's order looks the name up first), or a stream that the server feeds. Every route
// stands in one table (bridge/routes.h), from which requests are served and /openapi.json is made.
//
// Threads: none; owned by the server's thread. Tests: tests/bridge/api_test.cpp
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "bridge/ask.h"
#include "bridge/feed.h"
#include "bridge/http.h"
#include "bridge/metrics.h"

namespace bridge {

struct Answered {
  Response response;
  std::string_view route;  // of the table; empty: none
};
struct Call;
struct LiveStream {};
using Step = std::variant<Answered, Call, EventStream, LiveStream>;
struct Call {
  Ask ask;
  std::function<Step(const client::Answer&)> then;
};

// Kills, pauses, resumes or restarts a process of the `up` that started this bridge; nothing if it is done, else why
// not.
using Operate = std::function<std::optional<std::string>(const std::string& instance, const std::string& action)>;

class Exchange;

class Api {
 public:
  // A write and a read are believed to work for this long after they did.
  static constexpr base::Duration kReadyFor = std::chrono::seconds(5);
  static constexpr base::Duration kReadyWait = std::chrono::seconds(2);
  // One in so many requests is asked for its time per tier.
  static constexpr std::uint64_t kTraceEvery = 64;

  Api(Metrics& metrics, Operate operate) : metrics_(metrics), operate_(std::move(operate)) {}

  Step handle(Request request, base::Mono now);

 private:
  friend class Exchange;

  Metrics& metrics_;
  Operate operate_;  // empty: not allowed
  std::optional<base::Mono> read_worked_;
  std::optional<base::Mono> write_worked_;
  std::uint64_t calls_ = 0;
};

// As RFC 9457 says, for what no route was found for; the server's own refusals, too.
Response problem(unsigned status, std::string_view word, std::string detail);

}  // namespace bridge
