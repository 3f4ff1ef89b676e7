// The line for other terminals.
#include "up/ready.h"

#include <gtest/gtest.h>

namespace {

std::string line_of(const up::UpOptions& options) {
  return up::exports(options, up::cores_of(up::plan(options, "/data")));
}

TEST(Exports, TheUsualStoreIsFoundWithoutThem) { EXPECT_EQ(line_of({}), ""); }

TEST(Exports, OtherPortsAndMoreBrokersAreNamed) {
  EXPECT_EQ(line_of({.port_base = 9000}),
            "in other terminals: export PYGMY_FRONTEND=tcp://127.0.0.1:9010,tcp://127.0.0.1:9012 "
            "PYGMY_BROKERS=tcp://127.0.0.1:9000");
  const auto cluster = line_of({.journal = "etcd", .cluster = true});
  EXPECT_NE(cluster.find("PYGMY_BROKERS=tcp://127.0.0.1:7400,tcp://127.0.0.1:7403"), std::string::npos) << cluster;
}

TEST(Exports, AnotherDirectoryIsNamedAsAShellReadsIt) {
  EXPECT_EQ(line_of({.data = "/srv/shop"}), "in other terminals: export PYGMY_DATA=/srv/shop");
  EXPECT_EQ(line_of({.data = "/srv/ann's shop"}), "in other terminals: export PYGMY_DATA='/srv/ann'\\''s shop'");
}

}  // namespace
