// Asks the guard any question about a key. Only keys of the list, in a domain of ours, are admitted, and each answer
// has the parts that libzmq needs.
#include <cstdint>
#include <zmq.hpp>

#include "base/check.h"
#include "net/zap.h"
#include "tests/fuzz/fuzz.h"

namespace {

constexpr std::array<std::string_view, 3> kListed{"0000000000000000000000000000000000000000",
                                                  "1111111111111111111111111111111111111111",
                                                  "2222222222222222222222222222222222222222"};

net::KeyList list() {
  net::KeyList made;
  made.replace({{{base::KeyRole::kBroker, "broker-1"}, std::string(kListed[0])},
                {{base::KeyRole::kOperator, "ann"}, std::string(kListed[1])},
                {{base::KeyRole::kClient, "bob"}, std::string(kListed[2])}});
  return made;
}

std::string raw(std::string_view key) {
  std::string bytes(32, '\0');
  zmq_z85_decode(reinterpret_cast<std::uint8_t*>(bytes.data()), std::string(key).c_str());
  return bytes;
}

// A part that the script spells, or one that a good question has.
std::string part(fuzz::Steps& steps, std::size_t place) {
  const auto choice = steps.byte();
  if (choice % 2 == 0) return std::string(steps.bytes());
  const std::array<std::string, 7> good{"1.0",
                                        "1",
                                        std::string(net::word(static_cast<net::Domain>(choice / 2 % 3))),
                                        "10.0.0.1",
                                        "",
                                        "CURVE",
                                        raw(kListed[choice / 2 % 3])};
  return place < good.size() ? good[place] : std::string();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Steps steps(data, size);
  std::vector<std::string> parts;
  for (std::size_t place = 0; !steps.done() && place < 12; ++place) parts.push_back(part(steps, place));
  const std::vector<base::BytesView> question(parts.begin(), parts.end());
  const auto known = list();
  const auto verdict = net::decide(question, known);
  CHECK(verdict.reply.empty() || (verdict.reply.size() == 6 && verdict.reply[1] == parts[1]));
  const bool admitted = !verdict.reply.empty() && verdict.reply[2] == "200";
  CHECK(admitted == verdict.refused.empty());
  CHECK(!admitted || (parts.size() == 7 && parts[5] == "CURVE" && known.find(verdict.reply[4]) != nullptr &&
                      raw(verdict.reply[4]) == parts[6]));
  CHECK(!admitted || parts[2] != "members" || verdict.reply[4] == kListed[0]);
  return 0;
}
