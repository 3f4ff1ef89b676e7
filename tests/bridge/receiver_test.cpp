#include "bridge/receiver.h"

#include <gtest/gtest.h>

namespace bridge {
namespace {

bool is_public(const char* text) { return bridge::is_public(boost::asio::ip::make_address(text)); }

TEST(Receiver, AddressesOfTheInternetArePublic) {
  for (const auto* address :
       {"1.1.1.1",         "8.8.8.8",         "9.255.255.255",   "11.0.0.0",       "100.63.255.255",
        "100.128.0.0",     "126.255.255.255", "128.0.0.0",       "172.15.255.255", "172.32.0.0",
        "192.167.255.255", "192.169.0.0",     "198.17.255.255",  "198.20.0.0",     "223.255.255.255",
        "2606:4700::1111", "2a00:1450::1",    "2001:4860::8888", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8",
        "2002:808:808::1"}) {
    EXPECT_TRUE(is_public(address)) << address;
  }
}

TEST(Receiver, AddressesOfMachinesAndNetworksAreNot) {
  for (const auto* address : {"0.0.0.0",
                              "10.0.0.1",
                              "10.255.255.255",
                              "100.64.0.1",
                              "127.0.0.1",
                              "127.255.255.255",
                              "169.254.169.254",
                              "172.16.0.1",
                              "172.31.255.255",
                              "192.0.0.8",
                              "192.0.2.1",
                              "192.168.0.1",
                              "192.168.255.255",
                              "198.18.0.1",
                              "198.19.255.255",
                              "198.51.100.1",
                              "203.0.113.1",
                              "224.0.0.1",
                              "240.0.0.1",
                              "255.255.255.255",
                              "::",
                              "::1",
                              "::2",
                              "fc00::1",
                              "fdff::1",
                              "fe80::1",
                              "ff02::1",
                              "100::1",
                              "2001::1",
                              "2001:1ff::1",
                              "2001:db8::1",
                              "3fff::1",
                              "::ffff:127.0.0.1",
                              "::ffff:10.0.0.1",
                              "64:ff9b::127.0.0.1",
                              "64:ff9b::169.254.169.254",
                              "2002:7f00:1::1",
                              "2002:c0a8:1::1",
                              "4000::1"}) {
    EXPECT_FALSE(is_public(address)) << address;
  }
}

TEST(Receiver, ALetterNamesTheEventAndItsHistory) {
  const json::SeqEvent event{{msg::Seq(42), "0a1b2c3d"},
                             {1'700'000'000'007, msg::SubscriptionEnded{"k", 7, "till", {}}}};
  const auto letter = letter_of(event);
  EXPECT_EQ(letter.seq, msg::Seq(42));
  EXPECT_EQ(letter.id, "42-0a1b2c3d");
  EXPECT_EQ(
      letter.body,
      R"({"type":"subscription_ended","timestamp":"2023-11-14T22:13:20.007Z","data":{"seq":42,"at":1700000000007,)"
      R"("type":"subscription_ended","key":"k","name":"till"}})");
}

}  // namespace
}  // namespace bridge
