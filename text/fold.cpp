#include "text/fold.h"

#include <fmt/format.h>
#include <unicode/uchar.h>
#include <unicode/uversion.h>

#include <array>

#include "text/icu.h"

namespace text {
namespace {

constexpr int kOurRules = 1;  // rises when folded() or text/words.cpp change

std::string version_of(void (*ask)(UVersionInfo)) {
  UVersionInfo version;
  ask(version);
  std::array<char, U_MAX_VERSION_STRING_LENGTH> name{};
  u_versionToString(version, name.data());
  return name.data();
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::string folded(std::string_view text) {
  if (is_ascii(text)) {
    std::string out(text);
    for (char& c : out) c = lower(c);
    return out;
  }
  return normalized(&icu::Normalizer2::getNFCInstance,
                    case_folded(normalized(&icu::Normalizer2::getNFDInstance, text)));
}

std::string rules() {
  return fmt::format("{}, ICU {}, Unicode {}", kOurRules, version_of(u_getVersion), version_of(u_getUnicodeVersion));
}

}  // namespace text
