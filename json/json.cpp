#include "json/json.h"

#include <nlohmann/json.hpp>

namespace json {
namespace {

// Builds a Value from the events of nlohmann's parser. A method that returns false ends the parse with `problem`.
class Builder {
 public:
  std::string problem;
  Value root;

  bool null() { return add(nullptr); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(std::int64_t value) { return add(value); }
  bool number_unsigned(std::uint64_t value) { return add(value); }
  bool number_float(double, const std::string& text) {
    // Programs that count in whole units send prices with a point.
    const bool is_fraction = text.find_first_of("eE") == std::string::npos && text.find('.') != std::string::npos;
    return fail(fmt::format("{}the number {} is not an integer of 64 bits{}", where(), text.substr(0, 32),
                            is_fraction ? ": prices count the smallest unit of the currency, as cents" : ""));
  }
  bool string(std::string& value) { return add(std::move(value)); }
  bool binary(nlohmann::json::binary_t&) { return fail("binary"); }
  bool start_object(std::size_t) { return open(Value::Object{}); }
  bool start_array(std::size_t) { return open(Value::Array{}); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool key(std::string& name) {
    auto& object = std::get<Value::Object>(open_.back()->value);
    if (object.size() == kMembersMax) return fail("the object has too many members");
    if (find(object, name)) return fail(std::string(shown(name)) + ": given twice");
    object.push_back({std::move(name), {}});
    return true;
  }
  bool parse_error(std::size_t place, const std::string&, const nlohmann::detail::exception&) {
    return fail("not JSON: see byte " + std::to_string(place));
  }

 private:
  bool fail(std::string what) {
    if (problem.empty()) problem = std::move(what);
    return false;
  }
  // Names the member that a value is read for.
  std::string where() const {
    const auto* object = open_.empty() ? nullptr : std::get_if<Value::Object>(&open_.back()->value);
    return object && !object->empty() ? std::string(shown(object->back().name)) + ": " : std::string();
  }
  // Returns the place of the value that comes next.
  Value& place() {
    if (open_.empty()) return root;
    if (auto* array = std::get_if<Value::Array>(&open_.back()->value)) return array->emplace_back();
    return std::get<Value::Object>(open_.back()->value).back().value;
  }
  bool is_full() const {
    const auto* array = open_.empty() ? nullptr : std::get_if<Value::Array>(&open_.back()->value);
    return array && array->size() == kElementsMax;
  }
  template <class T>
  bool add(T&& value) {
    if (is_full()) return fail("the array has too many elements");
    place().value = std::forward<T>(value);
    return true;
  }
  template <class T>
  bool open(T empty) {
    if (open_.size() == kDepthMax) return fail("nested too deeply");
    if (is_full()) return fail("the array has too many elements");
    auto& value = place();
    value.value = std::move(empty);
    open_.push_back(&value);  // its address stays valid: only the innermost container grows
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  std::vector<Value*> open_;
};

// The length in bytes of the UTF-8 character at the start of `text`; 0 if there is none.
std::size_t character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto first = byte(0);
  const std::size_t length = first < 0x80   ? 1
                             : first < 0xc2 ? 0
                             : first < 0xe0 ? 2
                             : first < 0xf0 ? 3
                             : first < 0xf5 ? 4
                                            : 0;
  if (length == 0 || length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const bool overlong = (first == 0xe0 && byte(1) < 0xa0) || (first == 0xf0 && byte(1) < 0x90);
  const bool beyond = (first == 0xed && byte(1) > 0x9f) || (first == 0xf4 && byte(1) > 0x8f);
  return overlong || beyond ? 0 : length;
}

}  // namespace

base::Result<Value> parse(std::string_view text) {
  if (text.empty()) return base::fail("not JSON: it is empty");
  Builder builder;
  if (!nlohmann::json::sax_parse(text.begin(), text.end(), &builder)) return base::fail(builder.problem);
  return std::move(builder.root);
}

void write(std::string_view text, std::string& out) {
  out += '"';
  while (!text.empty()) {
    const auto c = static_cast<unsigned char>(text[0]);
    const auto length = character(text);
    if (length == 0) {
      out += "\xef\xbf\xbd";
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += text[0];
    } else if (c < 0x20 || c == 0x7f) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", c);
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(1, length));
  }
  out += '"';
}

void Numbers::write(std::string& out) const {
  out += '{';
  for (const auto& [name, number] : members) {
    write_name(name, out);
    append(out, number);
  }
  out += '}';
}

}  // namespace json
