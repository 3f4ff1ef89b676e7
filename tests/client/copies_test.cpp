// Several copies of a write are under way: what a refusal of one of them is worth (PROTOCOL 5.1).
#include "tests/client/scripted.h"

namespace {

using std::chrono::seconds;
using namespace scripted;
using Copies = ClientCore;

TEST_F(Copies, TheRefusalThatWasSettledRevealsTheVoiding) {
  buy("k-1");
  wait_until(300);
  refuse(Copy(copies[1]), msg::Code::kOutOfStock);
  answer_with(Copy(copies[2]), {msg::OutcomeKind::kVoid, base::Seq(9), {}});
  ASSERT_EQ(ends.size(), 1U);
  EXPECT_EQ(ends[0].header.seq, base::Seq(9)) << "the refusal itself came with 7";
}

TEST_F(Copies, ARefusalOfOneOfTwoCopiesIsSettledIfAnotherCopyMayMeetADifferentShop) {
  for (const auto refusal : {msg::Code::kOutOfStock, msg::Code::kUnknownItem, msg::Code::kPriceChanged,
                             msg::Code::kVersionChanged, msg::Code::kItemExists, msg::Code::kLimit,
                             msg::Code::kUnknownType, msg::Code::kUnsupportedVersion, msg::Code::kForbidden}) {
    with({kFirst, kSecond});
    copies.clear();
    now_ms = 0;
    buy("k-1");
    wait_until(300);
    refuse(Copy(copies[1]), refusal);
    EXPECT_TRUE(ends.empty()) << msg::word(refusal);
    EXPECT_EQ(copies.back().header.t, "outcome") << msg::word(refusal);
  }
}

TEST_F(Copies, ARefusalForTheBytesOrTheKeyIsFinalForAllCopies) {
  for (const auto refusal :
       {msg::Code::kKeyReused, msg::Code::kKeyVoided, msg::Code::kMalformed, msg::Code::kInvalid}) {
    with({kFirst, kSecond});
    copies.clear();
    ends.clear();
    now_ms = 0;
    buy("k-1");
    wait_until(300);
    refuse(Copy(copies[1]), refusal);
    ASSERT_EQ(ends.size(), 1U) << msg::word(refusal);
    EXPECT_EQ(code(0), refusal);
  }
}

TEST_F(Copies, ACopyThatMayHaveHadItsEffectStaysOpen) {
  for (const auto first : {msg::Code::kUnknown, msg::Code::kNotWriter, msg::Code::kFenced, msg::Code::kSkipped}) {
    with({kFirst, kSecond});
    copies.clear();
    now_ms = 0;
    buy("k-1");
    refuse(Copy(copies[0]), first);
    tick();
    ASSERT_EQ(copies.size(), 2U) << msg::word(first);
    refuse(Copy(copies[1]), msg::Code::kOutOfStock);
    EXPECT_TRUE(ends.empty()) << msg::word(first);
    EXPECT_EQ(copies.back().header.t, "outcome") << msg::word(first);
  }
}

TEST_F(Copies, AnOutcomeThatCannotBeAskedForIsUnknown) {
  buy("k-1");
  wait_until(300);
  refuse(Copy(copies[1]), msg::Code::kOutOfStock);
  refuse(Copy(copies[2]), msg::Code::kUnknownType, "no such request");
  ASSERT_EQ(ends.size(), 1U);
  EXPECT_EQ(code(0), msg::Code::kUnknown);
}

TEST_F(Copies, ABusyOutcomeIsAskedForAgain) {
  buy("k-1");
  wait_until(300);
  refuse(Copy(copies[1]), msg::Code::kOutOfStock);
  refuse(Copy(copies[2]), msg::Code::kBusy);
  EXPECT_TRUE(ends.empty());
  wait_until(510);
  ASSERT_EQ(copies.size(), 4U);
  EXPECT_EQ(copies[3].header.t, "outcome");
}

TEST_F(Copies, AWriteThatIsKnownToHaveHappenedIsNotRefused) {
  for (const auto refusal : {msg::Code::kUnknownType, msg::Code::kOutOfStock}) {
    with({kFirst, kSecond});
    copies.clear();
    ends.clear();
    now_ms = 0;
    buy("k-1");
    wait_until(300);
    refuse(Copy(copies[1]), msg::Code::kOutOfStock);
    answer_with(Copy(copies[2]), {msg::OutcomeKind::kOrder, base::Seq(9), {}});
    refuse(Copy(copies[3]), refusal);
    ASSERT_EQ(ends.size(), 1U);
    EXPECT_EQ(code(0), msg::Code::kUnknown);
  }
}

TEST_F(Copies, ASecondCopyOfAnOutcomeThatCannotBeReadThereIsUnknown) {
  submit(msg::Outcome{"k-1"}, {});
  wait_until(300);
  refuse(Copy(copies[1]), msg::Code::kUnknownType);
  ASSERT_EQ(ends.size(), 1U);
  EXPECT_EQ(code(0), msg::Code::kUnknown) << "the first copy may still void the key";
}

// An id has eight bits for the copy.
TEST_F(Copies, TheFirstCopyIsNotForgottenWhenItsIdComesAgain) {
  with({kFirst});
  buy("k-1", {.timeout = seconds(120)});
  wait_until(300);
  for (std::size_t i = 1; i <= 256; ++i) {
    ASSERT_GT(copies.size(), i);
    refuse(Copy(copies[i]), msg::Code::kBusy);
    wait_until(now_ms + 210);
  }
  refuse(Copy(copies.back()), msg::Code::kOutOfStock);
  EXPECT_TRUE(ends.empty());
  EXPECT_EQ(copies.back().header.t, "outcome");
}

}  // namespace
