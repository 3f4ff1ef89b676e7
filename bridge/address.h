// IP addresses in one form. Private to bridge/. Threads: none. Tests: tests/bridge/visitors_test.cpp
#pragma once

#include <utility>

#include <boost/asio/ip/address.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace bridge {

// Returns nothing if the text is no address. ::ffff:1.2.3.4 is returned as 1.2.3.4.
inline std::optional<boost::asio::ip::address> address_of(std::string_view text) {
  boost::system::error_code error;
  const auto parsed = boost::asio::ip::make_address(std::string(text), error);
  if (error) return std::nullopt;
  if (!parsed.is_v6() || !parsed.to_v6().is_v4_mapped()) return parsed;
  return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, parsed.to_v6());
}

}  // namespace bridge
