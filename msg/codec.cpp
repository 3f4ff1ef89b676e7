#include "msg/codec.h"

#include <fmt/format.h>

#include <limits>
#include <msgpack.hpp>
#include <type_traits>

#include "msg/block.h"
#include "msg/envelope.h"
#include "msg/events.h"
#include "msg/field_types.h"
#include "msg/internal.h"
#include "msg/requests.h"
#include "msg/rows.h"
#include "msg/serve.h"
#include "msg/snapshot.h"

namespace msg {
namespace {

constexpr std::size_t kDepthMax = 10;
const msgpack::unpack_limit kLimits(kReadArrayMax, 64, 64 * 1024, kBlockBytesMax + 4096, 0, kDepthMax);

struct Appender {
  std::string& out;
  void write(const char* data, std::size_t size) { out.append(data, size); }
};
using Packer = msgpack::packer<Appender>;

// --- encoding ---

void pack_text(Packer& packer, std::string_view text) {
  packer.pack_str(static_cast<std::uint32_t>(text.size()));
  packer.pack_str_body(text.data(), static_cast<std::uint32_t>(text.size()));
}

template <class T>
void pack(Packer& packer, const T& value);

template <class T>
std::uint32_t present_fields(const T& value) {
  std::uint32_t count = 0;
  for_each_field(value, [&](std::string_view, const auto& member) {
    if constexpr (kIsOptional<std::decay_t<decltype(member)>>) {
      count += member.has_value() ? 1 : 0;
    } else {
      ++count;
    }
  });
  return count;
}

template <class T>
void pack_fields(Packer& packer, const T& value) {
  for_each_field(value, [&](std::string_view name, const auto& member) {
    if constexpr (kIsOptional<std::decay_t<decltype(member)>>) {
      if (!member) return;
      pack_text(packer, name);
      pack(packer, *member);
    } else {
      pack_text(packer, name);
      pack(packer, member);
    }
  });
}

void pack_event(Packer& packer, const Event& event) {
  std::visit(
      [&](const auto& what) {
        packer.pack_map((event.by ? 4 : 3) + present_fields(what));
        pack_text(packer, "t");
        pack_text(packer, what.kType);
        pack_text(packer, "v");
        packer.pack(kVersions.spoken);
        pack_text(packer, "at");
        packer.pack(event.at);
        if (event.by) {
          pack_text(packer, "by");
          packer.pack(event.by->value());
        }
        pack_fields(packer, what);
      },
      event.what);
}

template <class T>
void pack(Packer& packer, const T& value) {
  if constexpr (std::is_same_v<T, Event>) {
    pack_event(packer, value);
  } else if constexpr (std::is_same_v<T, Blob>) {
    packer.pack_bin(static_cast<std::uint32_t>(value.bytes.size()));
    packer.pack_bin_body(value.bytes.data(), static_cast<std::uint32_t>(value.bytes.size()));
  } else if constexpr (std::is_same_v<T, std::string>) {
    pack_text(packer, value);
  } else if constexpr (std::is_enum_v<T>) {
    pack_text(packer, word(value));
  } else if constexpr (StrongNumber<T>) {
    packer.pack(value.value());
  } else if constexpr (kIsVector<T>) {
    packer.pack_array(static_cast<std::uint32_t>(value.size()));
    for (const auto& element : value) pack(packer, element);
  } else if constexpr (kIsMap<T>) {
    packer.pack_map(static_cast<std::uint32_t>(value.size()));
    for (const auto& [name, member] : value) {
      pack_text(packer, name);
      pack(packer, member);
    }
  } else if constexpr (kIsOptional<T>) {  // of such a map
    value ? pack(packer, *value) : static_cast<void>(packer.pack_nil());
  } else if constexpr (HasFields<const T>) {
    packer.pack_map(present_fields(value));
    pack_fields(packer, value);
  } else {
    packer.pack(value);
  }
}

// --- decoding ---

using Object = msgpack::object;

// Thrown and caught within this file only. It says what is wrong with the bytes, and names the path to the field, as in
// "lines[2].quantity: missing".
struct Wrong {
  std::string what;
  Code code = Code::kMalformed;
  bool has_path = false;

  void within(std::string_view name) {
    what = fmt::format("{}{}{}", name, !has_path ? ": " : what.front() == '[' ? "" : ".", what);
    has_path = true;
  }
};

// A number that does not fit its type is out of range like one that passes a limit of the shop (PROTOCOL 3).
[[noreturn]] void fail_range(const char* what) { throw Wrong{what, Code::kInvalid}; }

std::string_view text_of(const Object& object) {
  if (object.type != msgpack::type::STR) throw Wrong{"expected a string"};
  return {object.via.str.ptr, object.via.str.size};
}

template <class T>
void unpack_value(const Object& object, T& out);

// `hint`: what the sender of a fraction may have got wrong.
template <class T>
void unpack_integer(const Object& object, T& out, std::string_view hint = {}) {
  if (object.type == msgpack::type::POSITIVE_INTEGER) {
    if (object.via.u64 > static_cast<std::uint64_t>(std::numeric_limits<T>::max())) fail_range("number too large");
    out = static_cast<T>(object.via.u64);
  } else if (object.type == msgpack::type::NEGATIVE_INTEGER) {
    if (std::is_unsigned_v<T> || object.via.i64 < static_cast<std::int64_t>(std::numeric_limits<T>::min())) {
      fail_range("number too small");
    }
    out = static_cast<T>(object.via.i64);
  } else if (object.type == msgpack::type::FLOAT32 || object.type == msgpack::type::FLOAT64) {
    throw Wrong{fmt::format("expected an integer, not {}{}", object.via.f64, hint)};
  } else {
    throw Wrong{"expected an integer"};
  }
}

// Programs that count in whole units send prices with a point.
template <class T>
constexpr std::string_view kHintAt =
    std::is_same_v<T, Cents> ? ": prices count the smallest unit of the currency, as cents" : "";

template <class E>
void unpack_word(const Object& object, E& out) {
  const auto text = text_of(object);
  const auto value = from_word<E>(text);
  if (!value) throw Wrong{fmt::format("'{}' is none of {}", text.substr(0, 32), fmt::join(kWords<E>, ", "))};
  out = *value;
}

// Fields mostly come in the order of the table, so the search for the next one starts after the last one found.
class MapReader {
 public:
  explicit MapReader(const Object& object) {
    if (object.type != msgpack::type::MAP) throw Wrong{"expected a map"};
    map_ = object.via.map;
  }
  const Object* find(std::string_view name) {
    for (std::uint32_t i = 0; i < map_.size; ++i) {
      const auto& entry = map_.ptr[(next_ + i) % map_.size];
      if (entry.key.type == msgpack::type::STR && entry.key.via.str.size == name.size() &&
          std::string_view(entry.key.via.str.ptr, entry.key.via.str.size) == name) {
        next_ = (next_ + i + 1) % map_.size;
        return &entry.val;
      }
    }
    return nullptr;
  }

 private:
  msgpack::object_map map_{};
  std::uint32_t next_ = 0;
};

template <class T>
void unpack_fields(MapReader& map, T& out) {
  for_each_field(out, [&](std::string_view name, auto& member) {
    using Member = std::decay_t<decltype(member)>;
    const Object* object = map.find(name);
    try {
      if constexpr (kIsOptional<Member>) {
        if (object && object->type != msgpack::type::NIL) unpack_value(*object, member.emplace());
      } else {
        if (!object) throw Wrong{"missing"};
        unpack_value(*object, member);
      }
    } catch (Wrong& wrong) {
      wrong.within(name);
      throw;
    }
  });
}

template <std::size_t I = 0>
void unpack_what(std::string_view type, MapReader& map, Event& out) {
  if constexpr (I == std::variant_size_v<decltype(Event::what)>) {
    throw Wrong{"unknown event type '" + std::string(type.substr(0, 32)) + "'"};
  } else {
    if (std::variant_alternative_t<I, decltype(Event::what)>::kType == type) {
      unpack_fields(map, out.what.template emplace<I>());
    } else {
      unpack_what<I + 1>(type, map, out);
    }
  }
}

void unpack_event(const Object& object, Event& out) {
  MapReader map(object);
  const auto* type = map.find("t");
  const auto* version = map.find("v");
  const auto* at = map.find("at");
  if (!type || !version || !at) throw Wrong{"an event needs t, v and at"};
  std::uint32_t v = 0;
  unpack_integer(*version, v);
  if (!readable(v)) throw Wrong{unreadable_text("event", v)};
  unpack_integer(*at, out.at);
  if (const auto* by = map.find("by"); by && by->type != msgpack::type::NIL) unpack_value(*by, out.by.emplace());
  unpack_what(text_of(*type), map, out);
}

template <class Element>
void unpack_array(const msgpack::object_array& array, std::vector<Element>& out) {
  out.clear();
  out.reserve(array.size);
  std::uint32_t i = 0;
  try {
    for (; i < array.size; ++i) unpack_value(array.ptr[i], out.emplace_back());
  } catch (Wrong& wrong) {
    wrong.within(fmt::format("[{}]", i));
    throw;
  }
}

template <class Value>
void unpack_map(const Object& object, std::map<std::string, Value>& out) {
  if (object.type != msgpack::type::MAP) throw Wrong{"expected a map"};
  out.clear();
  for (std::uint32_t i = 0; i < object.via.map.size; ++i) {
    const auto& entry = object.via.map.ptr[i];
    const auto [member, is_new] = out.try_emplace(std::string(text_of(entry.key)));
    if (!is_new) throw Wrong{"a name comes twice"};
    unpack_value(entry.val, member->second);
  }
}

template <class T>
void unpack_value(const Object& object, T& out) {
  if constexpr (std::is_same_v<T, Event>) {
    unpack_event(object, out);
  } else if constexpr (std::is_same_v<T, Blob>) {
    if (object.type != msgpack::type::BIN) throw Wrong{"expected binary"};
    out.bytes.assign(object.via.bin.ptr, object.via.bin.size);
  } else if constexpr (std::is_same_v<T, std::string>) {
    out = text_of(object);
  } else if constexpr (std::is_same_v<T, bool>) {
    if (object.type != msgpack::type::BOOLEAN) throw Wrong{"expected a boolean"};
    out = object.via.boolean;
  } else if constexpr (std::is_enum_v<T>) {
    unpack_word(object, out);
  } else if constexpr (StrongNumber<T>) {
    typename T::Rep rep{};
    unpack_integer(object, rep, kHintAt<T>);
    out = T(rep);
  } else if constexpr (kIsVector<T>) {
    if (object.type != msgpack::type::ARRAY) throw Wrong{"expected an array"};
    unpack_array(object.via.array, out);
  } else if constexpr (kIsMap<T>) {
    unpack_map(object, out);
  } else if constexpr (kIsOptional<T>) {  // of such a map
    if (object.type != msgpack::type::NIL) unpack_value(object, out.emplace());
  } else if constexpr (HasFields<T>) {
    MapReader map(object);
    unpack_fields(map, out);
  } else {
    unpack_integer(object, out);
  }
}

bool refer_to_input(msgpack::type::object_type, std::size_t, void*) { return true; }

// A visitor that only counts the nesting, for skipping a value.
struct Skipper : msgpack::null_visitor {
  std::size_t depth = 0;
  bool start_array(std::uint32_t) { return ++depth <= kDepthMax; }
  bool end_array() {
    --depth;
    return true;
  }
  bool start_map(std::uint32_t) { return ++depth <= kDepthMax; }
  bool end_map() {
    --depth;
    return true;
  }
};

}  // namespace

template <class T>
void encode(const T& value, std::string& out) {
  Appender appender{out};
  Packer packer(appender);
  pack(packer, value);
}

template <class T>
tl::expected<T, Refusal> read(std::string_view bytes, std::size_t* used) {
  thread_local msgpack::zone zone;
  zone.clear();
  std::size_t offset = 0;
  try {
    bool referenced = false;
    const Object object =
        msgpack::unpack(zone, bytes.data(), bytes.size(), offset, referenced, refer_to_input, nullptr, kLimits);
    if (!used && offset != bytes.size()) throw Wrong{"bytes left over after the value"};
    T value{};
    unpack_value(object, value);
    if (used) *used = offset;
    return value;
  } catch (const Wrong& wrong) {
    return tl::unexpected(Refusal{.code = wrong.code, .message = wrong.what});
  } catch (const msgpack::unpack_error& error) {
    return tl::unexpected(Refusal{.code = Code::kMalformed,
                                  .message = std::string("not MessagePack within the limits: ") + error.what()});
  }
}

template <class T>
base::Result<T> decode(std::string_view bytes, std::size_t* used) {
  auto value = read<T>(bytes, used);
  if (!value) return base::fail(std::move(value.error().message));
  return std::move(*value);
}

base::Result<std::string_view> skip_value(std::string_view bytes) {
  Skipper skipper;
  std::size_t offset = 0;
  if (bytes.empty() || !msgpack::parse(bytes.data(), bytes.size(), offset, skipper)) {
    return base::fail("not MessagePack within the limits");
  }
  return bytes.substr(0, offset);
}

#define PYGMY_MESSAGE(T)                                                     \
  template void encode<T>(const T&, std::string&);                           \
  template tl::expected<T, Refusal> read<T>(std::string_view, std::size_t*); \
  template base::Result<T> decode<T>(std::string_view, std::size_t*);

PYGMY_MESSAGE(std::uint32_t)
PYGMY_MESSAGE(Header)
PYGMY_MESSAGE(HeaderId)
PYGMY_MESSAGE(Refusal)
PYGMY_MESSAGE(Terms)
PYGMY_MESSAGE(Places)
PYGMY_MESSAGE(Topics)
PYGMY_MESSAGE(Attributes)
PYGMY_MESSAGE(Item)
PYGMY_MESSAGE(Order)
PYGMY_MESSAGE(Cancellation)
PYGMY_MESSAGE(Hold)
PYGMY_MESSAGE(Movement)
PYGMY_MESSAGE(Subscription)
PYGMY_MESSAGE(Credential)
PYGMY_MESSAGE(std::vector<OrderLine>)
PYGMY_MESSAGE(Lookup)
PYGMY_MESSAGE(Search)
PYGMY_MESSAGE(PlaceOrder)
PYGMY_MESSAGE(AddItems)
PYGMY_MESSAGE(ChangePrice)
PYGMY_MESSAGE(EditItem)
PYGMY_MESSAGE(CountStock)
PYGMY_MESSAGE(Restock)
PYGMY_MESSAGE(Transfer)
PYGMY_MESSAGE(GetOrder)
PYGMY_MESSAGE(ListOrders)
PYGMY_MESSAGE(Outcome)
PYGMY_MESSAGE(Cancel)
PYGMY_MESSAGE(PlaceHold)
PYGMY_MESSAGE(ConfirmHold)
PYGMY_MESSAGE(ExtendHold)
PYGMY_MESSAGE(ReleaseHold)
PYGMY_MESSAGE(GetHold)
PYGMY_MESSAGE(ListHolds)
PYGMY_MESSAGE(ListMovements)
PYGMY_MESSAGE(Subscribe)
PYGMY_MESSAGE(Acknowledge)
PYGMY_MESSAGE(Unsubscribe)
PYGMY_MESSAGE(ListSubscriptions)
PYGMY_MESSAGE(Events)
PYGMY_MESSAGE(Grant)
PYGMY_MESSAGE(Revoke)
PYGMY_MESSAGE(Note)
PYGMY_MESSAGE(ListCredentials)
PYGMY_MESSAGE(FindCredential)
PYGMY_MESSAGE(Status)
PYGMY_MESSAGE(Forget)
PYGMY_MESSAGE(WhoAmI)
PYGMY_MESSAGE(ItemReply)
PYGMY_MESSAGE(ItemsReply)
PYGMY_MESSAGE(OrderReply)
PYGMY_MESSAGE(OrdersReply)
PYGMY_MESSAGE(HoldReply)
PYGMY_MESSAGE(HoldsReply)
PYGMY_MESSAGE(MovementsReply)
PYGMY_MESSAGE(SubscriptionReply)
PYGMY_MESSAGE(SubscriptionsReply)
PYGMY_MESSAGE(OutcomeReply)
PYGMY_MESSAGE(EventsReply)
PYGMY_MESSAGE(NoteReply)
PYGMY_MESSAGE(CredentialReply)
PYGMY_MESSAGE(CredentialsReply)
PYGMY_MESSAGE(StatusReply)
PYGMY_MESSAGE(ForgetReply)
PYGMY_MESSAGE(WhoAmIReply)
PYGMY_MESSAGE(DescribeStore)
PYGMY_MESSAGE(StoreReply)
PYGMY_MESSAGE(Append)
PYGMY_MESSAGE(Replay)
PYGMY_MESSAGE(ReplayReply)
PYGMY_MESSAGE(LeaseRequest)
PYGMY_MESSAGE(LeaseReply)
PYGMY_MESSAGE(Ack)
PYGMY_MESSAGE(Resign)
PYGMY_MESSAGE(Announce)
PYGMY_MESSAGE(Trim)
PYGMY_MESSAGE(TrimReply)
PYGMY_MESSAGE(Snapshot)
PYGMY_MESSAGE(SnapshotReply)
PYGMY_MESSAGE(Rows)
PYGMY_MESSAGE(RowsReply)
PYGMY_MESSAGE(Mark)
PYGMY_MESSAGE(Control)
PYGMY_MESSAGE(Heartbeat)
PYGMY_MESSAGE(Event)
PYGMY_MESSAGE(Block)

#undef PYGMY_MESSAGE

}  // namespace msg
