// The table of all routes: what is served, and what /openapi.json says of it. Private to bridge/.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bridge/api.h"

namespace bridge {

enum class Kind : std::uint8_t { kText, kNumber };

struct Parameter {
  std::string_view name;
  Kind kind = Kind::kText;
  std::string_view what;
  bool repeatable = false;
  bool required = false;
};

// How a refusal is said: as a problem (RFC 9457), or as the labs did.
enum class Manner : std::uint8_t { kProblem, kLab };

using Schema = std::string (*)();
using Handler = Step (*)(Exchange&);

struct Route {
  std::string_view method;
  std::string_view path;  // "/v1/items/{id}"
  std::string_view name;  // operationId
  std::string_view what;  // one line
  Handler handle = nullptr;
  std::vector<Parameter> query{};
  unsigned success = 200;
  Schema body = nullptr;    // of the request; none: it has no body
  Schema answer = nullptr;  // of the success; none: no JSON
  std::string_view type = "application/json";
  bool keyed = false;        // a write with an Idempotency-Key
  bool conditional = false;  // If-Match or If-None-Match count
  bool may_be_stale = false;
  bool effect = false;  // it changes something, whatever its method: not for other sites' pages
  Manner manner = Manner::kProblem;
  std::string label{};     // "GET /v1/items/{id}"; the table fills it in
  std::string_view tag{};  // shop, store or labs; so is this
};

const std::vector<Route>& routes();

// Each part of the table where its handlers are.
void add_shop_routes(std::vector<Route>& table);
void add_store_routes(std::vector<Route>& table);
void add_lab_routes(std::vector<Route>& table);

std::string openapi_json();
std::string docs_page();
std::string docs_style();  // made by the build: CMakeLists.txt
std::string docs_script();

}  // namespace bridge
