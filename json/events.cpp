#include "json/events.h"

#include <algorithm>

#include "base/decimal.h"
#include "json/json.h"

namespace json {
namespace {

bool is_inner(std::string_view field) { return field == "req" || field == "incarnation"; }

}  // namespace

std::string short_hash(const msg::Hash& hash) {
  std::string digits;
  for (std::size_t i = 0; i < kShortHashDigits / 2; ++i)
    digits += fmt::format("{:02x}", static_cast<unsigned char>(hash[i]));
  return digits;
}

std::string to_text(msg::Seq seq, const msg::Event& event) {
  std::string out = fmt::format("{{\"seq\":{},\"at\":{},", seq, event.at);
  if (event.by) out += fmt::format("\"by\":{},", *event.by);
  out += "\"type\":";
  std::visit(
      [&](const auto& what) {
        write(std::string_view(what.kType), out);
        msg::for_each_field(what, [&](std::string_view name, const auto& member) {
          using Member = std::decay_t<decltype(member)>;
          const auto add = [&](const auto& value) {
            if (is_inner(name)) return;
            write_name(name == "type" ? "order_type" : name, out);
            write(value, out);
          };
          if constexpr (std::is_same_v<Member, msg::Blob> || std::is_same_v<Member, std::optional<msg::Blob>>) {
            return;
          } else if constexpr (msg::kIsOptional<Member>) {
            if (member) add(*member);
          } else {
            add(member);
          }
        });
      },
      event.what);
  return out + "}";
}

std::optional<EventId> event_id_of(std::string_view text) {
  const auto dash = text.find('-');
  const auto seq = base::decimal(text.substr(0, dash));
  if (!seq || *seq >= UINT64_MAX / 2) return std::nullopt;
  if (dash == std::string_view::npos) return EventId{msg::Seq(*seq), {}};
  const auto tag = text.substr(dash + 1);
  if (tag.size() != kShortHashDigits || tag.find_first_not_of("0123456789abcdef") != std::string_view::npos) {
    return std::nullopt;
  }
  return EventId{msg::Seq(*seq), std::string(tag)};
}

base::Result<EventPage> page_of(const msg::EventsReply& reply, msg::Seq from) {
  EventPage page;
  for (const auto& bytes : reply.blocks) {
    const auto block = msg::decode_block(bytes.bytes);
    if (!block) return base::fail(block.error().message);
    if (!page.first) {
      page.first = block->first;
      page.prev = block->prev.bytes;
      page.first_hash = block->hash.bytes;
      if (block->first > from) page.begins = block->first;
      from = std::max(from, block->first);
    }
    page.last_hash = block->hash.bytes;
    auto events = msg::decode_events(block->events.bytes, block->count);
    if (!events) return base::fail(events.error().message);
    auto seq = block->first;
    for (auto& event : *events) {
      if (seq == from) {
        page.events.push_back({{seq, short_hash(block->hash.bytes)}, std::move(event)});
        from = from.next();
      }
      seq = seq.next();
    }
  }
  return page;
}

std::optional<msg::Seq> trimmed_to(const msg::EventsReply& reply, msg::Seq from) {
  if (reply.blocks.empty()) return std::nullopt;
  const auto first = msg::decode_block(reply.blocks.front().bytes);
  return first && first->first > from ? std::optional(first->first) : std::nullopt;
}

}  // namespace json
