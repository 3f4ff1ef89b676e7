// Visitors: how much one address may ask of the bridge.
//
// An address gets `rate` requests a second, and `burst` of them at once after a pause (bridge/pace.h). An IPv6 host has
// 2^64 addresses, so all with the same first 64 bits count as one. Threads: none. Tests: tests/bridge/visitors_test.cpp
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "bridge/http.h"
#include "bridge/pace.h"

namespace bridge {

struct VisitorLimits {
  std::uint32_t rate = 0;         // requests a second for each address; 0: no limit
  std::uint32_t burst = 0;        // requests at once; 0: as many as `rate`
  std::uint32_t connections = 0;  // of each address at a time; 0: no limit
  // Proxies in front of the bridge: addresses, or networks such as 10.0.0.0/8. Only these may name the visitor in
  // X-Forwarded-For, and their own connections are not counted.
  std::vector<std::string> trusted_proxies;
};

class Visitors {
 public:
  static constexpr std::size_t kKnownMax = Pace::kKnownMax;

  explicit Visitors(VisitorLimits limits);

  // The address that counts for a request from `peer`: the last one of X-Forwarded-For that is no trusted proxy, if
  // `peer` is one.
  std::string visitor(const std::string& peer, const Request& request) const;
  // Nothing if requests are not limited.
  std::optional<Quota> ask(const std::string& visitor, base::Mono now) { return pace_.ask(visitor, now); }

  // A connection from `peer` begins. Returns false if it has too many; then the connection must not be served.
  bool come(const std::string& peer);
  // A connection for which come() returned true has ended.
  void leave(const std::string& peer);

  // The addresses that are counted at present.
  std::size_t known() const { return pace_.known() + connections_.known(); }

  // The value of RateLimit-Policy, and of RateLimit for a quota.
  std::string policy() const { return pace_.policy("address"); }
  static std::string state(const Quota& quota) { return Pace::state("address", quota); }

 private:
  bool is_trusted(const std::string& address) const;

  std::vector<std::string> trusted_proxies_;
  Pace pace_;
  Tally connections_;
};

// The text under which an address is counted: an IPv4 address, or the first 64 bits of an IPv6 address. Nothing if the
// text is no address.
std::optional<std::string> counted_as(std::string_view address);

}  // namespace bridge
