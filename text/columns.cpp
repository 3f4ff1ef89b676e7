#include "text/columns.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <cstdint>

namespace text {
namespace {

std::size_t columns_of(UChar32 character) {
  const auto type = u_charType(character);
  if (type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK || type == U_FORMAT_CHAR) return 0;
  const auto width = u_getIntPropertyValue(character, UCHAR_EAST_ASIAN_WIDTH);
  return width == U_EA_WIDE || width == U_EA_FULLWIDTH ? 2 : 1;
}

// Takes the first character off the text.
UChar32 next(std::string_view& text) {
  UChar32 character = 0;
  std::int32_t at = 0;
  U8_NEXT_OR_FFFD(reinterpret_cast<const std::uint8_t*>(text.data()), at, static_cast<std::int32_t>(text.size()),
                  character);
  text.remove_prefix(static_cast<std::size_t>(at));
  return character;
}

}  // namespace

std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) columns += columns_of(next(text));
  return columns;
}

std::string cut(std::string_view text, std::size_t columns) {
  if (columns_of(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  auto rest = text;
  std::size_t taken = 0;  // bytes
  for (std::size_t room = columns - 1; !rest.empty();) {
    const auto width = columns_of(next(rest));
    if (width > room) break;
    room -= width;
    taken = text.size() - rest.size();
  }
  return std::string(text.substr(0, taken)) + "…";
}

std::string filled(std::string_view text, std::size_t columns) {
  auto out = cut(text, columns);
  return out.append(columns - columns_of(out), ' ');
}

}  // namespace text
