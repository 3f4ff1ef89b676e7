// Client: the client's core with its sockets, for programs.
//
//   client::Client shop({.frontends = {"tcp://127.0.0.1:7410"}});
//   const auto reply = shop.call(msg::Lookup{.item = base::ItemId(2)});
//   if (reply.ok()) use(reply->item);
//
// call() waits for the end of one request, at most its timeout. submit() and run_until() are for many requests at once:
// `done` is called inside run_until (or call), and may submit more. A submitted request leaves in the next run_until.
// Lifetime: a destroyed client never calls `done` of requests that are under way. Threads: one at a time.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client/core.h"
#include "net/reactor.h"

namespace client {

// Exactly one of `body` and `refusal` is set.
template <class T>
struct Reply {
  std::optional<T> body;
  std::optional<msg::Refusal> refusal;
  base::Seq seq;                          // the last event that the answer reveals
  std::optional<std::uint64_t> stale_ms;  // the age of a stale_ok answer
  std::vector<msg::Span> spans;           // with Options.trace
  base::Endpoint frontend;                // the one that answered; empty if there is no answer
  base::Duration took{};

  bool ok() const { return body.has_value(); }
  const T& operator*() const { return *body; }
  const T* operator->() const { return &*body; }
};

// Decodes an answer. A body that cannot be read becomes the refusal `unknown`, since the request may have taken effect.
template <class T>
Reply<T> reply_of(const Answer& answer) {
  Reply<T> reply;
  reply.refusal = answer.refusal;
  reply.seq = answer.header.seq.value_or(base::Seq());
  reply.stale_ms = answer.header.stale_ms;
  reply.spans = answer.header.spans.value_or(std::vector<msg::Span>{});
  reply.frontend = answer.frontend;
  reply.took = answer.took;
  if (answer.refusal) return reply;
  auto body = msg::decode<T>(answer.body);
  if (body) {
    reply.body = std::move(*body);
  } else {
    reply.refusal = msg::Refusal{
        .code = msg::Code::kUnknown,
        .message = "the answer cannot be read (" + body.error().message + "); is the store newer than this program?"};
  }
  return reply;
}

// The token in the environment variable PYGMY_TOKEN; empty if it has none. Arguments of commands can be seen by others
// on the machine, so none of them is a token.
std::string token_of_environment();

// The key in the file that PYGMY_KEY_FILE names; none if the variable is not set. Throws std::runtime_error if the file
// cannot be used.
std::optional<net::Key> key_of_environment();

// A client without a key has the one of the environment.
class Client {
 public:
  explicit Client(Config config);

  template <class Request>
  Reply<typename Request::Reply> call(const Request& request, const Options& options = {}) {
    Answer answer;
    bool ended = false;
    submit(request, options, [&](const Answer& end) {
      answer = end;
      ended = true;
    });
    run_until([&] { return ended; });
    return reply_of<typename Request::Reply>(answer);
  }

  template <class Request>
  void submit(const Request& request, const Options& options, Core::Done done) {
    core_.submit(request, options, {base::now(), reactor_.outbox()}, std::move(done));
  }

  // Submits an encoded request; see Core::submit.
  void submit(std::string_view type, bool is_write, base::Bytes body, const Options& options, Core::Done done) {
    core_.submit(type, is_write, std::move(body), options, {base::now(), reactor_.outbox()}, std::move(done));
  }

  // Every request ends by its own deadline, so `deadline` is only needed to wait for something else.
  void run_until(const std::function<bool()>& done) { reactor_.run_until(done, base::Mono::max()); }
  void run_until(const std::function<bool()>& done, base::Mono deadline) { reactor_.run_until(done, deadline); }

  std::size_t under_way() const { return core_.under_way(); }
  const std::vector<base::Endpoint>& frontends() const { return frontends_; }

 private:
  struct Completed {};
  Client(const Config& config, Completed);

  std::vector<base::Endpoint> frontends_;
  Core core_;
  net::Reactor reactor_;
};

}  // namespace client
