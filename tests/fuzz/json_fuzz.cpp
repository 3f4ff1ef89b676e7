// Reads any bytes as the body of an HTTP request; the first byte chooses the type. The result is an error that says
// why, or a value within the limits that stays the same when it is written and read. It also writes any bytes as a
// text, which must come out as UTF-8.
#include "bridge/bodies.h"
#include "bridge/lab_bodies.h"
#include "tests/fuzz/fuzz.h"

namespace {

using json::Value;

void check_limits(const Value& json, std::size_t depth) {
  CHECK(depth <= json::kDepthMax, "a value is nested {} deep", depth);
  if (const auto* array = std::get_if<Value::Array>(&json.value)) {
    CHECK(array->size() <= json::kElementsMax);
    for (const auto& element : *array) check_limits(element, depth + 1);
  }
  if (const auto* object = std::get_if<Value::Object>(&json.value)) {
    CHECK(object->size() <= json::kMembersMax);
    for (const auto& member : *object) {
      CHECK(json::find(*object, member.name) == &member.value, "member '{}' comes twice", member.name);
      check_limits(member.value, depth + 1);
    }
  }
}

// A body that is only read: the labs' clients write a value in several ways, and nobody writes a patch.
template <class Body>
auto read_once(std::string_view text) {
  auto body = json::from_text<Body>(text);
  CHECK(body || (!body.error().message.empty() && body.error().message.size() < 1024), "refused: {}",
        body.error().message);
  return body;
}

template <class Body>
void read_as(std::string_view text) {
  const auto body = read_once<Body>(text);
  if (!body) return;
  const auto written = json::to_text(*body);
  const auto again = json::from_text<Body>(written);
  CHECK(again, "{} is refused: {}", written, again.error().message);
  CHECK(json::to_text(*again) == written, "{} is read as {}", written, json::to_text(*again));
}

// Bytes that are not UTF-8 are replaced once: the resulting text stays the same when it is written again.
void write_and_read(std::string_view bytes) {
  const auto written = json::to_text(bytes);
  const auto read = json::parse(written);
  CHECK(read, "{}", read.error().message);
  const auto* text = std::get_if<std::string>(&read->value);
  CHECK(text && json::to_text(*text) == written);
  if (bytes.find("\xef\xbf\xbd") == std::string_view::npos && text->find("\xef\xbf\xbd") == std::string_view::npos) {
    CHECK(*text == bytes, "writing and reading changes the text");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Steps steps(data, size);
  const auto kind = steps.byte();
  const auto text = steps.rest();
  if (const auto json = json::parse(text)) check_limits(*json, 0);
  constexpr void (*kReaders[])(std::string_view) = {read_as<bridge::OrderBody>,
                                                    read_as<bridge::ItemsBody>,
                                                    read_as<bridge::MovementBody>,
                                                    read_as<bridge::TraceBody>,
                                                    [](std::string_view patch) { read_once<bridge::PatchBody>(patch); },
                                                    [](std::string_view lab) { read_once<bridge::LabOrderBody>(lab); }};
  kReaders[kind % std::size(kReaders)](text);
  write_and_read(text);
  return 0;
}
