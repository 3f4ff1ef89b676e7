// TokenQuotas: how much the clients with one token may ask of the bridge, all together, from whatever addresses.
//
// A token is counted under its SHA-256. Clients without a token are counted by their address alone (bridge/visitors.h).
// Somebody who makes tokens up gets a bucket for each, but no more requests than the address may make.
// Threads: none; owned by the server's thread. Tests: tests/bridge/token_quotas_test.cpp
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "bridge/pace.h"

namespace bridge {

struct TokenLimits {
  std::uint32_t rate = 0;      // requests a second; 0: no limit, also for the others
  std::uint32_t burst = 0;     // requests at once; 0: as many as `rate`
  std::uint32_t requests = 0;  // under way at a time
  std::uint32_t streams = 0;   // open at a time
};

class TokenQuotas {
 public:
  explicit TokenQuotas(const TokenLimits& limits);

  // Says whether anything is limited, so that the token of a request matters.
  bool any() const { return any_; }
  // The name under which a token is counted; empty for none.
  static std::string name_of(const std::string& token);

  std::optional<Quota> ask(const std::string& name, base::Mono now) { return pace_.ask(name, now); }
  // Null if the token has too many.
  Ticket begin_request(const std::string& name) { return ticket(requests_, name); }
  Ticket begin_stream(const std::string& name) { return ticket(streams_, name); }

  std::string policy() const { return pace_.policy("token"); }
  static std::string state(const Quota& quota) { return Pace::state("token", quota); }
  std::size_t known() const { return pace_.known(); }

 private:
  bool any_;
  Pace pace_;
  // Requests and streams give back what they have, also after the server has ended.
  std::shared_ptr<Tally> requests_;
  std::shared_ptr<Tally> streams_;
};

}  // namespace bridge
