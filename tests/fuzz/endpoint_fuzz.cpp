// Reads any text as an endpoint. An endpoint that the options accept for a broker has the two further endpoints that
// PROTOCOL 1 names, and the options accept those, too.
#include "cli/options_checks.h"
#include "net/reactor.h"
#include "tests/fuzz/fuzz.h"

namespace {

bool accepted(const CLI::Validator& check, std::string text) { return check(text).empty(); }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto broker = cli::broker_endpoint();
  static const auto tcp = cli::tcp_endpoint(65535);
  static const auto instance = cli::instance_name();
  const std::string text(reinterpret_cast<const char*>(data), size);
  auto name = text;  // the check replaces {host} in it
  CHECK(!instance(name).empty() || (name.size() <= 64 && name.find_first_of(" /\n\"") == std::string::npos));
  if (!accepted(broker, text)) return 0;
  const auto publish = net::publish_endpoint(text);
  const auto heartbeat = net::heartbeat_endpoint(text);
  CHECK(publish != heartbeat && publish != text && heartbeat != text);
  if (text.rfind("tcp://", 0) == 0) CHECK(accepted(tcp, publish) && accepted(tcp, heartbeat), "beside '{}'", text);
  return 0;
}
