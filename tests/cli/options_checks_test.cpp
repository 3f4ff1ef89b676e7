#include "cli/options_checks.h"

#include <gtest/gtest.h>

#include "cli/process_host.h"

namespace {

// Returns the value of the option after its check. Empty: refused.
std::string instance(std::string text) { return cli::instance_name()(text).empty() ? text : std::string(); }

TEST(Instance, IsAPlainName) {
  EXPECT_EQ(instance("order-1"), "order-1");
  EXPECT_EQ(instance(""), "");
  EXPECT_EQ(instance("order 1"), "");
  EXPECT_EQ(instance(std::string(65, 'o')), "");
}

TEST(Instance, MayBeNamedAfterTheMachine) {
  EXPECT_EQ(instance("order-{host}"), "order-" + cli::host_name());
  EXPECT_EQ(instance("{hosts}"), "");
}

}  // namespace
