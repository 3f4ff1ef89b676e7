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

namespace {

// A block, or the part of it that a client may see.
struct Told {
  msg::Seq first;
  msg::Hash prev, hash;
  std::vector<SeqEvent> events;  // all of the block
};

base::Result<Told> told_of(const msg::Block& block) {
  auto events = msg::decode_events(block.events.bytes, block.count);
  if (!events) return base::fail(events.error().message);
  Told told{block.first, block.prev.bytes, block.hash.bytes, {}};
  const auto tag = short_hash(told.hash);
  for (auto& event : *events) told.events.push_back({{block.first.next(told.events.size()), tag}, std::move(event)});
  return told;
}

base::Result<Told> told_of(const msg::BlockPart& part) {
  if (part.hash.bytes.size() != msg::kHashBytes || part.count > msg::kBlockEventsMax) {
    return base::fail("a part of a block is malformed");
  }
  Told told{part.first, part.prev.bytes, part.hash.bytes, {}};
  const auto tag = short_hash(told.hash);
  for (std::uint32_t i = 0; i < part.count; ++i) told.events.push_back({{part.first.next(i), tag}, {}, true});
  for (const auto& each : part.events) {
    if (each.seq < part.first || each.seq >= part.first.next(part.count))
      return base::fail("a seq is not of its block");
    auto events = msg::decode_events(each.event.bytes, 1);
    if (!events) return base::fail(events.error().message);
    told.events[each.seq.value() - part.first.value()] = {{each.seq, tag}, std::move(events->front())};
  }
  return told;
}

// Adds the events of the block from `from` on, and moves `from` behind them.
void add(Told told, msg::Seq& from, EventPage& page) {
  if (!page.first) {
    page.first = told.first;
    page.prev = told.prev;
    page.first_hash = told.hash;
    if (told.first > from) page.begins = told.first;
    from = std::max(from, told.first);
  }
  page.last_hash = told.hash;
  for (auto& event : told.events) {
    if (event.id.seq != from) continue;
    page.events.push_back(std::move(event));
    from = from.next();
  }
}

}  // namespace

base::Result<EventPage> page_of(const msg::EventsReply& reply, msg::Seq from) {
  EventPage page;
  for (const auto& bytes : reply.blocks) {
    const auto block = msg::decode_block(bytes.bytes);
    if (!block) return base::fail(block.error().message);
    auto told = told_of(*block);
    if (!told) return base::fail(told.error().message);
    add(std::move(*told), from, page);
  }
  for (const auto& part : reply.parts.value_or(std::vector<msg::BlockPart>())) {
    auto told = told_of(part);
    if (!told) return base::fail(told.error().message);
    add(std::move(*told), from, page);
  }
  return page;
}

std::optional<msg::Seq> trimmed_to(const msg::EventsReply& reply, msg::Seq from) {
  if (reply.blocks.empty()) return std::nullopt;
  const auto first = msg::decode_block(reply.blocks.front().bytes);
  return first && first->first > from ? std::optional(first->first) : std::nullopt;
}

}  // namespace json
