// note: tells the stream of an act of an operator that makes no other event.
#include "base/notice.h"
#include "base/random.h"
#include "tasks/output.h"
#include "tasks/tasks.h"

namespace tasks {
namespace {

std::optional<msg::Refusal> asked(const Common& common, msg::Act act, const std::string& subject) {
  if (common.frontends.empty()) {
    return msg::Refusal{.code = msg::Code::kUnavailable, .message = "name the frontends with --frontend"};
  }
  auto store = common.connect();
  return store.call(msg::Note{base::new_key(), act, subject}).refusal;
}

void tell(msg::Act act, const msg::Refusal& refusal) {
  base::notice("pygmy: the stream does not tell of this {}: {}\n", msg::word(act), refusal.message);
}

}  // namespace

int note_before(const Common& common, msg::Act act, const std::string& subject) {
  const auto refusal = asked(common, act, subject);
  if (!refusal) return kDone;
  if (msg::is_denial(refusal->code)) return complain(common, *refusal);
  tell(act, *refusal);
  return kDone;
}

void note_done(const Common& common, msg::Act act, const std::string& subject) {
  if (const auto refusal = asked(common, act, subject)) tell(act, *refusal);
}

}  // namespace tasks
