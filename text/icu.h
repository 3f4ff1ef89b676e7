// The parts of ICU that this folder uses, on UTF-8. Bytes that are not UTF-8 stay as they are.
// Errors: std::runtime_error if ICU fails, which no text can cause.
#pragma once

#include <unicode/normalizer2.h>

#include <string>
#include <string_view>

namespace text {

using Normal = const icu::Normalizer2* (*)(UErrorCode&);

std::string normalized(Normal form, std::string_view text);  // e.g. &icu::Normalizer2::getNFCInstance
std::string case_folded(std::string_view text);              // full, of no language

bool is_ascii(std::string_view text);

}  // namespace text
