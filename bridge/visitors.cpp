#include "bridge/visitors.h"

#include <algorithm>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <utility>

#include "bridge/address.h"

namespace bridge {
namespace {

namespace ip = boost::asio::ip;
using Error = boost::system::error_code;

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

}  // namespace

std::optional<std::string> counted_as(std::string_view text) {
  const auto address = address_of(text);
  if (!address) return std::nullopt;
  if (address->is_v4()) return address->to_string();
  return ip::network_v6(address->to_v6(), 64).canonical().address().to_string();
}

Visitors::Visitors(VisitorLimits limits)
    : trusted_proxies_(std::move(limits.trusted_proxies)),
      pace_(limits.rate, limits.burst),
      connections_(limits.connections) {}

bool Visitors::is_trusted(const std::string& text) const {
  const auto address = address_of(text);
  return address && std::any_of(trusted_proxies_.begin(), trusted_proxies_.end(),
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

bool Visitors::come(const std::string& peer) {
  return is_trusted(peer) || connections_.come(counted_as(peer).value_or(peer));
}

void Visitors::leave(const std::string& peer) { connections_.leave(counted_as(peer).value_or(peer)); }

}  // namespace bridge
