// The part of an answer that the request's headers ask for, whatever its route: an id, compression, and leave for a
// page of another site to read it (CORS). Threads: none. Tests: tests/bridge/finish_test.cpp
#pragma once

#include <string>

#include "bridge/http.h"
#include "bridge/site.h"

namespace bridge {

struct Wishes {
  std::string id;            // the request's X-Request-Id, or a new one; text that is safe in a header and in the log
  std::string origin;        // the welcome site whose page asks; otherwise empty
  bool varies = false;       // the answer depends on Origin
  bool preflight = false;    // a browser asks whether a page of `origin` may send its request
  bool private_net = false;  // ... from the internet to this network
  bool gzip = false;
  // The values of RateLimit-Policy and RateLimit; empty if requests are not limited.
  std::string rate_policy;
  std::string rate;
};
Wishes wishes_of(const Site& site, const Request& request);

// Adds the headers that were asked for, and compresses the body if that was asked for and is worth it.
void finish(Response& response, const Wishes& wishes);

}  // namespace bridge
