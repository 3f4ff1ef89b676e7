#include "bridge/receiver.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/time_text.h"
#include "msg/effects.h"

namespace bridge {
namespace {

namespace ip = boost::asio::ip;

struct Network4 {
  std::uint32_t first;
  unsigned bits;
};

constexpr std::uint32_t dotted(std::uint32_t a, std::uint32_t b = 0, std::uint32_t c = 0) {
  return a << 24 | b << 16 | c << 8;
}

// The networks that IANA's registry of special-purpose addresses does not call globally reachable, and groups.
constexpr std::array<Network4, 15> kNotPublic4{{{dotted(0), 8},
                                                {dotted(10), 8},
                                                {dotted(100, 64), 10},
                                                {dotted(127), 8},
                                                {dotted(169, 254), 16},
                                                {dotted(172, 16), 12},
                                                {dotted(192, 0, 0), 24},
                                                {dotted(192, 0, 2), 24},
                                                {dotted(192, 88, 99), 24},
                                                {dotted(192, 168), 16},
                                                {dotted(198, 18), 15},
                                                {dotted(198, 51, 100), 24},
                                                {dotted(203, 0, 113), 24},
                                                {dotted(224), 4},
                                                {dotted(240), 4}}};

bool is_public4(std::uint32_t address) {
  return std::none_of(kNotPublic4.begin(), kNotPublic4.end(),
                      [&](const Network4& network) { return (address ^ network.first) >> (32 - network.bits) == 0; });
}

std::uint32_t four_bytes(const ip::address_v6::bytes_type& bytes, std::size_t at) {
  return std::uint32_t{bytes[at]} << 24 | std::uint32_t{bytes[at + 1]} << 16 | std::uint32_t{bytes[at + 2]} << 8 |
         std::uint32_t{bytes[at + 3]};
}

// Of IPv6 only 2000::/3 is given out to the internet, and 64:ff9b::/96 stands for all of IPv4.
bool is_public6(const ip::address_v6& address) {
  const auto bytes = address.to_bytes();
  const auto begins = [&](std::initializer_list<unsigned> with) {
    return std::equal(with.begin(), with.end(), bytes.begin());
  };
  if (address.is_v4_mapped()) return is_public4(four_bytes(bytes, 12));
  if (begins({0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0})) return is_public4(four_bytes(bytes, 12));
  if (begins({0x20, 0x02})) return is_public4(four_bytes(bytes, 2));           // 6to4
  if (begins({0x20, 0x01}) && bytes[2] < 2) return false;                      // 2001::/23, e.g. Teredo
  if (begins({0x20, 0x01, 0x0d, 0xb8}) || begins({0x3f, 0xff})) return false;  // documentation
  return (bytes[0] & 0xe0U) == 0x20;
}

}  // namespace

Letter letter_of(const json::SeqEvent& event) {
  auto body = fmt::format(R"({{"type":"{}","timestamp":"{}","data":{}}})", msg::type_of(event.event),
                          base::instant_text(event.event.at), json::to_text(event.id.seq, event.event));
  return {event.id.seq, event.id.text(), std::move(body)};
}

bool is_public(const ip::address& address) {
  return address.is_v4() ? is_public4(address.to_v4().to_uint()) : is_public6(address.to_v6());
}

}  // namespace bridge
