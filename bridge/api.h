// Api: finds the route of an HTTP request and runs its handler (docs/HTTP.md). It opens no socket, reads no clock and
// holds no rule of the shop.
//
// A request becomes a Step: an answer, a Call to the store, or a stream that the server feeds. The answer to a Call
// makes the next Step: a change asks for the event that it made, and a lab's order first looks up the item by its name.
// Every route stands in one table (bridge/routes.h). The table serves requests, and /openapi.json is made from it.
//
// Threads: none; owned by the server's thread. Tests: tests/bridge/api_test.cpp
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "bridge/ask.h"
#include "bridge/asker.h"
#include "bridge/bodies.h"
#include "bridge/feed.h"
#include "bridge/http.h"
#include "bridge/metrics.h"
#include "bridge/pace.h"
#include "bridge/problems.h"
#include "bridge/shown_items.h"
#include "bridge/site.h"
#include "bridge/trace.h"

namespace bridge {

class Desk;

struct Answered {
  Response response;
  std::string_view route;          // from the table; empty if no route matched
  std::shared_ptr<Trace> trace{};  // null: the request is not traced
};
struct Call;
struct LiveStream {
  std::optional<Owner> owner{};
};
using Step = std::variant<Answered, Call, EventStream, LiveStream>;
struct Call {
  Ask ask;
  std::function<Step(const client::Answer&)> then;
  std::shared_ptr<Trace> trace{};  // as in Answered
};

// Kills, pauses, resumes or restarts a process of the `up` that started this bridge. Returns nothing on success, else
// the reason of the failure.
using Operate = std::function<std::optional<std::string>(const std::string& instance, const std::string& action)>;

// Draws 32 random bytes that nobody can guess, as text that may stand in a cookie.
using Secret = std::function<std::string()>;

class Api {
 public:
  // `outcome` of an unused key writes an event that the store keeps for ever. So an address without a token may ask as
  // often as a frontend lets one client ask; all visitors without a token are one client there.
  static constexpr std::uint32_t kOutcomesPerSecond = 20;
  static constexpr std::uint32_t kOutcomesAtOnce = 2'048;

  // The state that all exchanges share.
  struct Shared {
    Metrics& metrics;
    Operate operate;  // empty if this bridge may not operate processes
    Secret secret;
    Site site;
    std::optional<base::Mono> read_worked{};
    std::optional<base::Mono> write_worked{};
    std::uint64_t calls = 0;
    ShownItems shown_items{};
    Pace outcomes{kOutcomesPerSecond, kOutcomesAtOnce};  // of each address without a token
    SignIns sign_ins{};
    // As the store told it last. It does not depend on the visitor who asks.
    std::optional<msg::Anonymous> anonymous{};
    bool events_are_denied = false;
    Desk* desk = nullptr;      // of the webhooks; null: this bridge has none
    Tracer* tracer = nullptr;  // null: nothing is traced for a collector
  };
  // For this long after a write and a read have worked, the store counts as ready.
  static constexpr base::Duration kReadyFor = std::chrono::seconds(5);
  static constexpr base::Duration kReadyWait = std::chrono::seconds(2);
  // An act on a process does not wait longer for its note: the store may stand still because of that process.
  static constexpr base::Duration kNoteWait = std::chrono::seconds(2);
  // Every kTraceEvery-th call asks the store for its time per tier.
  static constexpr std::uint64_t kTraceEvery = 64;

  Api(Metrics& metrics, Operate operate, Secret secret, Site site)
      : shared_{metrics, std::move(operate), std::move(secret), std::move(site)} {}

  const Site& site() const { return shared_.site; }
  SignIns& sign_ins() { return shared_.sign_ins; }

  // The store has told the bridge the rights of clients without a token.
  void told(msg::Anonymous anonymous) { shared_.anonymous = anonymous; }
  // Says whether the store denies the events to the bridge itself.
  void told_if_events_are_denied(bool denied) { shared_.events_are_denied = denied; }
  // `desk` must outlive the Api.
  void show_webhooks(Desk& desk) { shared_.desk = &desk; }
  // `tracer` must outlive the Api.
  void trace_by(Tracer& tracer) { shared_.tracer = &tracer; }

  // `visitor`: the address that counts for the request. `asker`: as asker_of() returns it.
  Step handle(Request request, std::string visitor, std::optional<Asker> asker, base::Mono now);

 private:
  Shared shared_;
};

// An error body as RFC 9457 describes it. It serves requests without a route and the server's own refusals.
Response problem(unsigned status, OwnWord word, std::string detail);

}  // namespace bridge
