// A client that believes the first answer: it sends one copy of each request to one frontend, as a short program in any
// language would (PROTOCOL 2.1). client::Core would settle or retry some answers that are final here, so the judge sees
// what frontends say about a single copy. Threads: none.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "client/core.h"

namespace sim {

class PlainClient : public base::Core {
 public:
  using Done = client::Core::Done;

  PlainClient(base::Endpoint frontend, base::Duration timeout) : frontend_(std::move(frontend)), timeout_(timeout) {}

  template <class Request>
  void submit(const Request& request, const client::Options& options, base::Turn turn, Done done) {
    constexpr bool is_write = requires { request.key; };
    msg::append_request(turn.out.send(frontend_), begin(is_write, options, turn.now, std::move(done)), request);
  }

  void on_reply(const base::Endpoint& from, base::BytesView frame, base::Turn turn) override;
  void on_tick(base::Turn turn) override;
  void on_request(const base::ClientId&, base::BytesView, base::Turn) override {}
  void on_published(std::string_view, base::BytesView, base::Turn) override {}
  void on_settled(base::Turn) override {}
  void on_stop(base::Turn turn) override { turn.out.stop(); }

 private:
  struct Waiting {
    bool is_write = false;
    base::Mono begun;
    base::Mono deadline;
    Done done;
  };

  msg::Header begin(bool is_write, const client::Options& options, base::Now now, Done done);
  void end(std::uint64_t id, client::Answer answer, base::Now now);

  base::Endpoint frontend_;
  base::Duration timeout_;
  std::uint64_t last_id_ = 0;
  std::map<std::uint64_t, Waiting> waiting_;
};

}  // namespace sim
