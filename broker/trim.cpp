#include "broker/trim.h"

#include <fmt/format.h>

#include "base/log.h"

namespace broker {
namespace {

tl::unexpected<msg::Refusal> refuse(std::string why, msg::Code code = msg::Code::kInvalid) {
  return tl::unexpected(msg::Refusal{.code = code, .message = std::move(why)});
}

// The first seq of the block that holds trim.before, if no process needs the events before it.
tl::expected<base::Seq, msg::Refusal> where_to_trim(const msg::Trim& trim, const std::string& store, base::Seq commit,
                                                    const Membership& membership, Replays& replays, base::Mono now) {
  if (trim.store.value_or(store) != store) return refuse(fmt::format("this is store {}, not {}", store, *trim.store));
  if (!trim.before || trim.before > commit) {
    return refuse(fmt::format("before seq {}: this broker has the stream up to seq {}", trim.before, commit));
  }
  if (auto needed = membership.needs(trim.before, kViewsMin, now)) return refuse(std::move(*needed));
  const auto block = replays.block_of(trim.before);
  if (!block) return refuse(block.error().message, msg::Code::kUnavailable);
  return std::max(replays.begins(), block->value_or(base::Seq(1)));
}

}  // namespace

tl::expected<msg::TrimReply, msg::Refusal> answer(const msg::Trim& trim, const std::string& store, base::Seq commit,
                                                  const Membership& membership, Replays& replays, base::Mono now,
                                                  const std::function<void(base::Seq begins)>& let_go) {
  const auto begins = where_to_trim(trim, store, commit, membership, replays, now);
  if (!begins) return tl::unexpected(begins.error());
  if (!trim.dry.value_or(false)) {
    base::log::info("trimmed: the stream begins with seq {} from now on", *begins);
    replays.begin_at(*begins);
    let_go(*begins);
  }
  return msg::TrimReply{*begins};
}

}  // namespace broker
