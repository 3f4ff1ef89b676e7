// What the processes' options may be: a wrong one ends the program with a line that says how to write it.
#pragma once

#include <CLI/CLI.hpp>

namespace cli {

// tcp://HOST:PORT with a port that exists.
CLI::Validator tcp_endpoint(unsigned port_max);
CLI::Validator ipc_endpoint();
// Either; a broker uses the two ports after its own as well.
CLI::Validator broker_endpoint();
// In it, {host} becomes this machine's name: containers that differ in nothing else have names of their own so.
CLI::Validator instance_name();
// HOST:PORT of HTTP, where a port alone will do, and where it may be `off`.
CLI::Validator http_address();
CLI::Validator port_or_off();

}  // namespace cli
