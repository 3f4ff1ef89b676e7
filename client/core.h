// The client's core: requests under way, deadlines, and failover between frontends (DESIGN 6).
//
// A request is first sent to one frontend. After `try_next` without an answer, or after `busy` or `unavailable`, the
// same request with the same key is also sent to the next frontend, until its deadline. The first definite answer
// counts. At the deadline a read ends as `unavailable`, with the last reason heard. A write ends as `unknown`, with the
// advice to ask for the outcome of its key, and never as "failed" (TRAPS 22).
//
// The ttl that is sent is a little shorter than the time left, so that a frontend's own reason arrives before the
// deadline. If a frontend names a time after which a client that asks too often may ask again, the next copy waits for
// it. If the deadline comes first, and no copy can take effect, the request ends as `busy`. A frontend that was silent,
// or that cannot answer at present, is not the first choice of later requests until it says that it has a lease.
//
// If a frontend does not let this client in, because of its key, and none has ever answered, all requests end at once
// as `unauthenticated`, with the advice what to do. Threads: none. Tests: tests/client, tests/sim.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/core.h"
#include "msg/envelope.h"
#include "msg/requests.h"
#include "net/key_file.h"

namespace client {

struct Config {
  std::vector<base::Endpoint> frontends;
  base::Duration timeout = std::chrono::seconds(5);          // deadline of a request
  base::Duration try_next = std::chrono::milliseconds(300);  // silence after which the next frontend is asked too
  std::size_t first = 0;                                     // index of the frontend that is asked first
  std::uint64_t seed = 0;                                    // seed for the jitter of back-offs
  std::string whom = "store";                                // is asked, in the message that nobody answers
  std::string token{};                                       // of the client's credential; empty: it has none
  std::string advice{};                                      // the end of that message: what to do; empty: none
  std::optional<net::Key> key{};                             // of this client, in a store with keys
};

struct Options {
  base::Duration timeout{};   // zero: the config's
  base::Duration try_next{};  // zero: the config's; set it for a request that takes long, such as `events` with a wait
  std::size_t spread = 0;     // how many places after Config.first the first frontend is
  std::optional<std::uint32_t> stale_ok_ms;
  bool fresh = false;
  bool trace = false;
  std::optional<std::string> token;  // instead of the config's: for a program that asks for others; empty: none
};

// The end of a request: either `refusal` is set, or `body` has the bytes of the Reply.
struct Answer {
  msg::Header header;
  base::Bytes body;
  std::optional<msg::Refusal> refusal;
  base::Endpoint frontend;  // the one that answered; empty if there is no answer
  base::Duration took{};
};

class Core : public base::Core {
 public:
  using Done = std::function<void(const Answer&)>;

  explicit Core(Config config);
  ~Core() override;

  // `is_write` decides how the request ends at its deadline. `body` is an encoded request of type `type`. Returns the
  // number of the request. `done` is called at the end of the request.
  std::uint64_t submit(std::string_view type, bool is_write, base::Bytes body, const Options& options, base::Turn turn,
                       Done done);

  template <class Request>
  std::uint64_t submit(const Request& request, const Options& options, base::Turn turn, Done done) {
    constexpr bool is_write = requires { request.key; };
    return submit(Request::kType, is_write, msg::encoded(request), options, turn, std::move(done));
  }

  std::size_t under_way() const;

  void on_request(const base::ClientId& from, base::BytesView frame, base::Turn turn) override;
  void on_reply(const base::Endpoint& from, base::BytesView frame, base::Turn turn) override;
  void on_published(std::string_view topic, base::BytesView payload, base::Turn turn) override;
  void on_barred(const base::Endpoint& from, base::Bar bar, base::Turn turn) override;
  void on_tick(base::Turn turn) override;
  void on_settled(base::Turn turn) override;
  void on_stop(base::Turn turn) override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace client
