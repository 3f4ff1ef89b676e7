#include "tasks/record.h"

#include <fmt/format.h>

#include <algorithm>

#include "msg/codec.h"
#include "msg/internal.h"
#include "tasks/hex.h"
#include "tasks/output.h"

namespace tasks {
namespace {

constexpr std::size_t kBufferBytes = 1024 * 1024;

std::int64_t nanos(base::Mono time) { return time.time_since_epoch().count(); }

// JSON has no bytes, so they are written as {"hex": "..."}. No body has a field of this name.
constexpr auto kHex = "hex";

template <class Change>
void change_each(Json& json, Change change) {
  if (change(json) || !json.is_structured()) return;
  for (auto& each : json) change_each(each, change);
}

bool spell_bytes(Json& json) {
  if (!json.is_binary()) return false;
  const auto& bytes = json.get_binary();
  json = Json{{kHex, hex(std::string(bytes.begin(), bytes.end()))}};
  return true;
}

// A text that is not hexadecimal stays as it is. The codec then refuses the unknown field.
bool read_bytes(Json& json) {
  if (!json.is_object() || json.size() != 1 || !json.contains(kHex) || !json[kHex].is_string()) return false;
  const auto bytes = bytes_of_hex(json[kHex].get_ref<const std::string&>());
  if (bytes) json = Json::binary({bytes->begin(), bytes->end()});
  return true;
}

// A body's fields have the same names in MessagePack and in the record, so that the strict codec checks both.
Json json_of(const base::Bytes& body) {
  auto json = Json::from_msgpack(body, true, false);
  change_each(json, spell_bytes);
  return json;
}

std::string bytes_of(Json json) {
  change_each(json, read_bytes);
  std::string bytes;
  Json::to_msgpack(json, nlohmann::detail::output_adapter<char>(bytes));
  return bytes;
}

// Decodes `json` into `to`. Returns the fault, or an empty string.
template <class Body, class To>
std::string decode_into(const Json& json, To& to) {
  auto body = msg::decode<Body>(bytes_of(json));
  if (!body) return body.error().message;
  to = std::move(*body);
  return {};
}

template <std::size_t I = 0>
std::string read_bodies(const Json& line, std::string_view type, history::Operation& operation) {
  if constexpr (I < std::variant_size_v<history::Request>) {
    using Request = std::variant_alternative_t<I, history::Request>;
    if (type != Request::kType) return read_bodies<I + 1>(line, type, operation);
    auto fault = decode_into<Request>(line.at("request"), operation.request);
    if (!fault.empty() || line.contains("err")) return fault;
    return decode_into<typename Request::Reply>(line.at("answer"), operation.answer);
  } else {
    return fmt::format("'{}' is not a type of request that can be checked", type);
  }
}

// Returns the fault, or an empty string. Throws Json::exception if a field is missing or has another type.
std::string read_line(const Json& line, history::Operation& operation) {
  operation.client = line.at("client").get<std::uint64_t>();
  operation.invoked = line.at("invoked").get<history::Time>();
  operation.returned = line.at("returned").get<history::Time>();
  if (line.contains("seq")) operation.seq = base::Seq(line.at("seq").get<std::uint64_t>());
  if (line.contains("stale_ok")) operation.stale_ok_ms = line.at("stale_ok").get<std::uint32_t>();
  if (line.contains("stale_ms")) operation.stale_ms = line.at("stale_ms").get<std::uint64_t>();
  if (operation.returned < operation.invoked) return "it returned before it was invoked";
  auto fault = read_bodies(line, line.at("type").get_ref<const std::string&>(), operation);
  if (!fault.empty() || !line.contains("err")) return fault;
  auto refusal = msg::decode<msg::Refusal>(bytes_of(line.at("answer")));
  if (!refusal) return refusal.error().message;
  refusal->code = msg::code_of(line.at("err").get_ref<const std::string&>()).value_or(msg::Code::kUnknown);
  operation.answer = std::move(*refusal);
  return {};
}

}  // namespace

Recorder::Recorder(const std::string& file) : buffer_(std::make_unique<std::vector<char>>(kBufferBytes)) {
  out_.rdbuf()->pubsetbuf(buffer_->data(), static_cast<std::streamsize>(buffer_->size()));
  out_.open(file, std::ios::trunc);
}

base::Result<Recorder> Recorder::create(const std::string& file) {
  Recorder recorder(file);
  if (!recorder.out_) return base::fail(fmt::format("{}: cannot be written", file));
  return recorder;
}

void Recorder::add(std::uint64_t client, base::Mono invoked, base::Mono returned, std::string_view type,
                   const base::Bytes& request, const client::Answer& answer, std::optional<std::uint32_t> stale_ok_ms) {
  Json line{{"client", client},
            {"invoked", nanos(invoked)},
            {"returned", nanos(returned)},
            {"type", type},
            {"request", json_of(request)}};
  if (answer.refusal) line["err"] = msg::word(answer.refusal->code);
  if (answer.header.seq) line["seq"] = answer.header.seq->value();
  if (stale_ok_ms) line["stale_ok"] = *stale_ok_ms;
  if (answer.header.stale_ms) line["stale_ms"] = *answer.header.stale_ms;
  line["answer"] = json_of(answer.refusal ? msg::encoded(*answer.refusal) : answer.body);
  out_ << line.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
  ++operations_;
}

bool Recorder::end() {
  out_ << Json{{"operations", operations_}}.dump() << '\n';
  out_.close();
  return !out_.fail();
}

base::Result<history::Operations> read_record(std::istream& in, const std::string& name) {
  history::Operations all;
  bool ended = false;
  std::string text;
  for (std::size_t number = 1; std::getline(in, text); ++number) {
    const auto fail = [&](const std::string& why) { return base::fail(fmt::format("{}:{}: {}", name, number, why)); };
    if (ended) return fail("there are lines after the end of the record");
    try {
      const auto line = Json::parse(text);
      ended = line.contains("operations");
      if (ended && line.at("operations").get<std::size_t>() != all.size())
        return fail("lines are missing before the end of the record");
      if (ended) continue;
      const auto fault = read_line(line, all.emplace_back());
      if (!fault.empty()) return fail(fault);
    } catch (const Json::parse_error& error) {
      return fail(fmt::format("{} (byte {})", in.eof() ? "the line is cut short" : "the line is not JSON", error.byte));
    } catch (const Json::exception& error) {
      return fail(error.what());
    }
  }
  if (!ended) {
    return base::fail(fmt::format(
        "{}: the record has no end: the program that wrote it was stopped, and the requests that were then under way "
        "are missing",
        name));
  }
  return all;
}

base::Result<history::Operations> read_records(const std::vector<std::string>& files) {
  history::Operations all;
  std::uint64_t clients = 0;
  for (const auto& file : files) {
    std::ifstream in(file);
    if (!in) return base::fail(fmt::format("{}: cannot be read: does it exist, and may this user read it?", file));
    auto record = read_record(in, file);
    if (!record) return record;
    std::uint64_t next = clients;
    for (auto& operation : *record) {
      operation.client += clients;
      next = std::max(next, operation.client + 1);
      all.push_back(std::move(operation));
    }
    clients = next;
  }
  return all;
}

}  // namespace tasks
