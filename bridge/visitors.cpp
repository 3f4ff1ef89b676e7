#include "bridge/visitors.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <chrono>

#include "bridge/address.h"

namespace bridge {
namespace {

namespace ip = boost::asio::ip;
using Error = boost::system::error_code;

constexpr base::Duration kForgetEvery = std::chrono::seconds(1);
const std::string kEverybodyElse;  // no address

template <class Network, class Address>
bool holds(const Network& network, const Address& address) {
  return Network(address, network.prefix_length()).canonical() == network.canonical();
}

bool is_within(const ip::address& address, const std::string& network) {
  if (const auto one = address_of(network)) return *one == address;
  Error error;
  if (address.is_v4()) {
    const auto v4 = ip::make_network_v4(network, error);
    return !error && holds(v4, address.to_v4());
  }
  const auto v6 = ip::make_network_v6(network, error);
  return !error && holds(v6, address.to_v6());
}

std::uint32_t seconds(base::Duration duration) {
  return static_cast<std::uint32_t>(std::chrono::ceil<std::chrono::seconds>(duration).count());
}

}  // namespace

std::optional<std::string> counted_as(std::string_view text) {
  const auto address = address_of(text);
  if (!address) return std::nullopt;
  if (address->is_v4()) return address->to_string();
  return ip::network_v6(address->to_v6(), 64).canonical().address().to_string();
}

Visitors::Visitors(VisitorLimits limits) : limits_(std::move(limits)) {
  if (limits_.burst == 0) limits_.burst = limits_.rate;
  if (limits_.rate > 0) interval_ = base::Duration(std::chrono::seconds(1)) / limits_.rate;
}

bool Visitors::is_trusted(const std::string& text) const {
  const auto address = address_of(text);
  return address && std::any_of(limits_.trusted_proxies.begin(), limits_.trusted_proxies.end(),
                                [&](const std::string& network) { return is_within(*address, network); });
}

// A client can write what it wants into the header, and each proxy appends the address from which it was asked. So only
// the end of the list, up to the first address that is no trusted proxy, can be believed.
std::string Visitors::visitor(const std::string& peer, const Request& request) const {
  std::string visitor = peer;
  const auto list = request.header("X-Forwarded-For");
  for (std::string_view rest = list; is_trusted(visitor) && !rest.empty();) {
    const auto comma = rest.rfind(',');
    const auto last = trimmed(comma == std::string_view::npos ? rest : rest.substr(comma + 1));
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(0, comma);
    if (!address_of(last)) break;
    visitor = last;
  }
  return counted_as(visitor).value_or(visitor);
}

std::optional<Quota> Visitors::ask(const std::string& visitor, base::Mono now) {
  if (limits_.rate == 0) return std::nullopt;
  if (now >= forget_next_) forget_idle(now);
  const bool known = used_up_.size() < kKnownMax || used_up_.count(visitor) > 0;
  auto& used_up = used_up_[known ? visitor : kEverybodyElse];
  const auto owed = std::max(used_up, now) - now;
  const auto most = interval_ * limits_.burst;
  if (owed + interval_ > most) return Quota{false, 0, std::max(seconds(owed + interval_ - most), 1U)};
  used_up = now + owed + interval_;
  return Quota{true, static_cast<std::uint32_t>((most - owed - interval_) / interval_), seconds(owed + interval_)};
}

void Visitors::forget_idle(base::Mono now) {
  forget_next_ = now + kForgetEvery;
  std::erase_if(used_up_, [&](const auto& each) { return each.second <= now; });
}

bool Visitors::come(const std::string& peer) {
  if (limits_.connections == 0 || is_trusted(peer)) return true;
  auto& count = connections_[counted_as(peer).value_or(peer)];
  if (count >= limits_.connections) return false;
  ++count;
  return true;
}

void Visitors::leave(const std::string& peer) {
  const auto found = connections_.find(counted_as(peer).value_or(peer));
  if (found != connections_.end() && --found->second == 0) connections_.erase(found);
}

std::string Visitors::policy() const {
  const auto window = std::max((limits_.burst + limits_.rate - 1) / limits_.rate, 1U);
  return fmt::format(R"("address";q={};w={})", limits_.burst, window);
}

std::string Visitors::state(const Quota& quota) {
  return fmt::format(R"("address";r={};t={})", quota.left, quota.wait_s);
}

}  // namespace bridge
