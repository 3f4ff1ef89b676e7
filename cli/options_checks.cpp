#include "cli/options_checks.h"

#include <fmt/format.h>

#include <arpa/inet.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "base/decimal.h"
#include "base/host.h"
#include "base/time_text.h"
#include "msg/currency.h"

namespace cli {
namespace {

// A socket address (sockaddr_un) holds 107 bytes; the longest suffix that net/loop.h appends is subtracted.
constexpr std::size_t kIpcBytesMax = 100;
constexpr std::string_view kHost = "{host}";

constexpr std::string_view kName = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
constexpr std::string_view kAddress = "0123456789abcdefABCDEF:.";

bool is_made_of(const std::string& text, std::string_view characters) {
  return !text.empty() && text.find_first_not_of(characters) == std::string::npos;
}

std::string check_port(const std::string& digits, unsigned port_max) {
  const bool number = !digits.empty() && digits.size() <= 5 && std::all_of(digits.begin(), digits.end(), ::isdigit);
  if (number && std::stoul(digits) >= 1 && std::stoul(digits) <= port_max) return {};
  return fmt::format("port '{}' is out of range: 1 to {}", digits, port_max);
}

}  // namespace

CLI::Validator tcp_endpoint(unsigned port_max) {
  return CLI::Validator(
      [port_max](std::string& text) -> std::string {
        const auto colon = text.rfind(':');
        if (text.rfind("tcp://", 0) != 0 || colon <= 6)
          return "'" + text + "' is not an endpoint: write tcp://HOST:PORT";
        return check_port(text.substr(colon + 1), port_max);
      },
      "tcp://HOST:PORT");
}

CLI::Validator currency_code() {
  return CLI::Validator(
      [](std::string& text) -> std::string {
        if (msg::currency_of(text)) return {};
        return "'" + text + "' is not a currency: write a code of ISO 4217, like EUR, JPY or KWD";
      },
      "CODE");
}

CLI::Validator http_address() {
  return CLI::Validator(
      [](std::string& text) -> std::string {
        const auto colon = text.rfind(':');
        if (colon == std::string::npos || colon == 0) return "'" + text + "' is not an address: write HOST:PORT";
        return check_port(text.substr(colon + 1), 65535);
      },
      "HOST:PORT");
}

CLI::Validator web_host() {
  return CLI::Validator(
      [](std::string& text) -> std::string {
        const bool colons = std::count(text.begin(), text.end(), ':') > 1;
        if (is_made_of(text, colons ? kAddress : kName)) return {};
        return "'" + text + "' is not a host: write a name or an address, without a port";
      },
      "NAME");
}

CLI::Validator web_origin() {
  return CLI::Validator(
      [](std::string& text) -> std::string {
        const auto scheme = text.find("://");
        const auto place = scheme == std::string::npos ? "" : text.substr(scheme + 3);
        const bool known = text.rfind("http://", 0) == 0 || text.rfind("https://", 0) == 0;
        if (known && is_made_of(place, std::string(kName) + ":[]")) return {};
        return "'" + text + "' is not an origin: write http://HOST, https://HOST or either with :PORT, and no path";
      },
      "ORIGIN");
}

CLI::Validator web_network() {
  return CLI::Validator(
      [](std::string& text) -> std::string {
        const auto slash = text.find('/');
        const auto address = text.substr(0, slash);
        in6_addr unused{};
        const bool v4 = ::inet_pton(AF_INET, address.c_str(), &unused) == 1;
        const bool v6 = ::inet_pton(AF_INET6, address.c_str(), &unused) == 1;
        const auto bits = slash == std::string::npos ? "0" : text.substr(slash + 1);
        const bool number = !bits.empty() && bits.size() <= 3 && std::all_of(bits.begin(), bits.end(), ::isdigit);
        if ((v4 || v6) && number && std::stoul(bits) <= (v4 ? 32 : 128)) return {};
        return "'" + text + "' is no address and no network: write one like 10.0.0.5 or 10.0.0.0/8";
      },
      "ADDR[/BITS]");
}

CLI::Validator duration(const Units& units, std::uint64_t least, std::uint64_t most) {
  const CLI::AsNumberWithUnit convert(units, CLI::AsNumberWithUnit::UNIT_REQUIRED);
  return CLI::Validator(
      [=](std::string& text) -> std::string {
        const auto is_letter = [](unsigned char c) { return std::isalpha(c) != 0; };
        const std::string unit(std::find_if_not(text.rbegin(), text.rend(), is_letter).base(), text.end());
        const bool has_number =
            text.substr(0, text.size() - unit.size()).find_first_not_of("0123456789. ") == text.npos;
        if (units.contains(unit) && has_number && std::isdigit(static_cast<unsigned char>(text.front())) != 0) {
          const auto given = text;
          if (auto fault = convert(text); !fault.empty()) return fault;
          if (const auto value = std::stoull(text); value >= least && value <= most) return {};
          const auto range = most == kNoBound ? "at least " + base::span_text(static_cast<std::int64_t>(least))
                                              : base::span_text(static_cast<std::int64_t>(least)) + " to " +
                                                    base::span_text(static_cast<std::int64_t>(most));
          return fmt::format("'{}' is out of range: {}", given, range);
        }
        std::string names;
        for (const auto& [name, of] : units) names += (names.empty() ? "" : ", ") + name;
        return fmt::format("'{}' is not a duration: write a number with its unit ({}), like 30s", text, names);
      },
      "DURATION");
}

CLI::Validator decimal_number(bool may_be_negative, bool has_unit) {
  return CLI::Validator(
      [=](std::string& text) -> std::string {
        const std::size_t begin = may_be_negative && text.rfind('-', 0) == 0 ? 1 : 0;
        const auto end = std::min(text.find_first_not_of("0123456789", begin), text.size());
        const auto digits = std::string_view(text).substr(begin, end - begin);
        if (text.empty() || (has_unit && digits.empty())) return {};  // another check tells what is wrong
        const bool is_hex = digits == "0" && end < text.size() && (text[end] == 'x' || text[end] == 'X');
        const bool is_number = !digits.empty() && !is_hex && (end == text.size() || has_unit);
        if (!is_number && text.front() == '-') return fmt::format("'{}' is not a number from 0 on", text);
        if (!is_number) return fmt::format("'{}' is not a number", text);
        const auto number = base::decimal(digits);
        if (!number || (may_be_negative && *number > std::numeric_limits<std::int64_t>::max())) {
          return fmt::format("'{}' is too large", text);
        }
        text.replace(begin, digits.size(), fmt::format("{}", *number));
        return {};
      },
      "");
}

CLI::Validator port_number() {
  return CLI::Validator([](std::string& text) { return check_port(text, 65535); }, "PORT");
}

CLI::Validator port_or_off() {
  return CLI::Validator([](std::string& text) { return text == "off" ? std::string() : check_port(text, 65535); },
                        "PORT|off");
}

CLI::Validator ipc_endpoint() {
  return CLI::Validator(
      [](std::string& text) -> std::string {
        if (text.rfind("ipc://", 0) != 0 || text.size() <= 6)
          return "'" + text + "' is not an ipc endpoint: write ipc://PATH";
        return text.size() <= kIpcBytesMax ? "" : fmt::format("'{}' is too long: at most {} bytes", text, kIpcBytesMax);
      },
      "ipc://PATH");
}

CLI::Validator broker_endpoint() {
  return CLI::Validator(
      [](std::string& text) { return text.rfind("ipc://", 0) == 0 ? ipc_endpoint()(text) : tcp_endpoint(65533)(text); },
      "tcp://HOST:PORT");
}

CLI::Validator instance_name() {
  return CLI::Validator(
      [](std::string& text) -> std::string {
        if (const auto at = text.find(kHost); at != std::string::npos)
          text.replace(at, kHost.size(), base::host_name());
        const bool plain = std::all_of(text.begin(), text.end(), [](unsigned char c) {
          return std::isalnum(c) || c == '-' || c == '_' || c == '.';
        });
        return plain && !text.empty() && text.size() <= 64 ? ""
                                                           : "an instance is 1 to 64 letters, digits, '-', '_', '.'";
      },
      "NAME");
}

}  // namespace cli
