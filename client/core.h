// The client's core: requests on their way, deadlines, and moving between frontends (DESIGN 6).
//
// A request goes to one frontend; without an answer after `try_next`, or with `busy` or `unavailable`, the same request
// with the same key goes to the next one too, until its deadline; the first definite answer counts. At the deadline a
// read becomes `unavailable` with the last reason heard, and a write `unknown` with the advice to ask for the outcome
// of its key, never "failed" (TRAPS 22).
//
// The ttl that travels is a little less than what is left, so that a frontend's own reason arrives before the deadline.
// A frontend that was silent, or that cannot answer at the moment, is not the first choice of the next requests until
// it has said that it is well again. Threads: none. Tests: tests/client, tests/sim.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/core.h"
#include "msg/envelope.h"
#include "msg/requests.h"

namespace client {

struct Config {
  std::vector<base::Endpoint> frontends;
  base::Duration timeout = std::chrono::seconds(5);          // deadline of a request
  base::Duration try_next = std::chrono::milliseconds(300);  // silence after which the next frontend is asked too
  std::size_t first = 0;                                     // index of the frontend to begin with
  std::uint64_t seed = 0;                                    // of the jitter of back-offs
};

struct Options {
  base::Duration timeout{};   // zero: the config's
  base::Duration try_next{};  // zero: the config's; longer for a request that may take long, like `events` with a wait
  std::size_t spread = 0;     // begin with this many frontends after the first one
  std::optional<std::uint32_t> stale_ok_ms;
  bool fresh = false;
  bool trace = false;
};

// The end of a request. Exactly one of: `refusal` empty and `body` the Reply's bytes, or `refusal` set.
struct Answer {
  msg::Header header;
  base::Bytes body;
  std::optional<msg::Refusal> refusal;
  base::Endpoint frontend;  // who answered; empty if nobody did
  base::Duration took{};
};

class Core : public base::Core {
 public:
  using Done = std::function<void(const Answer&)>;

  explicit Core(Config config);
  ~Core() override;

  // `is_write` decides what the deadline means. `body` is an encoded request whose type is `type`.
  std::uint64_t submit(std::string_view type, bool is_write, base::Bytes body, const Options& options, base::Now now,
                       base::Outbox& out, Done done);

  template <class Request>
  std::uint64_t submit(const Request& request, const Options& options, base::Now now, base::Outbox& out, Done done) {
    constexpr bool is_write = requires { request.key; };
    return submit(Request::kType, is_write, msg::encoded(request), options, now, out, std::move(done));
  }

  std::size_t under_way() const;

  void on_request(const base::ClientId& from, base::BytesView frame, base::Now now, base::Outbox& out) override;
  void on_reply(const base::Endpoint& from, base::BytesView frame, base::Now now, base::Outbox& out) override;
  void on_published(std::string_view topic, base::BytesView payload, base::Now now, base::Outbox& out) override;
  void on_tick(base::Now now, base::Outbox& out) override;
  void on_settled(base::Now now, base::Outbox& out) override;
  void on_stop(base::Now now, base::Outbox& out) override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace client
