#include "msg/currency.h"

#include <algorithm>

namespace msg {
namespace {

// Each code is followed by a space.
constexpr std::string_view kNone = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF ";
constexpr std::string_view kTwo =
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC "
    "CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD "
    "KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO "
    "NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL "
    "THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG ";
constexpr std::string_view kThree = "BHD IQD JOD KWD LYD OMR TND ";
constexpr std::string_view kFour = "CLF UYW ";

bool is_code(std::string_view text) {
  return text.size() == 3 && std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool has(std::string_view codes, std::string_view code) {
  for (; !codes.empty(); codes.remove_prefix(4)) {
    if (codes.substr(0, 3) == code) return true;
  }
  return false;
}

}  // namespace

std::optional<Currency> currency_of(std::string_view code) {
  const auto found = [&](std::uint32_t digits) { return Currency{std::string(code), digits}; };
  if (!is_code(code)) return std::nullopt;
  if (has(kTwo, code)) return found(2);
  if (has(kNone, code)) return found(0);
  if (has(kThree, code)) return found(3);
  if (has(kFour, code)) return found(4);
  return std::nullopt;
}

bool is_sound(const Currency& currency) { return is_code(currency.code) && currency.digits <= kCurrencyDigitsMax; }

}  // namespace msg
