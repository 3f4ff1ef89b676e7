// Notes of acts of operators.
#include "tests/ledger/shop.h"

namespace ledger {
namespace {

using base::Seq;
using msg::Act;
using msg::Code;

msg::Note note(std::string key, Act act = Act::kTrim, std::string subject = "before seq 9") {
  return {std::move(key), act, std::move(subject)};
}

class NoteTest : public ::testing::Test, public Shop {};

TEST_F(NoteTest, AnActIsNotedAsItWasTold) {
  const auto noted = happened<msg::ActNoted>(when(note("k")));
  EXPECT_EQ(noted.key, "k");
  EXPECT_EQ(noted.act, Act::kTrim);
  EXPECT_EQ(noted.subject, "before seq 9");
  EXPECT_FALSE(noted.who) << "the writer knows it, and the client does not tell it";
}

TEST_F(NoteTest, ARepeatedNoteHasItsRecord) {
  when(note("k"));
  commit();
  EXPECT_EQ(std::get<KeyRecord>(when(note("k"))).seq, Seq(1));
  EXPECT_EQ(std::get<KeyRecord>(when(outcome("k"))).kind, msg::OutcomeKind::kChange);
  refused(when(note("k", Act::kBackup)), Code::kKeyReused);
  refused(when(note("k", Act::kTrim, "before seq 10")), Code::kKeyReused);
  refused(when(restock("k", 1, 1)), Code::kKeyReused);
  refused(when(msg::Revoke{"k", Seq(1)}), Code::kKeyReused);
}

TEST_F(NoteTest, TheLimitsOfASubject) {
  happened<msg::ActNoted>(when(note("k", Act::kKill, std::string(msg::kSubjectBytesMax, 's'))));
  refused(when(note("k2", Act::kKill, std::string(msg::kSubjectBytesMax + 1, 's'))), Code::kInvalid);
  refused(when(note("k3", Act::kKill, "")), Code::kInvalid);
  refused(when(note("k4", Act::kKill, "a\x1b[2J")), Code::kInvalid);
  refused(when(note("")), Code::kInvalid);
}

TEST_F(NoteTest, ANoteLeavesTheShopAsItIs) {
  given(1, 5);
  const auto before = items().digest();
  when(note("k"));
  commit();
  EXPECT_EQ(items().digest(), before);
}

}  // namespace
}  // namespace ledger
