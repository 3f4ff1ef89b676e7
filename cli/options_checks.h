// Checks of option values. A wrong value ends the program with a line that says how to write it.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <limits>
#include <map>
#include <string>

namespace cli {

// tcp://HOST:PORT with a port from 1 to `port_max`.
CLI::Validator tcp_endpoint(unsigned port_max);
CLI::Validator ipc_endpoint();
// A tcp or an ipc endpoint. A broker also uses the two ports after its own, so the port is at most 65533.
CLI::Validator broker_endpoint();
// An instance name. {host} in it is replaced by this machine's name, so that equal containers get different names.
CLI::Validator instance_name();
// HOST:PORT.
CLI::Validator http_address();

// An address or a network: 10.0.0.5, 10.0.0.0/8, fd00::/8.
CLI::Validator web_network();
// The name or the address of a machine, without a port: shop.example, 10.0.0.5, fd00::5.
CLI::Validator web_host();
// The origin of a web page, as browsers send it: https://shop.example, http://10.0.0.5:3000.
CLI::Validator web_origin();
// The code of a currency, like EUR.
CLI::Validator currency_code();
// A number and one of these units, like 30s. Stores the number times the unit, in milliseconds; it must lie between the
// bounds.
using Units = std::map<std::string, std::uint64_t>;
constexpr auto kNoBound = std::numeric_limits<std::uint64_t>::max();
CLI::Validator duration(const Units& units, std::uint64_t least = 0, std::uint64_t most = kNoBound);
// Digits, which are read as decimal also if the first is 0. `has_unit`: a unit may follow, which another check takes.
CLI::Validator decimal_number(bool may_be_negative, bool has_unit);
// A port alone.
CLI::Validator port_number();
// A port alone, or `off`.
CLI::Validator port_or_off();

}  // namespace cli
