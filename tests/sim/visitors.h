// Visitors: clients whose tokens are granted and revoked while everything else goes on (ADR 46).
//
// Each visitor gets a token, looks items up with it through all clients of the run, and has it revoked. It checks:
//   - a request that began after the revocation was acknowledged is refused with `unauthenticated`, or not answered;
//   - a request between the acknowledged grant and the beginning of the revocation is never refused so.
// Threads: none.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "tests/sim/cluster.h"

namespace sim {

class Visitors {
 public:
  explicit Visitors(Cluster& cluster) : cluster_(cluster), world_(cluster.world()) {}
  void start();
  void stop() { ++run_; }

 private:
  struct Visit {
    std::uint64_t run = 0;
    std::string token;
    base::Seq id;
    bool revoking = false;
    std::optional<Duration> revoked;  // when the revocation was acknowledged
    bool over = false;
  };
  using VisitPtr = std::shared_ptr<Visit>;

  void begin();
  void revoke(const VisitPtr& visit);
  void browse(const VisitPtr& visit);
  void judge(const Visit& visit, Duration began, bool was_revoking, const client::Answer& answer);
  // Asks until there is a definite answer. Every copy has the same key.
  template <class Request>
  void insist(std::uint64_t run, Request request, std::function<void(const client::Answer&)> done);
  template <class Request>
  void ask(const Request& request, const client::Options& options, Cluster::Done done);
  std::string some_client();
  std::string new_name(std::string_view what) { return fmt::format("{}-{}", what, ++names_); }

  Cluster& cluster_;
  World& world_;
  std::uint64_t run_ = 0;
  std::uint64_t names_ = 0;
};

}  // namespace sim
