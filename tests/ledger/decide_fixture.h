// The fixture of the tests of decide(): a shop (shop.h), and the refusal of a request that is not valid.
//
// Each test has an empty shop. Its events stay pending until commit(). Threads: none.
#pragma once

#include "tests/ledger/shop.h"

namespace ledger {

class Decide : public ::testing::Test, public Shop {
 protected:
  void invalid(const Command& command, const std::string& field) {
    const auto refusal = refused(when(command), msg::Code::kInvalid);
    EXPECT_EQ(refusal.message.substr(0, refusal.message.find(':')), field) << refusal.message;
  }
};

}  // namespace ledger
